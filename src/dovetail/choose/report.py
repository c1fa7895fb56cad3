"""The result of `dovetail choose`: a table, the verdict, and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from dovetail.choose.figures import BYTES, QUANTITIES, Figures
from dovetail.choose.verdict import WEIGHTS, Verdict, verdict
from dovetail.printing import UNBOXED, Written, table_of

MEBIBYTE = 1 << 20


def shown(name: str, value: float | None) -> str:
    """A figure with its unit."""
    if value is None:
        return "-"
    if QUANTITIES[name].unit == BYTES:
        return f"{value / MEBIBYTE:,.0f} MiB"
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1 or unit == "µs":
            return f"{value * factor:.3g} {unit}"
    raise AssertionError


@dataclass(frozen=True)
class ChoiceReport(Written):
    """What was measured, for which purpose, and what was not."""

    WIDTH = 160

    model: str
    purpose: str
    figures: tuple[Figures, ...]
    machine: str
    left_out: tuple[str, ...]
    batch: int
    bulk: int
    target: float | None
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """By the weights of the purpose."""
        return verdict(self.figures, self.purpose)

    def verdict_for(self, purpose: str) -> Verdict:
        """By the weights of another purpose."""
        return verdict(self.figures, purpose)

    @property
    def refused(self) -> tuple[Figures, ...]:
        """What failed, or is wrong."""
        return tuple(each for each in self.figures if each.refused)

    @property
    def not_measured(self) -> tuple[str, ...]:
        """In words."""
        unweighted = [f"{QUANTITIES[name].words}: not known of every contestant, so no score has it"
                      for name in self.verdict.left_out]  # fmt: skip
        return (*self.left_out, *unweighted)

    @property
    def headings(self) -> Mapping[str, Mapping[str, str]]:
        """The columns of the tables, by their titles."""
        return {
            f"training, batches of {self.batch}": {
                "step p50": "step p50", "step p95": "p95", "first step": "build, first step",
                "new shape": "new shape", "to target": f"to {self.target}",
            },
            "inference and costs": {
                "one p50": "1 example p50", "one p99": "p99", "bulk p50": f"{self.bulk:,} p50",
                "bulk p99": "p99", "import": "import", "peak memory": "peak",
                "install size": "installed",
            },
        }  # fmt: skip

    def _table(self, title: str, headings: Mapping[str, str]) -> Table:
        table = table_of(title, ("",), [*headings.values()], **UNBOXED)
        table.columns[0].no_wrap = True
        for each in self.figures:
            if not each.refused:
                cells = [shown(name, each.values.get(name)) for name in headings]
                table.add_row(each.name, *cells)
        return table

    def __rich__(self) -> Group:
        found = self.verdict
        parts: list[Any] = [
            Text(self.model, style="bold"), Text(self.machine, style="bright_black"), "",
        ]  # fmt: skip
        for title, headings in self.headings.items():
            parts += [self._table(title, headings), ""]
        parts.append(Text(found.sentence, style="bold green"))
        for place in found.places:
            mark = " (tie)" if place.ties and len(found.best) > 1 else ""
            parts.append(Text(
                f"  {place.figures.name}{mark}: {place.score:.2f} ± {place.noise:.0%}; "
                f"{'; '.join(place.reasons)}"
            ))  # fmt: skip
        parts.append("")
        parts += [Text(f"refused: {each.name} {each.refused}", style="red")
                  for each in self.refused]  # fmt: skip
        for each in self.figures:
            if each.exports:
                said = "; ".join(
                    f"no {name}: {why}" if why else name for name, why in each.exports.items()
                )
                parts.append(Text(f"{each.name} exports: {said}"))
            parts += [Text(f"{each.name} {note}") for note in each.notes]
        parts += [Text(f"not measured: {text}", style="yellow") for text in self.not_measured]
        parts.append(Text(f"{self.seconds:.0f} s", style="bright_black"))
        return Group(*parts)

    def plain(self) -> dict[str, Any]:
        """As numbers, text, lists and dicts."""
        found = self.verdict
        return {
            "format": "dovetail choose 1",
            "model": self.model,
            "purpose": self.purpose,
            "weights": dict(WEIGHTS[self.purpose]),
            "machine": self.machine,
            "batch": self.batch,
            "target": self.target,
            "figures": [asdict(each) for each in self.figures],
            "verdict": {
                "best": list(found.best),
                "sentence": found.sentence,
                "places": [
                    {"name": place.figures.name, "score": place.score, "noise": place.noise,
                     "ties": place.ties, "reasons": list(place.reasons)}
                    for place in found.places
                ],
            },
            "not measured": list(self.not_measured),
            "seconds": round(self.seconds, 2),
        }  # fmt: skip
