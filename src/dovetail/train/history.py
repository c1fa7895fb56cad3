"""The result of `fit`: the figures of every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class History:
    """The training curve: `history["loss"][i]` is the loss of epoch `epoch[i]`.

    Validation figures carry the prefix `val_`. Every list is as long as `epoch`.
    """

    epoch: list[int] = field(default_factory=list[int])
    history: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def append(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Record the figures of one epoch."""
        self.epoch.append(epoch)
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> list[float]:
        return self.history[name]
