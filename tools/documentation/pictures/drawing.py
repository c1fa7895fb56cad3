"""Charts as SVG in the page, in the colours of its theme; the folder `CACHE` keeps them."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import vl_convert

Values = npt.NDArray[np.float64]
Rows = list[dict[str, Any]]

CACHE = Path(__file__).resolve().parents[3] / "build" / "pictures"
WIDTH, HEIGHT = 240, 170
COLOURS = ["#2f6fd6", "#d9822b", "#3a9d5d", "#b5548e"]
INK = "currentColor"


def curves(
    text: str, x: Values, lines: Mapping[str, Values], title: str, *,
    limits: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    """A line over x for each of `lines`, the later ones dashed; `limits`: of the other axis."""
    rows = [row for name, y in lines.items() for row in _points(name, x, y, limits)]
    scale = alt.Scale(domain=list(limits)) if limits else alt.Scale(zero=False)
    order = list(lines)
    legend = alt.Legend(title=None) if len(lines) > 1 else None
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(clip=True, strokeWidth=1.8)
        .encode(
            x=alt.X("x:Q", title=title),
            y=alt.Y("y:Q", title=None, scale=scale),
            detail="piece:N",
            color=alt.Color("line:N", sort=order, legend=legend),
            strokeDash=alt.StrokeDash("line:N", sort=order, legend=None),
        )
    )
    return _svg(chart, text)


def _points(
    name: str, x: Values, y: Values, limits: tuple[float, float] | None
) -> Iterable[dict[str, Any]]:
    """The points of a line, in another piece after each jump and gap."""
    span = (limits[1] - limits[0]) if limits else float(np.ptp(y[np.isfinite(y)]) or 1.0)
    steps = np.abs(np.diff(y, prepend=y[0], append=y[-1]))
    piece = 0
    for i, (at, value) in enumerate(zip(x, y, strict=True)):
        beside = max(steps[max(i - 1, 0)], steps[i + 1])
        piece += not np.isfinite(value) or bool(steps[i] > 3 * beside + span / 50)
        if np.isfinite(value):
            point = {"x": round(float(at), 4), "y": round(float(value), 4)}
            yield {**point, "line": name, "piece": f"{name} {piece}"}


def surface(text: str, x: Values, y: Values, values: Values, titles: tuple[str, str]) -> str:
    """A value over two axes, by colour."""
    step = float(x[1] - x[0]), float(y[1] - y[0])
    rows = [
        {
            "x": round(float(a), 4), "x2": round(float(a) + step[0], 4),
            "y": round(float(b), 4), "y2": round(float(b) + step[1], 4),
            "value": round(float(values[i, j]), 3),
        }
        for i, a in enumerate(x)
        for j, b in enumerate(y)
    ]  # fmt: skip
    bar = alt.Legend(title=None)
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(strokeWidth=0.5)
        .encode(
            x=alt.X("x:Q", title=titles[0], scale=alt.Scale(nice=False, zero=False)),
            x2="x2:Q",
            y=alt.Y("y:Q", title=titles[1], scale=alt.Scale(nice=False, zero=False)),
            y2="y2:Q",
            color=alt.Color("value:Q", scale=alt.Scale(scheme="viridis"), legend=bar),
            stroke=alt.Stroke("value:Q", legend=None, scale=alt.Scale(scheme="viridis")),
        )
    )
    return _svg(chart, text)


def path(text: str, points: Values, level: Any, domain: tuple[float, float, float, float]) -> str:
    """A path in the plane over the level lines of an ellipse, from a circle to its last point."""
    left, right, low, high = domain
    rows: Rows = [
        {"x": round(float(a), 4), "y": round(float(b), 4), "step": step}
        for step, (a, b) in enumerate(points)
    ]
    across = alt.X("x:Q", title="x", scale=alt.Scale(domain=[left, right]))
    up = alt.Y("y:Q", title="y", scale=alt.Scale(domain=[low, high]))
    rings = alt.Chart(alt.Data(values=level)).mark_line(clip=True, color=INK, opacity=0.25)
    line = alt.Chart(alt.Data(values=rows)).mark_line(
        clip=True, color=COLOURS[0], point={"size": 8}
    )
    ends = alt.Chart(alt.Data(values=[rows[0], rows[-1]])).mark_point(
        clip=True, filled=True, size=50, color=COLOURS[1]
    )
    order = alt.Order("step:Q")
    return _svg(
        rings.encode(x=across, y=up, order=order, detail="ring:N")
        + line.encode(x=across, y=up, order=order)
        + ends.encode(x=across, y=up),
        text,
    )


def images(text: str, pictures: Mapping[str, Values]) -> str:
    """Grey images side by side, by name."""
    rows: Rows = []
    for name, image in pictures.items():
        for (i, j), value in np.ndenumerate(image):
            grey = round(float(value), 2)
            rows.append({"row": int(i), "column": int(j), "grey": grey, "image": name})
    # One scale of grey, unless a picture has quite other values than the others.
    spread = [float(np.ptp(image)) for image in pictures.values()]
    grey_of = "independent" if max(spread) > 2 * min(spread) else "shared"
    hidden = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(strokeWidth=0.5)
        .encode(
            x=alt.X("column:O", axis=hidden),
            y=alt.Y("row:O", axis=hidden),
            color=alt.Color("grey:Q", scale=alt.Scale(scheme="greys"), legend=None),
            stroke=alt.Stroke("grey:Q", scale=alt.Scale(scheme="greys"), legend=None),
        )
        .properties(width=110, height=110)
        .facet(alt.Facet("image:N", title=None, sort=list(pictures)), columns=3)
        .resolve_scale(x="independent", y="independent", color=grey_of, stroke=grey_of)
    )
    return _svg(chart, text, sized=True)


def _svg(chart: Any, text: str, sized: bool = False) -> str:
    """The chart below a description for screen readers, which is its caption as well."""
    if not sized:
        chart = chart.properties(width=WIDTH, height=HEIGHT)
    specification = _themed(chart).to_dict(validate=False)
    key = json.dumps([alt.__version__, vl_convert.__version__, specification], sort_keys=True)
    file = CACHE / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.svg"
    if not file.exists():
        drawn = vl_convert.vegalite_to_svg(json.dumps(specification))
        CACHE.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(f".{id(drawn)}")
        temporary.write_text(drawn)
        temporary.replace(file)
    label = html.escape(text, quote=True)
    drawn = file.read_text().replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    caption = f"<figcaption>{html.escape(text)}</figcaption>"
    return f'<figure class="function-picture">{drawn}{caption}</figure>'


def _themed(chart: Any) -> Any:
    """The colours of the page's text, on its own background."""
    return (
        chart.properties(background="transparent")
        .configure(font="sans-serif")
        .configure_axis(
            labelColor=INK, titleColor=INK, domainColor=INK, tickColor=INK, gridColor=INK,
            gridOpacity=0.12, titleFontWeight="normal",
        )
        .configure_legend(labelColor=INK, titleColor=INK, orient="bottom")
        .configure_header(labelColor=INK)
        .configure_range(category=COLOURS)
        .configure_view(stroke=None)
    )  # fmt: skip
