"""A bar of Rich that is drawn over itself: in a terminal, or in one output of a notebook's cell.

Rich draws over itself in a notebook only with the package ipywidgets; IPython needs no other.
"""

from __future__ import annotations

import importlib
from typing import Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn

WIDTH = 120  # of the text in a notebook


def can_draw_over(console: Console) -> bool:
    """Whether this is a terminal or a notebook, and not a file."""
    return console.is_terminal or console.is_jupyter


class Bar:
    """One bar with its columns. `refresh`: whether a thread draws it again, as for a clock."""

    def __init__(
        self, console: Console, *columns: ProgressColumn, total: float | None, title: str = "",
        completed: int = 0, refresh: bool = False, **fields: Any,
    ) -> None:  # fmt: skip
        self._progress = Progress(
            *columns, console=console, transient=True, auto_refresh=refresh,
        )  # fmt: skip
        self._output: Any = None
        self._task = self._progress.add_task(title, total=total, completed=completed, **fields)
        if console.is_jupyter:
            display: Any = importlib.import_module("IPython.display")
            self._output = display.display({"text/plain": title}, raw=True, display_id=True)
        else:
            self._progress.start()

    def update(self, completed: float, **fields: Any) -> None:
        """So much is done; draws it."""
        self._progress.update(self._task, completed=completed, **fields)
        if self._output is None:
            self._progress.refresh()
            return
        plain = Console(width=WIDTH, force_terminal=False, force_jupyter=False)
        with plain.capture() as drawn:
            plain.print(self._progress.get_renderable())
        self._show(drawn.get().rstrip())

    def end(self, text: str = "") -> bool:
        """Take the bar away; whether `text` has taken its place, as it does in a notebook."""
        if self._output is None:
            self._progress.stop()
            return False
        self._show(text)
        return bool(text)

    def _show(self, text: str) -> None:
        self._output.update({"text/plain": text}, raw=True)
