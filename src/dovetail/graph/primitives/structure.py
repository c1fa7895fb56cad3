"""The rows of the primitives that work on arrays as a whole, under one name each.

They reduce, move, index, and multiply matrices; almost all are linear.
"""

# ruff: noqa: F403

from __future__ import annotations

from dovetail.graph.primitives.convolution import *
from dovetail.graph.primitives.indexing import *
from dovetail.graph.primitives.library import *
from dovetail.graph.primitives.matrices import *
from dovetail.graph.primitives.movement import *
from dovetail.graph.primitives.reductions import *
from dovetail.graph.primitives.row import Primitive
from dovetail.graph.primitives.running import *
from dovetail.graph.primitives.scatters import *
from dovetail.graph.primitives.spectral import *
from dovetail.graph.primitives.windows import *

ROWS = tuple(
    row
    for row in list(globals().values())
    if isinstance(row, Primitive) and row.category != "elementwise"
)
