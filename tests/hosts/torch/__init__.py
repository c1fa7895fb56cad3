"""Tests of the PyTorch host."""
