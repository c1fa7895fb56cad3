"""The report of `dt.bench`: a table, JSON, and the comparison with an earlier one."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from rich.console import Group
from rich.table import Table
from rich.text import Text

from dovetail.errors import ArgumentError
from dovetail.measure.machine import Machine
from dovetail.printing import UNBOXED, Written, table_of
from dovetail.timing import Timing

FORMAT = "dovetail bench 1"
LEAST_NOISE = 0.05  # of a time; two runs differ by as much on a quiet machine
NOISES = 2.0  # how many times the noise of both runs a change has to be to count
MICRO = 1e6


@dataclass(frozen=True)
class Row:
    """One column of one host, at one size, in one direction. `wrong`: why it was not timed."""

    size: str
    elements: int
    direction: str
    host: str
    column: str
    timing: Timing | None
    error: float | None
    wrong: str | None
    least_bytes: int
    operations: Mapping[str, int]
    medians: tuple[float, ...] = ()  # of each process

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is a figure of."""
        return self.host, self.column, self.direction, self.size

    @property
    def seconds(self) -> float | None:
        """The median over the rounds, and over processes."""
        return None if self.timing is None else self.timing.median

    @property
    def noise(self) -> float:
        """The spread as a share: between the quartiles, or between processes."""
        if self.timing is None:
            return 0.0
        spread = (self.timing.high - self.timing.low) / self.timing.median
        between = (max(self.medians) - min(self.medians)) / min(self.medians) if self.medians else 0
        return max(LEAST_NOISE, spread, between)

    @property
    def all_operations(self) -> int:
        """Of every kind."""
        return sum(self.operations.values())

    def merged(self, others: Sequence[Row]) -> Row:
        """With the figures of other processes."""
        timings = [each.timing for each in (self, *others) if each.timing is not None]
        wrong = next((each.wrong for each in (self, *others) if each.wrong), None)
        if wrong or not timings:
            return replace(self, timing=None, wrong=wrong)
        medians = tuple(each.median for each in timings)
        joined = Timing(
            statistics.median(medians),
            min(each.low for each in timings), max(each.high for each in timings),
            sum(each.rounds for each in timings), timings[0].calls,
        )  # fmt: skip
        return replace(self, timing=joined, medians=medians)

    def plain(self) -> dict[str, Any]:
        """As numbers, text and dicts."""
        found = asdict(self)
        return {**found, "operations": dict(self.operations), "noise": self.noise}


@dataclass(frozen=True)
class Start:
    """Seconds of the import, of the first call and of another shape; bytes at the peak."""

    host: str
    column: str
    direction: str
    size: str  # of the call whose memory was measured
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Change:
    """A time of two reports. `ratio`: after to before; `noise`: what it may be off by chance."""

    key: tuple[str, str, str, str]
    before: float
    after: float
    noise: float

    @property
    def ratio(self) -> float:
        """Above 1, it has become slower."""
        return self.after / self.before

    @property
    def is_regression(self) -> bool:
        """Whether it is slower by more than the noise."""
        return self.ratio > 1 + self.noise

    @property
    def is_gain(self) -> bool:
        """Whether it is faster by more than the noise."""
        return self.ratio < 1 / (1 + self.noise)

    def __str__(self) -> str:
        host, column, direction, size = self.key
        return (
            f"{column} on {host}, {direction}, {size}: {self.before * MICRO:.4g} to "
            f"{self.after * MICRO:.4g} µs, {self.ratio:.2f} times (noise {self.noise:.0%})"
        )


