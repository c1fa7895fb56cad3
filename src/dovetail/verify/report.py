"""The report: a table, JSON, and a certificate."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import llvmlite
import numpy as np
from rich.console import Group
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from dovetail.printing import UNBOXED, Written, table_of
from dovetail.verify.verdict import ORDER, Status, Verdict, plain

COLOURS: dict[Status, str] = {
    "failed": "bold red", "passed": "green", "skipped": "yellow", "not applicable": "bright_black",
}  # fmt: skip
MARKS: dict[Status, str] = {"failed": "✗", "passed": "✓", "skipped": "…", "not applicable": "·"}


@dataclass(frozen=True)
class Report(Written):
    """The result of `dt.check`; true if nothing failed."""

    name: str
    kind: str
    location: str | None
    budget: str
    seed: int
    hosts: Mapping[str, Mapping[str, str]]
    verdicts: tuple[Verdict, ...]
    version: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def __bool__(self) -> bool:
        return self.passed

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """The failed verdicts."""
        return tuple(v for v in self.verdicts if v.status == "failed")

    def verdict(self, check: str) -> Verdict:
        """The verdict of a check, by its name."""
        for verdict in self.verdicts:
            if verdict.check == check:
                return verdict
        raise KeyError(check)

    @property
    def worst_first(self) -> tuple[Verdict, ...]:
        """Failures first, then passed checks with advice."""
        return tuple(sorted(self.verdicts, key=lambda v: (ORDER.index(v.status), not v.remedy)))

    def __rich__(self) -> Group:
        table = table_of(None, ("", "check", "result"), ("seconds",), **UNBOXED)
        for column in table.columns[:2]:
            column.no_wrap = True
        several = len({v.host for v in self.verdicts}) > 1
        for verdict in self.worst_first:
            colour = COLOURS[verdict.status]
            summary = escape(verdict.summary)
            if verdict.status == "passed" and verdict.remedy:
                summary += f"\n[yellow]{escape(verdict.remedy)}[/]"
            name = f"{verdict.check} ({verdict.host})" if several else verdict.check
            table.add_row(f"[{colour}]{MARKS[verdict.status]}[/]", f"[{colour}]{name}[/]",
                          summary, f"{verdict.seconds:.2f}")  # fmt: skip
        parts: list[Any] = [
            Text.assemble((f"{self.kind} {self.name}", "bold"), f"  {self.location or ''}"),
            table,
        ]
        for verdict in self.failures:
            parts += ["", Text(f"{verdict.check}: {verdict.summary}", style="bold red")]
            if verdict.case is not None:
                parts.append(Padding(Text(verdict.case.reproduce()), (0, 0, 0, 4)))
            parts.append(Padding(Text(verdict.remedy, style="yellow"), (0, 0, 0, 2)))
        parts += ["", self._last_line()]
        return Group(*parts)

    def _last_line(self) -> Text:
        counts = {status: sum(v.status == status for v in self.verdicts) for status in ORDER}
        words = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        colour = COLOURS["passed" if self.passed else "failed"]
        return Text(f"{words}; {self.budget}, seed {self.seed}, {self.seconds:.1f} s", style=colour)

    def plain(self) -> dict[str, Any]:
        """The report as numbers, text, lists and dicts."""
        return {
            "name": self.name,
            "kind": self.kind,
            "location": self.location,
            "passed": self.passed,
            "budget": self.budget,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            "verdicts": [verdict.plain() for verdict in self.worst_first],
        }

    def certificate(self) -> dict[str, Any]:
        """The checks, with versions and hosts, and the checks that did not run."""
        figures = {f"{v.check} ({v.host})": v.figures for v in self.verdicts if v.figures}
        left_out = [
            {"check": v.check, "host": v.host, "reason": v.summary}
            for v in self.verdicts
            if v.status in ("skipped", "not applicable")
        ]
        return {
            "certificate": "dovetail check",
            "subject": {"name": self.name, "kind": self.kind, "location": self.location},
            "passed": self.passed,
            "versions": {
                "dovetail": self.version,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "llvmlite": llvmlite.__version__,
            },
            "machine": {"system": platform.system(), "processor": platform.machine()},
            "hosts": {name: dict(versions) for name, versions in self.hosts.items()},
            "budget": self.budget,
            "seed": self.seed,
            "checks": {f"{v.check} ({v.host})": v.status for v in self.verdicts},
            "figures": plain(figures),
            "not checked": left_out,
        }
