"""What the applications share: arguments, results, checked data, pictures, frameworks."""
