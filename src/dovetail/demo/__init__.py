"""The demo: three pieces that no framework has, shown, checked and trained on real digits."""
