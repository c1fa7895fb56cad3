"""Progress of an epoch: a bar with the time left, and one line when it has ended.

In a terminal and in a notebook the bar is drawn over itself. Elsewhere, in the log file of a job,
there is no bar, but one line now and then in a long epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from dovetail.train.bars import Bar, can_draw_over

Figures = Mapping[str, float]

REFRESH = 0.1  # seconds between two drawings of the bar
LOGGED = 60.0  # seconds between two lines of a log


def figures_text(figures: Figures) -> str:
    """`loss 0.3012  accuracy 0.9210`, in the order given; very small numbers with an exponent."""
    return "  ".join(f"{name} {_number(value)}" for name, value in figures.items())


def _number(value: float) -> str:
    return f"{value:.2e}" if 0.0 < abs(value) < 1e-3 else f"{value:.4f}"


class EpochProgress:
    """Shows one epoch. `verbose` 0 is silent, 1 draws a bar, 2 only the line at the end.

    `steps` may be unknown: then the bar counts the steps. `begin` steps were done before.
    """

    def __init__(
        self,
        verbose: int,
        title: str,
        steps: int | None,
        console: Console | None = None,
        *,
        begin: int = 0,
    ) -> None:
        self.console = console or Console()
        self.verbose = verbose
        self.title = title
        self.steps = steps
        self.started = self.drawn = time.perf_counter()
        self.begin = self.done = begin
        self.bar: Bar | None = None

    def __enter__(self) -> EpochProgress:
        if self.verbose == 1 and can_draw_over(self.console):
            self.bar = Bar(
                self.console,
                TextColumn("{task.description}"),
                BarColumn(bar_width=28),
                MofNCompleteColumn(),
                TimeRemainingColumn(compact=True),
                TextColumn("{task.fields[figures]}"),
                title=self.title, total=self.steps, completed=self.begin, figures="",
            )  # fmt: skip
        return self

    def advance(self, step: int, figures: Callable[[], Figures]) -> None:
        """`step` steps are done; `figures` gives the averages so far."""
        if self.verbose != 1:
            return
        self.done = step
        now = time.perf_counter()
        if self.bar is not None:
            if now - self.drawn >= REFRESH:
                self.drawn = now
                self.bar.update(step, figures=figures_text(figures()))
        elif now - self.drawn >= LOGGED:
            self.drawn = now
            self._print(f"{self.title}  {self._position(now)}  {figures_text(figures())}")

    def _position(self, now: float) -> str:
        """`step 120/600, 240 s left`."""
        if self.steps is None:
            return f"step {self.done}"
        each = (now - self.started) / (self.done - self.begin)
        left = each * (self.steps - self.done)
        return f"step {self.done}/{self.steps}, {left:.0f} s left"

    def finish(self, figures: Figures) -> None:
        """The epoch has ended, with these figures."""
        seconds = time.perf_counter() - self.started
        self._end(f"{self.title}  {figures_text(figures)}  ({seconds:.2f} s)")

    def _end(self, text: str = "") -> None:
        """Take the bar away and say this."""
        bar, self.bar = self.bar, None
        said = bar is not None and bar.end(text)
        if text and self.verbose and not said:
            self._print(text)

    def _print(self, text: str) -> None:
        self.console.print(text, highlight=False, soft_wrap=True, markup=False)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        interrupted = isinstance(error, KeyboardInterrupt)
        self._end(f"{self.title}  interrupted after step {self.done}" if interrupted else "")
