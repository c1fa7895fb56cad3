"""The result of `fit`: the figures of every epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dovetail.errors import UnknownNameError
from dovetail.train.plots import Picture, curves_picture


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

    def plot(self, *names: str) -> Picture:
        """The curves, a panel for each figure with that of validation in it; all, or the named.

        Notebooks show it; `.save("history.svg")` writes it.
        """
        own = [name for name in self.history if not name.startswith("val_")]
        for name in names:
            if name not in own:
                raise UnknownNameError("figure", name, own)
        panels = {
            name: {
                label: self.history[key]
                for label, key in (("training", name), ("validation", f"val_{name}"))
                if key in self.history
            }
            for name in names or own
        }
        return curves_picture(self.epoch, panels)

    def __getitem__(self, name: str) -> list[float]:
        return self.history[name]
