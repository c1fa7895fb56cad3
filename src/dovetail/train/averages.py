"""Means of figures over batches of different sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping


class Averages(Mapping[str, float]):
    """The mean over examples of figures that are means over batches."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, figures: Mapping[str, float], examples: int) -> None:
        """Add the figures of a batch with this number of examples."""
        self._count += examples
        for name, value in figures.items():
            part = value * examples if examples else 0.0  # a mean over nothing is NaN
            self._sums[name] = self._sums.get(name, 0.0) + part

    def __getitem__(self, name: str) -> float:
        return self._sums[name] / self._count if self._count else math.nan

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)