@dataclass(frozen=True)
class BenchReport(Written):
    """The result of `dt.bench`."""

    WIDTH = 120

    name: str
    kind: str
    machine: Machine
    versions: Mapping[str, Mapping[str, str]]
    rows: tuple[Row, ...]
    starts: tuple[Start, ...]
    left_out: tuple[str, ...]
    seconds: float

    def share_of_copy(self, row: Row) -> float | None:
        """The least bytes in the time of a row, as a share of the copy bandwidth."""
        if row.seconds is None:
            return None
        return row.least_bytes / row.seconds / self.machine.copy_bandwidth

    def share_of_peak(self, row: Row) -> float | None:
        """The least operations in the time of a row, as a share of the peak."""
        if row.seconds is None:
            return None
        return row.all_operations / row.seconds / self.machine.peak

    @property
    def wrong(self) -> tuple[Row, ...]:
        """What was not timed, because it failed or differs from the maths."""
        return tuple(row for row in self.rows if row.wrong)

    def __rich__(self) -> Group:
        parts: list[Any] = [Text(f"{self.kind} {self.name}", style="bold"), self._about(), ""]
        sections = dict.fromkeys((row.direction, row.size) for row in self.rows)
        for direction, size in sections:
            parts += [self._table(direction, size), ""]
        if self.starts:
            parts += [self._starts(), ""]
        for row in self.wrong:
            parts.append(Text(f"{row.column} on {row.host}, {row.direction}, {row.size}: "
                              f"not timed: {row.wrong}", style="yellow"))  # fmt: skip
        parts += [Text(f"left out: {text}", style="yellow") for text in self.left_out]
        parts.append(Text(f"{self.seconds:.0f} s", style="bright_black"))
        return Group(*parts)

    def _about(self) -> Text:
        machine = self.machine
        text = (
            f"{machine.processor}, {machine.threads} threads: copies "
            f"{machine.copy_bandwidth / 1e9:.1f} GB/s, computes {machine.peak / 1e9:.0f} GFLOP/s"
        )
        for name, value in machine.environment.items():
            text += f"; {name}={value} is set, which slows products down"
        if machine.load > machine.threads / 2:
            text += f"; other processes are busy (load {machine.load:.1f})"
        return Text(text, style="bright_black")

    def _table(self, direction: str, size: str) -> Table:
        rows = [row for row in self.rows if (row.direction, row.size) == (direction, size)]
        first = rows[0]
        title = (
            f"{direction}, {size}: at least {_quantity(first.least_bytes)}B and "
            f"{_quantity(first.all_operations)} operations"
        )
        numbers = ("µs", "quartiles", "to Dovetail", "of copy", "of peak")
        table = table_of(title, ("host", "column"), numbers, **UNBOXED)
        ours = {row.host: row.seconds for row in rows if row.column == "Dovetail"}
        for row in rows:
            if row.timing is None:
                continue
            base = ours.get(row.host)
            table.add_row(
                row.host, row.column, f"{row.timing.median * MICRO:.4g}",
                f"{row.timing.low * MICRO:.4g} to {row.timing.high * MICRO:.4g}",
                f"{row.timing.median / base:.2f}" if base else "",
                f"{self.share_of_copy(row) or 0:.0%}", f"{self.share_of_peak(row) or 0:.1%}",
            )  # fmt: skip
        return table

    def _starts(self) -> Table:
        title = f"in a process of its own, {self.starts[0].direction}"
        numbers = ("import s", "first call s", "new shape s", f"peak MiB, {self.starts[0].size}")
        table = table_of(title, ("host", "column"), numbers, **UNBOXED)
        for start in self.starts:
            figures = start.figures
            seconds = [figures.get(f"{name} seconds") for name in ("import", "first call",
                                                                   "new shape")]  # fmt: skip
            peak = figures.get("peak bytes")
            table.add_row(
                start.host, start.column, *("" if s is None else f"{s:.3f}" for s in seconds),
                "" if peak is None else f"{peak / (1 << 20):.1f}",
            )  # fmt: skip
        return table

    def plain(self) -> dict[str, Any]:
        """The report as numbers, text, lists and dicts."""
        return {
            "format": FORMAT,
            "name": self.name,
            "kind": self.kind,
            "machine": asdict(self.machine),
            "versions": {name: dict(each) for name, each in self.versions.items()},
            "rows": [
                {**row.plain(), "share of copy": self.share_of_copy(row),
                 "share of peak": self.share_of_peak(row)}
                for row in self.rows
            ],
            "starts": [{**asdict(start), "figures": dict(start.figures)} for start in self.starts],
            "left out": list(self.left_out),
            "seconds": round(self.seconds, 2),
        }  # fmt: skip

    def compare(self, earlier: Mapping[str, Any]) -> list[Change]:
        """The changes of times since an earlier report, as `plain` or JSON gave it."""
        before = _timed(check_earlier(earlier))
        found: list[Change] = []
        for row in self.rows:
            known = before.get(row.key)
            if row.seconds is not None and known is not None:
                noise = NOISES * max(row.noise, known["noise"])
                found.append(Change(row.key, known["timing"]["median"], row.seconds, noise))
        return sorted(found, key=lambda change: -change.ratio)

    def newly_wrong(self, earlier: Mapping[str, Any]) -> list[Row]:
        """What was timed in an earlier report, and is wrong now."""
        timed = _timed(earlier)
        return [row for row in self.wrong if row.key in timed]


def check_earlier(earlier: Any) -> Mapping[str, Any]:
    """The same if it is a report as `plain` or JSON gave it; otherwise an error."""
    try:
        known = earlier["format"] == FORMAT and all(
            isinstance(number, (int, float))
            for row in _timed(earlier).values()
            for number in (row["noise"], row["timing"]["median"])
        )  # fmt: skip
    except (KeyError, TypeError):
        known = False
    if not known:
        raise ArgumentError(
            "compare", "earlier", earlier, f"a report of the format {FORMAT!r}",
            "write one with dovetail bench FILE.py::name --json > before.json",
        )  # fmt: skip
    return cast(Mapping[str, Any], earlier)


def _timed(earlier: Mapping[str, Any]) -> dict[tuple[str, str, str, str], Mapping[str, Any]]:
    """The rows of an earlier report that have a time, by their keys."""
    return {
        (row["host"], row["column"], row["direction"], row["size"]): row
        for row in earlier["rows"]
        if row["timing"] is not None
    }


def _quantity(number: float) -> str:
    """A number with a unit of thousands: 1.2 M."""
    for unit in ("", "k", "M", "G"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} T"
