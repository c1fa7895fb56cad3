"""Charts by Vega-Altair: what a picture shows, as a specification that the page draws.

Altair and vl-convert come with `pip install 'dovetail[report]'`, and are imported when a chart is
made. Each chart has a description for screen readers, and its numbers as a table beside it.
"""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dovetail.errors import HostNotInstalledError

HEIGHT = 300
GREY = "#888888"  # is seen on light and on dark
Row = Mapping[str, Any]


class ChartsNotInstalledError(HostNotInstalledError):
    """The packages of charts are missing."""


@functools.cache
def altair() -> Any:
    """The package altair."""
    return _package("altair")


@functools.cache
def script() -> str:
    """Vega, Vega-Lite and vega-embed as one script, from vl-convert; no network is used."""
    convert = _package("vl_convert")
    version = ".".join(altair().SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    found: str = convert.javascript_bundle(vl_version=version)
    return found.replace("</script", "<\\/script")


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as reason:
        raise ChartsNotInstalledError("a page with charts", "report", reason) from None


@dataclass(frozen=True)
class Picture:
    """A chart with what is said of it. `rows`: its numbers, for the table below it."""

    key: str  # of its element
    title: str
    text: str  # below the chart, and for screen readers
    specification: Mapping[str, Any]
    rows: Sequence[Row] = field(default_factory=list[Row])


def _axis(name: str, log: bool = False, form: str = "") -> dict[str, Any]:
    """A quantity along an axis; `form`: of its labels, as d3-format has them."""
    alt = altair()
    scale = alt.Scale(type="log") if log else alt.Scale(zero=False)
    axis = alt.Axis(format=form) if form else alt.Undefined
    return {"shorthand": f"{name}:Q", "scale": scale, "title": name, "axis": axis}


def _finished(chart: Any, text: str, height: int = HEIGHT) -> Mapping[str, Any]:
    """The specification, as wide as its place on the page."""
    whole = chart.properties(width="container", height=height, description=text)
    found: Mapping[str, Any] = whole.to_dict()
    return found


def _legend(columns: int = 2, **more: Any) -> Any:
    return altair().Legend(orient="bottom", columns=columns, labelLimit=300, title=None, **more)


def curves(
    key: str, title: str, text: str, rows: Sequence[Row], x: str, y: str, by: str
) -> Picture:
    """A line for each value of `by`."""
    alt = altair()
    chart = (
        alt.Chart(alt.Data(values=_finite(rows, x, y)))
        .mark_line(clip=True)
        .encode(
            x=alt.X(**_axis(x)), y=alt.Y(**_axis(y)),
            color=alt.Color(f"{by}:N", legend=_legend()),
            strokeDash=alt.StrokeDash(f"{by}:N", legend=_legend()),
            tooltip=[f"{by}:N", f"{x}:Q", f"{y}:Q"],
        )
    )  # fmt: skip
    return Picture(key, title, text, _finished(chart, text), rows)


def scatter(
    key: str, title: str, text: str, rows: Sequence[Row], x: str, y: str, by: str | None = None, *,
    log: bool = False, form: str = "",
) -> Picture:  # fmt: skip
    """A point for each row; `log`: on axes of powers."""
    alt = altair()
    encodings = {
        "x": alt.X(**_axis(x, log, form)), "y": alt.Y(**_axis(y, log, form)),
        "tooltip": [f"{x}:Q", f"{y}:Q", *([f"{by}:N"] if by else [])],
    }  # fmt: skip
    if by:
        encodings["color"] = alt.Color(f"{by}:N", legend=_legend())
        encodings["shape"] = alt.Shape(f"{by}:N", legend=_legend())
    chart = alt.Chart(alt.Data(values=_finite(rows, x, y))).mark_point(filled=True, size=28)
    return Picture(key, title, text, _finished(chart.encode(**encodings), text), rows)


def spans(
    key: str, title: str, text: str, rows: Sequence[Row], x: str, y: str, by: str | None = None, *,
    low: str | None = None, high: str | None = None,
) -> Picture:  # fmt: skip
    """A point for each row, side by side in groups of `by`; `low` and `high` span the spread.

    The axis is one of powers, on which a bar would begin at a zero that is not there.
    """
    alt = altair()
    data = alt.Data(values=_finite(rows, x))
    names = list(dict.fromkeys(str(row[y]) for row in rows))
    place = alt.Y(f"{y}:N", sort=names, title=None, axis=alt.Axis(labelLimit=170))
    mark = alt.Chart(data).encode(y=place, tooltip=[f"{y}:N", f"{x}:Q"])
    if by:
        mark = mark.encode(yOffset=alt.YOffset(f"{by}:N"),
                           color=alt.Color(f"{by}:N", legend=_legend()))  # fmt: skip
    chart: Any = mark.mark_point(filled=True, size=70).encode(x=alt.X(**_axis(x, log=True)))
    if low and high:
        chart = chart + mark.mark_rule(strokeWidth=2).encode(
            x=alt.X(f"{low}:Q", title=x), x2=f"{high}:Q"
        )
    groups = len({row[by] for row in rows}) if by else 1
    height = max(120, 26 * len(names) * groups)
    return Picture(key, title, text, _finished(chart, text, height), rows)


def roof(
    key: str, title: str, text: str, rows: Sequence[Row], bandwidth: float, peak: float
) -> Picture:
    """A roofline: operations in a second over operations for a byte, below both limits."""
    alt = altair()
    x, y, by = "operations for each byte", "operations in a second", "what"
    inside = [row[x] for row in rows if row[x] > 0]
    ridge = peak / bandwidth
    low, high = min([*inside, ridge]) / 4, max([*inside, ridge]) * 4
    edge = [
        {x: at, y: min(peak, at * bandwidth)}
        for at in (low * (high / low) ** (n / 60) for n in range(61))
    ]
    limits = (
        alt.Chart(alt.Data(values=edge)).mark_line(strokeWidth=2.5, color=GREY)
        .encode(x=alt.X(**_axis(x, log=True)), y=alt.Y(**_axis(y, log=True, form="~s")))
    )  # fmt: skip
    points = (
        alt.Chart(alt.Data(values=_finite(rows, x, y))).mark_point(filled=True, size=70)
        .encode(
            x=alt.X(**_axis(x, log=True)), y=alt.Y(**_axis(y, log=True, form="~s")),
            color=alt.Color(f"{by}:N", legend=_legend(1)),
            shape=alt.Shape("size:N", legend=_legend(1, symbolFillColor=GREY,
                                                     symbolStrokeColor=GREY)),
            tooltip=[f"{by}:N", "size:N", f"{x}:Q", f"{y}:Q"],
        )
    )  # fmt: skip
    return Picture(key, title, text, _finished(limits + points, text), rows)


def _finite(rows: Sequence[Row], *names: str) -> list[Row]:
    """The rows that have numbers to draw."""
    return [
        row for row in rows
        if all(isinstance(row[name], (int, float)) and math.isfinite(row[name]) for name in names)
    ]  # fmt: skip
