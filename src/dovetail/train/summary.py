"""The table of a model's layers: shapes, parameters, multiply-adds and bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from dovetail.printing import table_of
from dovetail.train.inspection import Inspection, LayerCall, shape_text

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(frozen=True)
class Row:
    """One layer. `shape`: of one example's output; `parameters` and `bytes` count shared layers
    at their first call only."""

    name: str
    kind: str
    shape: str
    parameters: int
    trained: int
    states: int
    bytes: int
    multiply_adds: int


@dataclass(frozen=True)
class Summary:
    """The rows of a model, and their sums."""

    title: str
    rows: tuple[Row, ...]
    total: Row

    def table(self) -> Table:
        """The rows as a table."""
        numbers = ("parameters", "bytes", "multiply-adds")
        table = table_of(self.title, ("layer", "kind", "output"), numbers)
        for column in table.columns[:3]:
            column.overflow = "fold"
        for row in self.rows:
            table.add_row(*_cells(row))
        table.add_section()
        table.add_row(*_cells(self.total), style="bold")
        return table

    def print(self, console: Console | None = None) -> None:
        """Print the table, and how many parameters are trained."""
        console = console or Console()
        console.print(self.table())
        total = self.total
        frozen = total.parameters - total.trained
        console.print(
            f"trained: {total.trained:,} parameters; frozen: {frozen:,}; "
            f"states: {total.states:,} numbers. Multiply-adds are those of one example.",
            highlight=False,
        )


def _cells(row: Row) -> list[str]:
    return [
        row.name, row.kind, row.shape, f"{row.parameters:,}", readable_bytes(row.bytes),
        f"{row.multiply_adds:,}",
    ]  # fmt: skip


def readable_bytes(count: int) -> str:
    """A number of bytes with its unit: 1.5 KiB."""
    for size, unit in _UNITS:
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def summarise(model: Any, inspection: Inspection, depth: int) -> Summary:
    """The summary of a built model; layers in layers to a depth."""
    slots = model.slots()
    arrays = [{path: holder[name] for path, holder, name in kind} for kind in slots]
    frozen = model.frozen_paths()

    def row(name: str, call: LayerCall, counted: bool) -> Row:
        own = [
            {path: array for path, array in kind.items() if path.startswith(call.path)}
            if counted else {}
            for kind in arrays
        ]  # fmt: skip
        parameters, states = own
        return Row(
            name, call.layer.name, ", ".join(map(shape_text, call.outputs)),
            _count(parameters.values()),
            _count(array for path, array in parameters.items() if path not in frozen),
            _count(states.values()),
            sum(array.nbytes for kind in own for array in kind.values()), call.multiply_adds,
        )  # fmt: skip

    rows: list[Row] = []
    seen: set[int] = set()
    for call in inspection.inner(depth):
        indent = "  " * (call.depth - 1)
        first = id(call.layer) not in seen
        seen.add(id(call.layer))
        rows.append(row(f"{indent}{call.name}{'' if first else ' (shared)'}", call, first))
    return Summary(model.name, tuple(rows), row("total", inspection.model, True))


def _count(arrays: Iterable[Any]) -> int:
    return sum(math.prod(array.shape) for array in arrays)
