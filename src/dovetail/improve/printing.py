"""Reports that are a table with lines below it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


class Printed(ABC):
    """Rich and notebooks show the table and the lines; `print` prints them."""

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
