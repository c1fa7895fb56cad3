"""Pictures by Matplotlib, written as PNG and SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot

SIZE = (7.0, 4.2)
matplotlib.rcParams.update(
    {"figure.dpi": 150, "savefig.bbox": "tight", "axes.spines.top": False,
     "axes.spines.right": False, "svg.fonttype": "path", "svg.hashsalt": "dovetail"}
)  # fmt: skip


def figure(rows: int = 1, columns: int = 1, size: tuple[float, float] = SIZE) -> tuple[Any, Any]:
    """A figure and its axes."""
    return pyplot.subplots(rows, columns, figsize=size, layout="constrained")


def write(drawn: Any, folder: Path, name: str) -> list[Path]:
    """Write `name`.png and `name`.svg into the folder, and close the figure."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{kind}" for kind in ("png", "svg")]
    for path in paths:
        metadata = {"Date": None} if path.suffix == ".svg" else None
        drawn.savefig(path, metadata=metadata)
    pyplot.close(drawn)
    return paths
