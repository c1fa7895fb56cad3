"""The rows of the primitives that work on arrays as a whole, under one name each.

They reduce, move, index, and multiply matrices; almost all are linear.
"""

from __future__ import annotations

from dovetail.graph.primitives.indexing import (
    checked_index,
    extent_of,
    gather,
    iota,
    scatter_add,
)
from dovetail.graph.primitives.library import argsort, evaluate_argsort, matmul, swap_last
from dovetail.graph.primitives.movement import (
    basic_index,
    concat,
    pad,
    permute,
    reshape,
    slice_,
    slice_axis,
)
from dovetail.graph.primitives.reductions import (
    argmax,
    argmin,
    broadcast,
    cumulative_sum,
    max_,
    min_,
    prod,
    reduction_weight,
    restore,
    sum_,
)
from dovetail.graph.primitives.row import Primitive

__all__ = [
    "ROWS",
    "argmax",
    "argmin",
    "argsort",
    "basic_index",
    "broadcast",
    "checked_index",
    "concat",
    "cumulative_sum",
    "evaluate_argsort",
    "extent_of",
    "gather",
    "iota",
    "matmul",
    "max_",
    "min_",
    "pad",
    "permute",
    "prod",
    "reduction_weight",
    "reshape",
    "restore",
    "scatter_add",
    "slice_",
    "slice_axis",
    "sum_",
    "swap_last",
]

ROWS: tuple[Primitive, ...] = (
    sum_, prod, max_, min_, argmax, argmin, cumulative_sum,
    broadcast, permute, reshape, slice_, pad, concat,
    iota, checked_index, gather, scatter_add, matmul, argsort,
)  # fmt: skip
