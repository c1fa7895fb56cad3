"""Pictures as SVG, without any package: a model as a graph, a training as curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from dovetail.train.inspection import Inspection, shape_text

_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f")
_FONT = "font-family='sans-serif' font-size='12'"


class Picture:
    """An SVG, which notebooks show; `save(path)` writes it."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Write the SVG to a file."""
        Path(path).write_text(self.svg, encoding="utf-8")


def _document(width: float, height: float, parts: Sequence[str]) -> Picture:
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' "
        f"viewBox='0 0 {width:.0f} {height:.0f}' {_FONT}>"
        "<rect width='100%' height='100%' fill='white'/>"
    )
    return Picture("\n".join([head, *parts, "</svg>"]) + "\n")


def _text(x: float, y: float, text: str, anchor: str = "middle", colour: str = "black") -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{colour}'>"
        f"{escape(text)}</text>"
    )


# Graphs.

WIDTH, HEIGHT, GAP = 190, 44, 34


def graph_picture(labels: Sequence[tuple[str, str]], sources: Sequence[Sequence[int]]) -> Picture:
    """Boxes with two lines of text, each below those that it has arrows from.

    `sources[i]` are numbers below i.
    """
    levels: list[int] = []
    for above in sources:
        levels.append(1 + max((levels[each] for each in above), default=-1))
    rows = [[n for n, level in enumerate(levels) if level == row] for row in range(max(levels) + 1)]
    widest = max(map(len, rows))
    width = widest * (WIDTH + GAP) + GAP
    places: dict[int, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        # Below the mean of what leads to it, as far as the order allows.
        row.sort(key=lambda n: _mean([places[each][0] for each in sources[n]], default=n))
        start = (width - len(row) * (WIDTH + GAP) + GAP) / 2
        for position, node in enumerate(row):
            x = start + position * (WIDTH + GAP) + WIDTH / 2
            places[node] = (x, GAP + number * (HEIGHT + GAP) + HEIGHT / 2)
    parts = [
        "<defs><marker id='arrow' markerWidth='8' markerHeight='8' refX='7' refY='4' orient='auto'>"
        "<path d='M0,0 L8,4 L0,8 z' fill='#555'/></marker></defs>"
    ]
    for node, above in enumerate(sources):
        x, y = places[node]
        for other in above:
            from_x, from_y = places[other]
            parts.append(
                f"<path d='M{from_x:.1f},{from_y + HEIGHT / 2:.1f} L{x:.1f},{y - HEIGHT / 2:.1f}' "
                "stroke='#555' fill='none' marker-end='url(#arrow)'/>"
            )
    for node, (first, second) in enumerate(labels):
        x, y = places[node]
        parts.append(
            f"<rect x='{x - WIDTH / 2:.1f}' y='{y - HEIGHT / 2:.1f}' width='{WIDTH}' "
            f"height='{HEIGHT}' rx='5' fill='#eef3fa' stroke='#4a6fa5'/>"
        )
        parts += [_text(x, y - 4, first), _text(x, y + 13, second, colour="#555")]
    return _document(width, len(rows) * (HEIGHT + GAP) + GAP, parts)


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def model_picture(inspection: Inspection) -> Picture:
    """The inputs, the direct calls of layers, and the output of a model."""
    sources = inspection.sources()
    inputs = list(dict.fromkeys(inspection.model.inputs))
    calls = inspection.inner()
    numbers: dict[object, int] = {node: number for number, node in enumerate(inputs)}
    numbers |= {call: len(inputs) + number for number, call in enumerate(calls)}
    labels = [("input", shape_text(node)) for node in inputs]
    labels += [(f"{call.name}: {call.layer.name}", ", ".join(map(shape_text, call.outputs)))
               for call in calls]  # fmt: skip
    labels.append(("output", ", ".join(map(shape_text, inspection.model.outputs))))
    above: list[list[int]] = [[] for _ in inputs]
    above += [sorted(numbers[each] for each in sources[call]) for call in calls]
    above.append(sorted(numbers[each] for each in sources[inspection.model]))
    return graph_picture(labels, above)


# Curves.

PLOT_WIDTH, PLOT_HEIGHT, MARGIN = 300, 200, 48


def curves_picture(
    epochs: Sequence[int], panels: Mapping[str, Mapping[str, Sequence[float]]]
) -> Picture:
    """A panel for each figure, with its curves by their labels, over the epochs."""
    parts: list[str] = []
    for number, (title, curves) in enumerate(panels.items()):
        parts += _panel(number * (PLOT_WIDTH + MARGIN) + MARGIN, title, epochs, curves)
    width = len(panels) * (PLOT_WIDTH + MARGIN) + MARGIN / 2
    return _document(width, PLOT_HEIGHT + 1.8 * MARGIN, parts)


def _panel(
    left: float, title: str, epochs: Sequence[int], curves: Mapping[str, Sequence[float]]
) -> list[str]:
    top, bottom = 0.8 * MARGIN, 0.8 * MARGIN + PLOT_HEIGHT
    finite = [value for curve in curves.values() for value in curve if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    first, last = (min(epochs), max(epochs)) if epochs else (0, 1)

    def place(epoch: int, value: float) -> tuple[float, float]:
        along = (epoch - first) / (last - first) if last > first else 0.5
        return left + along * PLOT_WIDTH, bottom - (value - low) / (high - low) * PLOT_HEIGHT

    parts = [
        f"<rect x='{left:.1f}' y='{top:.1f}' width='{PLOT_WIDTH}' height='{PLOT_HEIGHT}' "
        "fill='none' stroke='#bbb'/>",
        _text(left + PLOT_WIDTH / 2, top - 10, title),
        _text(left - 4, bottom, f"{low:.3g}", "end"),
        _text(left - 4, top + 10, f"{high:.3g}", "end"),
        _text(left, bottom + 16, str(first + 1), "start"),
        _text(left + PLOT_WIDTH, bottom + 16, str(last + 1), "end"),
        _text(left + PLOT_WIDTH / 2, bottom + 16, "epoch"),
    ]
    for number, (label, values) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [place(e, v) for e, v in zip(epochs, values, strict=False) if math.isfinite(v)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            f"<polyline points='{line}' fill='none' stroke='{colour}' stroke-width='1.5'/>"
            if len(points) > 1
            else "".join(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='2.5' fill='{colour}'/>"
                         for x, y in points)
        )  # fmt: skip
        parts.append(_text(left + PLOT_WIDTH - 6, top + 16 + 15 * number, label, "end", colour))
    return parts


# Points.


def points_picture(
    points: Sequence[tuple[str, float, float]], across: str, upwards: str
) -> Picture:
    """Points with their names; `across` and `upwards` say what their two numbers are."""
    width, height = 2 * PLOT_WIDTH, 1.5 * PLOT_HEIGHT
    left, top = 1.5 * MARGIN, 0.8 * MARGIN
    bounds = [_bounds([x for _, x, _ in points]), _bounds([y for _, _, y in points])]
    parts = [
        f"<rect x='{left:.1f}' y='{top:.1f}' width='{width}' height='{height}' "
        "fill='none' stroke='#bbb'/>",
        _text(left + width / 2, top - 10, upwards),
        _text(left + width / 2, top + height + 32, across),
    ]
    for position, value in ((left, bounds[0][0]), (left + width, bounds[0][1])):
        parts.append(_text(position, top + height + 16, f"{value:.4g}"))
    for position, value in ((top + height, bounds[1][0]), (top + 10, bounds[1][1])):
        parts.append(_text(left - 6, position, f"{value:.4g}", "end"))
    for number, (name, x, y) in enumerate(points):
        colour = _COLOURS[number % len(_COLOURS)]
        along, up = (
            (value - low) / (high - low) for value, (low, high) in zip((x, y), bounds, strict=True)
        )
        place = left + along * width, top + (1.0 - up) * height
        anchor, shift = ("start", 8) if along < 0.6 else ("end", -8)
        parts.append(f"<circle cx='{place[0]:.1f}' cy='{place[1]:.1f}' r='4' fill='{colour}'/>")
        parts.append(_text(place[0] + shift, place[1] + 4, name, anchor, colour))
    return _document(width + left + MARGIN, height + top + 1.5 * MARGIN, parts)


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """The least and the largest value, with a margin."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin = 0.08 * (high - low) or 0.5
    return low - margin, high + margin
