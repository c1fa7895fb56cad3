"""The table of primitives: one primitive, one row."""

from __future__ import annotations

from dovetail.graph.primitives import declared, elementwise, scan, special, structure
from dovetail.graph.primitives.row import (
    Primitive,
    constant_,
    input_,
    literal_,
    size_,
)

LEAVES: tuple[Primitive, ...] = (input_, constant_, size_, literal_)

# Those that work element by element.
ELEMENTWISE: tuple[Primitive, ...] = (*elementwise.ROWS, *special.ROWS)

_ROWS = (*LEAVES, *ELEMENTWISE, *structure.ROWS, *declared.ROWS, *scan.ROWS)
PRIMITIVES: dict[str, Primitive] = {row.name: row for row in _ROWS}
