"""The table of primitives: one primitive, one row."""

from __future__ import annotations

from dovetail.graph.primitives import declared, elementwise, scan, structure
from dovetail.graph.primitives.row import (
    Primitive,
    constant_,
    input_,
    literal_,
    size_,
)

LEAVES: tuple[Primitive, ...] = (input_, constant_, size_, literal_)

_ROWS = (*LEAVES, *elementwise.ROWS, *structure.ROWS, *declared.ROWS, *scan.ROWS)
PRIMITIVES: dict[str, Primitive] = {row.name: row for row in _ROWS}
