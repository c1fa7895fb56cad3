"""Licence plates, read from left to right."""
