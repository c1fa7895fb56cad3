"""Reports as tables, as text and as JSON."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

UNBOXED: dict[str, Any] = {"box": None, "pad_edge": False, "header_style": "bold"}


def table_of(
    title: str | None, words: Sequence[str], numbers: Sequence[str], **style: Any
) -> Table:
    """A table without rows: columns of words, then columns of numbers, which are flush right."""
    table = Table(title=title, title_justify="left", **style)
    for heading in words:
        table.add_column(heading)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


class Printed(ABC):
    """A report that is a table with lines below it; rich, notebooks and `print` show them."""

    @abstractmethod
    def table(self) -> Table:
        """The figures."""

    @abstractmethod
    def lines(self) -> Iterable[str | Text]:
        """What is said below the table."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.table()
        for line in self.lines():
            yield Text("  ").append(line)

    def print(self, console: Console | None = None) -> None:
        """Print the table and the lines below it."""
        (console or Console()).print(self, highlight=False)


class Written:
    """A report that rich shows; `str` gives it without colours."""

    WIDTH = 100

    def text(self, width: int | None = None) -> str:
        """The report as text without colours."""
        console = Console(width=width or self.WIDTH, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(self)
        return capture.get()

    def __str__(self) -> str:
        return self.text()

    def plain(self) -> dict[str, Any]:
        """The report as numbers, text, lists and dicts."""
        raise NotImplementedError

    def json(self) -> str:
        """The report as JSON."""
        return json.dumps(self.plain(), indent=2)
