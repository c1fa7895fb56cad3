"""`trade_off`: all changes of a model compared, and the one that pays most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from dovetail.improve.data import examples_of
from dovetail.improve.factorise import factorise
from dovetail.improve.figures import deciding_metric
from dovetail.improve.fold import fold
from dovetail.improve.native import Compile
from dovetail.improve.prune import prune
from dovetail.improve.quantise import quantise
from dovetail.improve.report import Improved, Report
from dovetail.improve.settings import check_numbers
from dovetail.printing import Printed, table_of
from dovetail.train.plots import Picture, points_picture
from dovetail.train.summary import readable_bytes

SHARES = (0.7, 0.5, 0.3)  # of the multiply-adds
ENERGIES = (0.99, 0.97)
BAR = 12  # characters


@dataclass(frozen=True)
class TradeOff(Printed):
    """The results by name, and the model that is advised: the fastest of those that pay.

    `chosen`: its name; None where the original is best.
    """

    model: Any
    chosen: str | None
    results: Mapping[str, Improved]

    @property
    def reports(self) -> dict[str, Report]:
        """The report of each change."""
        return {name: each.report for name, each in self.results.items()}

    def table(self) -> Table:
        """The figures of each change."""
        return _table(self.reports, self.chosen)

    def lines(self) -> Iterator[str | Text]:
        """The advice, and what each change has brought."""
        advised = self.chosen or "the original"
        yield Text(f"advised: {advised}; latency is that of the largest batch", style="bold")
        for name, each in self.reports.items():
            yield f"{name}: {'pays' if each.paid else 'does not pay'}, {each.reason}"

    def plot(self) -> Picture:
        """The metric over the latency, a point for each model, as SVG."""
        rows = _rows(self.reports)
        metric = next((name for _, _, name, _, _ in rows if name), "metric")
        points = [(label, latency * 1e6, value) for label, _, _, value, latency in rows]
        return points_picture(points, "latency of the largest batch, µs", metric)

    def plain(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "chosen": self.chosen,
            "changes": {name: each.plain() for name, each in self.reports.items()},
        }


def trade_off(
    model: Any,
    data: Any,
    *,
    validation: Any = None,
    shares: Sequence[float] = SHARES,
    energies: Sequence[float] = ENERGIES,
    epochs: int = 2,
    batch_size: int = 32,
    tolerance: float = 0.01,
    seed: int | None = 0,
    compile: Compile = None,
) -> TradeOff:
    """Fold, prune, factorise and quantise a model, each by itself, and compare them.

    `shares` of multiply-adds to prune to, `energies` to factorise with; each is trained for
    `epochs`. Quantising is tried without and with training.
    """
    check_numbers("trade_off", epochs=epochs, batch_size=batch_size, tolerance=tolerance)
    examples_of("trade_off", "data", data, True)
    common = {"tolerance": tolerance, "epochs": epochs, "batch_size": batch_size, "seed": seed}
    results: dict[str, Improved] = {}
    folded = fold(model, validation=data if validation is None else validation, compile=compile)
    if folded.changed is not model:
        results["fold"] = folded
    for share in shares:
        results[f"prune to {share:g}"] = prune(
            model, data, validation=validation, multiply_adds=share, compile=compile, **common
        )
    for energy in energies:
        results[f"factorise at {energy:g}"] = factorise(
            model, data, validation=validation, energy=energy, compile=compile, **common
        )
    results["quantise"] = quantise(
        model, data, validation=validation, compile=compile, **{**common, "epochs": 0}
    )
    if epochs:
        results["quantise, trained"] = quantise(
            model, data, validation=validation, compile=compile, **common
        )
    paid = {
        name: each for name, each in results.items()
        if each.report.paid and each.report.speed[max(each.report.speed)].faster
    }  # fmt: skip
    best = max(paid, key=lambda name: _speed(paid[name].report), default=None)
    return TradeOff(model if best is None else paid[best].model, best, results)


def _speed(report: Report) -> float:
    return report.speed[max(report.speed)].best if report.speed else 1.0


def _rows(reports: Mapping[str, Report]) -> list[tuple[str, Any, str, float, float]]:
    """(name, figures, metric, its value, latency) of the original and of each change."""
    rows: list[tuple[str, Any, str, float, float]] = []
    measured = {name: each for name, each in reports.items() if each.speed}
    for number, (name, report) in enumerate(measured.items()):
        metric = deciding_metric(report.before.metrics) or ""
        batch = max(report.speed)
        least = report.before.latency[batch].least
        if not number:
            value = report.before.metrics.get(metric, 0.0)
            rows.append(("original", report.before, metric, value, least))
            first = least
        value = report.after.metrics.get(metric, 0.0)
        rows.append((name, report.after, metric, value, first / report.speed[batch].best))
    return rows


def _table(reports: Mapping[str, Report], chosen: str | None) -> Table:
    rows = _rows(reports)
    metric = next((name for _, _, name, _, _ in rows if name), "")
    numbers = (metric, "multiply-adds", "bytes", "latency")
    table = table_of("what each change costs and brings", ("model",), numbers)
    table.add_column("times as fast", no_wrap=True)
    base = rows[0][-1] if rows else 1.0
    fastest = max((base / latency for *_, latency in rows), default=1.0)
    for name, figures, _, value, latency in rows:
        bar = "█" * max(1, round(BAR * base / latency / fastest))
        table.add_row(
            name, f"{value:.4f}" if metric else "", f"{figures.multiply_adds:,}",
            readable_bytes(figures.bytes), f"{latency * 1e6:,.0f} µs",
            f"{base / latency:5.2f} {bar}", style="bold" if name == chosen else "",
        )  # fmt: skip
    return table
