"""What a change has brought, as a table and as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from dovetail.improve.figures import Figures
from dovetail.improve.latency import Speed
from dovetail.printing import Printed, table_of
from dovetail.train.summary import readable_bytes


@dataclass(frozen=True)
class Report(Printed):
    """Figures before and after a change, and whether it paid.

    `speed`: how many times as fast, by size of batch: by the shortest calls, and the quartiles of
    rounds. `notes`: what was done and what was left alone, with the reason. `difference`: the
    largest one of the outputs, as a share of the largest output.
    """

    change: str
    before: Figures
    after: Figures
    speed: Mapping[int, Speed]
    difference: float
    paid: bool
    reason: str
    notes: tuple[str, ...] = ()

    def table(self) -> Table:
        """The figures side by side."""
        title = f"{self.change}: {'kept' if self.paid else 'the original is kept'}, {self.reason}"
        table = table_of(title, ("",), ("before", "after", "quotient"))
        for row in self._rows():
            table.add_row(*row)
        return table

    def _rows(self) -> list[tuple[str, str, str, str]]:
        first, second = self.before, self.after
        rows = [
            (name, f"{value:.4f}", f"{second.metrics[name]:.4f}", "")
            for name, value in first.metrics.items() if name in second.metrics
        ]  # fmt: skip
        for name in ("parameters", "multiply_adds"):
            a, b = getattr(first, name), getattr(second, name)
            rows.append((name.replace("_", "-"), f"{a:,}", f"{b:,}", _quotient(b, a)))
        sizes = first.bytes, second.bytes
        a, b = map(readable_bytes, sizes)
        rows.append(("bytes", a, b, _quotient(*sizes[::-1])))
        for batch, speed in self.speed.items():
            a, b = (f"{each.latency[batch].least * 1e6:,.1f} µs" for each in (first, second))
            times = f"{speed.best:.2f} times as fast ({speed.low:.2f} to {speed.high:.2f})"
            rows.append((f"latency, batch {batch}", a, b, times))
        rows.append(("difference of outputs", "", f"{self.difference:.1e}", ""))
        return rows

    def lines(self) -> Sequence[str]:
        """What was done and what was left alone."""
        return self.notes

    def plain(self) -> dict[str, Any]:
        """The same as dicts, lists and numbers, for JSON."""
        return {
            "change": self.change, "paid": self.paid, "reason": self.reason,
            "notes": list(self.notes), "difference": self.difference,
            "before": _plain(self.before), "after": _plain(self.after),
            "speed": {str(batch): vars(each) for batch, each in self.speed.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Improved:
    """A changed model, or the original where the change did not pay, and the report.

    `changed`: the changed model in any case.
    """

    model: Any
    report: Report
    changed: Any


def _quotient(after: int, before: int) -> str:
    return f"{after / before:.2f}" if before else ""


def _plain(figures: Figures) -> dict[str, Any]:
    latency = {str(batch): vars(each) for batch, each in figures.latency.items()}
    return {**vars(figures), "metrics": dict(figures.metrics), "latency": latency}
