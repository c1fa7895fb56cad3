"""The arguments that every application takes, and its result as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HOSTS = ("torch", "keras", "jax")


def parser(description: str, folder: Path) -> argparse.ArgumentParser:
    """A parser with the common arguments; `folder` is where files are written by default."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--quick", action="store_true", help="a small run of under a minute")
    made.add_argument("--json", action="store_true", help="print the result as one JSON object")
    made.add_argument(
        "--seed", type=int, default=0, help="seed of the weights and the data's order"
    )
    made.add_argument("--runs", type=int, help="number of seeds, splits or folds")
    made.add_argument(
        "--host", choices=HOSTS,
        help="train 20 steps in this framework and on the embedded host, and compare the losses",
    )  # fmt: skip
    made.add_argument(
        "--output", type=Path, default=folder / "output", metavar="FOLDER",
        help="where the model and the pictures are written (default: %(default)s)",
    )  # fmt: skip
    return made


@dataclass(frozen=True)
class Result:
    """The figure of an application beside its floor and its bar.

    `floor` is what a trivial method reaches with the same protocol, `bar` what this example aims
    at, `spread` the standard deviation over runs (None for one run), `seconds` the time of training
    and evaluation. `more` holds further figures by name.
    """

    metric: str
    higher_is_better: bool
    value: float
    spread: float | None
    floor: float
    bar: float
    seconds: float
    more: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "more", dict(self.more))

    @property
    def beats_floor(self) -> bool:
        """Whether the figure is better than the floor."""
        return self._better(self.floor)

    @property
    def reaches_bar(self) -> bool:
        """Whether the figure is at least as good as the bar."""
        return self._better(self.bar) or self.value == self.bar

    def _better(self, other: float) -> bool:
        return self.value > other if self.higher_is_better else self.value < other

    def show(self, console: Console) -> None:
        """Print a table."""
        table = Table(title=self.metric, title_justify="left")
        table.add_column("")
        table.add_column("figure", justify="right")
        spread = "" if self.spread is None else f" ± {self.spread:.4f}"
        table.add_row("floor: a trivial method", f"{self.floor:.4f}")
        table.add_row("bar", f"{self.bar:.4f}")
        mark = "green" if self.reaches_bar else "yellow" if self.beats_floor else "red"
        table.add_row("this model", f"[{mark}]{self.value:.4f}{spread}[/{mark}]")
        for name, value in self.more.items():
            table.add_row(name, f"{value:.4f}")
        table.add_row("seconds", f"{self.seconds:.0f}")
        console.print(table)


class Run:
    """One run of an application: where it prints, and its clock.

    With `--json` the console writes to standard error, so that standard output is JSON alone.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.console = Console(stderr=bool(options.json))
        self.begun = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the start of the run."""
        return time.perf_counter() - self.begun

    def finish(self, result: Result) -> int:
        """Print the result; the exit status, 1 if a trivial method is as good."""
        if self.options.json:
            print(json.dumps(asdict(result)))
        else:
            result.show(self.console)
        return 0 if result.beats_floor else 1

    def compare(self, embedded: list[float], other: list[float], tolerance: float = 1e-4) -> int:
        """Print the losses of the embedded host beside another's; 1 if they differ."""
        apart = max(abs(a - b) / abs(a) for a, b in zip(embedded, other, strict=True))
        agree = apart <= tolerance
        if self.options.json:
            found: dict[str, Any] = {"embedded": embedded, self.options.host: other}
            print(json.dumps({"losses": found, "apart": apart, "agree": agree}))
            return 0 if agree else 1
        table = Table(title="losses of the same training")
        for heading in ("step", "embedded", self.options.host):
            table.add_column(heading, justify="right")
        for step, pair in enumerate(zip(embedded, other, strict=True), 1):
            table.add_row(str(step), *(f"{loss:.6f}" for loss in pair))
        self.console.print(table)
        said = "agree" if agree else "[red]differ[/red]"
        self.console.print(f"They {said}: at most {apart:.1e} of the loss apart.")
        return 0 if agree else 1


def fail(message: str) -> int:
    """Print a message to standard error; the exit status 2."""
    print(message, file=sys.stderr)
    return 2
