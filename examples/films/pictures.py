"""The neighbours of films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common.pictures import figure, write

from films.data import Array, Films

SHOWN = ("Toy Story (1995)", "Matrix, The (1999)", "Pulp Fiction (1994)", "Spirited Away")
OFTEN = 30  # ratings of a film that is shown as a neighbour
NEAREST = 8


def neighbours(
    films: Films, vectors: Array, film: int, count: int = NEAREST
) -> list[tuple[int, float]]:
    """The films whose vectors have the largest cosines with a film's, of those rated often."""
    often = np.bincount(films.film, minlength=len(films.titles)) >= OFTEN
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    cosines = np.where(often, unit @ unit[film], -np.inf)
    cosines[film] = -np.inf
    nearest = np.argsort(-cosines)[:count]
    return [(int(each), float(cosines[each])) for each in nearest]


def short(title: str, length: int) -> str:
    """A title without its other names, which are in brackets, and no longer than this."""
    name, year = title[:-6], title[-6:]
    name = name.split(" (")[0].strip()
    return (name if len(name) <= length else f"{name[: length - 1]}…") + f" {year}"


def draw_neighbours(films: Films, vectors: Array, folder: Path) -> list[Path]:
    """Bars of the cosines of the nearest films of four."""
    drawn, axes = figure(2, 2, (11.0, 6.2))
    for title, place in zip(SHOWN, axes.flat, strict=True):
        number = films.number(title)
        found = neighbours(films, vectors, number)
        names = [short(films.titles[each], 40) for each, _ in found]
        heights = np.arange(len(found))[::-1]
        place.barh(heights, [cosine for _, cosine in found], color="#4c78a8", height=0.7)
        place.set_yticks(heights, names, fontsize=8)
        place.set_title(short(films.titles[number], 40), fontsize=10, loc="left", fontweight="bold")
        place.tick_params(axis="x", labelsize=7)
    title = "Films that come next where this one does: cosines of their vectors"
    drawn.suptitle(title, fontsize=10)
    return write(drawn, folder, "neighbours")
