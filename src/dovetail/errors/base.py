"""The base of every error, and the line of a definition."""

from __future__ import annotations


class DovetailError(Exception):
    """Base of every error that Dovetail raises on purpose."""


def located(message: str, location: str | None) -> str:
    """`message`, with the line of the user's definition where it is known."""
    return f"{message}\n  defined at {location}" if location else message
