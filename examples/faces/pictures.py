"""The ROC curves, and the pairs that the network gets most wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from common.pictures import figure, write

from faces.data import Array
from faces.verification import Curve, Pairs


def draw_roc(curves: dict[str, Curve], folder: Path) -> list[Path]:
    """False acceptances against refusals, one curve for each name, as `roc`."""
    drawn, axes = figure(size=(5.2, 4.2))
    axes.plot([0, 1], [0, 1], color="0.8", linewidth=0.8)
    for name, curve in curves.items():
        rate, _ = curve.equal_error
        label = f"{name}: equal error rate {100 * rate:.1f} %"
        axes.step(curve.false_accepted, curve.true_accepted, where="post", label=label)
        axes.plot([rate], [1 - rate], "o", color=axes.lines[-1].get_color(), markersize=4)
    axes.set(
        xlim=(0, 0.5), ylim=(0.5, 1.005), xlabel="pairs of two people that are accepted",
        ylabel="pairs of one person that are accepted",
    )  # fmt: skip
    axes.legend(loc="lower right", frameon=False)
    return write(drawn, folder, "roc")


def draw_hardest(images: Array, found: Pairs, folder: Path, count: int = 4) -> list[Path]:
    """The strangers that look most alike and the pairs of one person that look least, `hardest`."""
    strangers = _ranked(found, ~found.alike, most=True)[:count]
    same = _ranked(found, found.alike, most=False)[:count]
    drawn, axes = figure(2, count, size=(2.1 * count, 3.3))
    rows = ((strangers, "two people"), (same, "one person"))
    for line, (chosen, title) in zip(axes, rows, strict=True):
        for place, pair in zip(line, chosen, strict=True):
            _show(place, [images[found.first[pair]], images[found.second[pair]]])
            place.set_title(f"{title}, cosine {found.likeness[pair]:.2f}", fontsize=8)
    return write(drawn, folder, "hardest")


def _ranked(found: Pairs, among: Array, most: bool) -> Array:
    """The pairs among these, by their likeness."""
    rows = np.flatnonzero(among)
    order: Array = rows[np.argsort(found.likeness[rows])]
    return order[::-1] if most else order


def _show(axes: Any, photographs: list[Array]) -> None:
    axes.imshow(np.hstack([each[..., 0] for each in photographs]), cmap="gray")
    axes.axis("off")
