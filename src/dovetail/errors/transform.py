"""Derivatives that cannot be made."""

from __future__ import annotations

from dovetail.errors.base import DovetailError, located


class NonlinearRule(DovetailError, ValueError):
    """A declared derivative that forward mode cannot transpose."""

    def __init__(self, location: str | None) -> None:
        super().__init__(
            located(
                "a declared derivative is not linear in its cotangent, so it has no forward mode.\n"
                "  expected: the cotangent multiplied, added, selected, moved or reduced\n"
                "  remedy: use reverse mode (grad, vjp), or declare a rule that is linear",
                location,
            )
        )
