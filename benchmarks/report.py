"""Tables on the terminal, summaries, and the JSON file."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from problems import OURS, OWN, WAYS
from rich.console import Console
from rich.table import Table

from dovetail.measure.machine import processor
from dovetail.timing import Timing

MEDIUM = (50_000, 500_000)
LARGE = (500_000, 50_000_000)
PACKAGES = ("dovetail", "numpy", "torch", "jax", "tensorflow", "tensorflow_cpu", "llvmlite")


@dataclass(slots=True)
class Row:
    """What was measured for one operation at one size."""

    operation: str
    direction: str
    label: str
    size: int
    least_bytes: int
    copy: Timing
    timings: dict[str, Timing]
    errors: dict[str, float]  # the largest error, relative to the size of the reference
    wrong: dict[str, str]  # columns that were not timed, and why
    neighbours: float | None  # the part of the processors' time that other processes took

    @property
    def ours(self) -> float | None:
        """Dovetail's time."""
        found = [self.timings[name].median for name in WAYS if name in self.timings]
        return min(found, default=None)

    @property
    def bandwidth_share(self) -> float | None:
        """Dovetail's least bytes in a second, relative to those of a copy."""
        return None if self.ours is None else self.copy.median / self.ours

    @property
    def best(self) -> tuple[str, float] | None:
        """The fastest peer, and its time relative to Dovetail's."""
        ours = self.ours
        peers = {name: t.median for name, t in self.timings.items() if name not in OWN}
        if ours is None or not peers:
            return None
        name = min(peers, key=lambda name: peers[name])
        return name, peers[name] / ours

    def as_json(self) -> dict[str, Any]:
        """The row and what follows from it."""
        return {**asdict(self), "bandwidth_share": self.bandwidth_share, "best": self.best}


def machine(threads: int) -> dict[str, Any]:
    """The conditions of a measurement."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except ModuleNotFoundError:
            continue
    return {
        "processor": processor(),
        "threads": threads,
        "python": platform.python_version(),
        "packages": packages,
    }


def seconds(value: float) -> str:
    """Three digits and a unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def _ratio(value: float) -> str:
    text = f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return f"[red]{text}[/red]" if value < 1 else text


def _title(operation: str, direction: str) -> str:
    return f"{operation}, {'forward and backward' if direction == 'both' else direction}"


def print_table(console: Console, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """One operation in one direction: Dovetail's µs, and every peer relative to it."""
    table = Table(title=_title(rows[0].operation, rows[0].direction), title_justify="left")
    table.add_column("size")
    table.add_column("Dovetail µs", justify="right")
    for name in columns:
        if name != OURS:
            table.add_column(name, justify="right")
    table.add_column("best peer", justify="right")
    table.add_column("of copy speed", justify="right")
    for row in rows:
        ours = row.ours
        missing = "wrong" if OURS in row.wrong else ""
        cells = [row.label, missing if ours is None else f"{ours * 1e6:.1f}"]
        for name in columns:
            if name == OURS:
                continue
            timing = row.timings.get(name)
            if timing is None:
                cells.append("wrong" if name in row.wrong else "")
            elif ours is None:
                cells.append(seconds(timing.median))
            else:
                cells.append(_ratio(timing.median / ours))
        best, share = row.best, row.bandwidth_share
        cells.append("" if best is None else _ratio(best[1]))
        cells.append("" if share is None else f"{share:.0%}")
        table.add_row(*cells)
    console.print(table)
    for row in rows:
        for name, reason in row.wrong.items():
            console.print(f"[red]{row.label}: {name} {reason}[/red]")


def geometric_mean(values: Sequence[float]) -> float:
    """The n-th root of the product; NaN for none."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def _within(rows: Sequence[Row], bounds: tuple[int, int]) -> list[float]:
    return [
        row.best[1] for row in rows if row.best is not None and bounds[0] <= row.size < bounds[1]
    ]


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Geometric means of the best peer's time relative to Dovetail's, and the worst row."""
    compared = [row for row in rows if row.best is not None]
    worst = min(compared, key=lambda row: row.best[1] if row.best else math.inf, default=None)
    return {
        "medium": geometric_mean(_within(rows, MEDIUM)),
        "large": geometric_mean(_within(rows, LARGE)),
        "worst": None
        if worst is None or worst.best is None
        else {
            "row": f"{_title(worst.operation, worst.direction)}, {worst.label}",
            "peer": worst.best[0],
            "ratio": worst.best[1],
        },
        "slower": sum(row.best[1] < 1 for row in compared if row.best),
        "rows": len(compared),
    }


def print_summary(console: Console, rows: Sequence[Row]) -> None:
    """The summary of each operation and of all."""
    table = Table(title="the best peer's time relative to Dovetail's", title_justify="left")
    for name in ("", "1e5", "1e6 to 1e7", "slower rows", "worst row"):
        table.add_column(name, justify="left" if name in ("", "worst row") else "right")
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_title(row.operation, row.direction), []).append(row)
    groups["all"] = list(rows)
    for name, members in groups.items():
        found = summary(members)
        worst = found["worst"]
        text = "" if worst is None else f"{_ratio(worst['ratio'])} {worst['peer']}, {worst['row']}"
        means = [
            "" if math.isnan(found[key]) else _ratio(found[key]) for key in ("medium", "large")
        ]
        table.add_row(name, *means, f"{found['slower']} of {found['rows']}", text)
    console.print(table)


def print_figures(console: Console, title: str, figures: Mapping[str, float]) -> None:
    """Names and seconds."""
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in figures.items():
        table.add_row(name, seconds(value))
    console.print(table)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write everything to one file."""
    path.write_text(json.dumps(content, indent=1) + "\n")
