"""Plates with their readings."""

from __future__ import annotations

from pathlib import Path

from common.pictures import figure, write

from plates.data import Plates


def draw_readings(plates: Plates, read: list[str], folder: Path, rows: int = 6) -> list[Path]:
    """The first plates with what was read, in red where it is wrong, as `readings`."""
    drawn, axes = figure(rows, 5, size=(9.0, 1.15 * rows))
    for number, place in enumerate(axes.ravel()):
        place.axis("off")
        if number >= len(plates):
            continue
        place.imshow(plates.pixels[number], cmap="gray", vmin=0, vmax=255)
        text, right = read[number], plates.texts[number]
        wrong = text != right
        place.set_title(
            f"{text or '(nothing)'}, is {right}" if wrong else text,
            fontsize=8, color="tab:red" if wrong else "tab:green",
        )  # fmt: skip
    return write(drawn, folder, "readings")
