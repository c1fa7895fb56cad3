"""The command line."""

from __future__ import annotations

from dovetail.errors.base import DovetailError


class CommandLineError(DovetailError, ValueError):
    def __init__(self, what: str, value: object, expected: str) -> None:
        super().__init__(f"{what} is {value!r}.\n  expected: {expected}")
