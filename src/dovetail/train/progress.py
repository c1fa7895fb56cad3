"""Progress in the terminal: a bar during an epoch, one line after it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

REFRESH = 0.1  # seconds between two drawings of the bar


def figures_text(figures: Mapping[str, float]) -> str:
    """`loss 0.3012  accuracy 0.9210`, in the order given."""
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items())


class EpochProgress:
    """Shows one epoch. `verbose` 0 is silent, 1 draws a bar in a terminal, 2 only the line.

    Outside a terminal there is no bar, so that a log holds one line for each epoch.
    """

    def __init__(
        self, verbose: int, epoch: int, epochs: int, steps: int, console: Console | None = None
    ) -> None:
        self.console = console or Console()
        self.verbose = verbose
        self.title = f"epoch {epoch + 1:>{len(str(epochs))}}/{epochs}"
        self.steps = steps
        self.started = time.perf_counter()
        self.drawn = 0.0
        self.bar: Progress | None = None
        self.task = TaskID(0)

    def __enter__(self) -> EpochProgress:
        if self.verbose == 1 and self.console.is_terminal:
            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=28),
                MofNCompleteColumn(),
                TimeRemainingColumn(compact=True),
                TextColumn("{task.fields[figures]}"),
                console=self.console,
                transient=True,
                auto_refresh=False,
            )
            self.bar.start()
            self.task = self.bar.add_task(self.title, total=self.steps, figures="")
        return self

    def advance(self, step: int, figures: Mapping[str, float]) -> None:
        """`step` steps are done; `figures` are the averages so far."""
        now = time.perf_counter()
        if self.bar is not None and now - self.drawn >= REFRESH:
            self.drawn = now
            self.bar.update(self.task, completed=step, figures=figures_text(figures), refresh=True)

    def finish(self, figures: Mapping[str, float]) -> None:
        """The epoch has ended, with these figures."""
        self._stop()
        if self.verbose:
            seconds = time.perf_counter() - self.started
            self.console.print(
                f"{self.title}  {figures_text(figures)}  ({seconds:.2f} s)",
                highlight=False,
                soft_wrap=True,
            )

    def _stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def __exit__(self, *error: object) -> None:
        self._stop()
