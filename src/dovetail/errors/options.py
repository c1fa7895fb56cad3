"""Options that cannot be used."""

from __future__ import annotations

from dovetail.errors.base import DovetailError


class InvalidOption(DovetailError, ValueError):
    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(
            f"option {name} is {value!r}.\n"
            f"  expected: {expected}\n"
            f"  remedy: correct it, or leave it unset for the default"
        )
