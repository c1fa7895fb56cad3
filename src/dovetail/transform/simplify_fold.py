"""Constant folding, also of numbers that follow from shapes.

A number that follows from shapes (`size`) folds only into a `size`, never into a
`constant`: kernels are generic in sizes, and a size must not become part of their text.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import ELEMENTWISE, structure
from dovetail.graph.primitives.elementwise import multiply
from dovetail.graph.primitives.row import constant_, is_number, size, size_
from dovetail.graph.primitives.structure import (
    concat,
    max_,
    min_,
    pad,
    sum_,
)
from dovetail.graph.sizes import computed
from dovetail.transform.rewrite import Known, Match, Rule, of


def known_like(node: Node, shape: Shape) -> Node:
    """The same constant or size in another shape."""
    return known(node.op, node.attr("value"), shape, node.dtype)


def known(op: str, value: bool | int | float, shape: Shape, dtype: DType) -> Node:
    """A constant, or a size; what a size becomes need not be whole."""
    row = constant_ if op == "constant" else size_
    return row(value=value, shape=shape, dtype=dtype)


def rounded(value: float, dtype: DType) -> float:
    """A number rounded to the type that `dtype` is computed in."""
    return computed(partial(_rounded, dtype.compute.numpy), value)


def _rounded(kind: np.dtype[Any], value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.asarray(value, kind))


def _operand(given: float, dtype: DType) -> np.ndarray[Any, Any]:
    """The value that a kernel computes with: half precisions are widened, not rounded."""
    value = np.asarray(given, dtype.compute.numpy)
    return value.astype(np.float64) if dtype.is_floating else value


def _scalar(value: Any, dtype: DType) -> bool | int | float:
    return np.asarray(value).astype(np.float64 if dtype.is_floating else dtype.numpy).item()


def _fold(match: Match) -> Node | None:
    node = match.root
    from_sizes = any(arg.op == "size" for arg in node.args)
    if from_sizes and any(x.dtype.kind == "b" for x in (node, *node.args)):
        return None
    value = computed(partial(_evaluated, node), *(arg.attr("value") for arg in node.args))
    return known("size" if from_sizes else "constant", value, node.shape, node.dtype)


def _evaluated(node: Node, *values: Any) -> bool | int | float:
    """A node's value for these values of its operands."""
    assert node.primitive.evaluate is not None
    with np.errstate(all="ignore"):
        operands = [_operand(x, arg.dtype) for x, arg in zip(values, node.args, strict=True)]
        result = node.primitive.evaluate(node, *operands)
        if node.op == "cast":  # the one place where a half precision is rounded on purpose
            result = np.asarray(result).astype(node.dtype.numpy)
    return _scalar(result, node.dtype)


def _moved(match: Match) -> Node | None:
    """A view of a constant is the same constant in another shape."""
    operand = match.root.args[0]
    return known_like(operand, match.root.shape)


def _joined(match: Match) -> Node | None:
    first = match.root.args[0]
    same = all(
        # As nodes, which tell 0.0 and -0.0 apart.
        is_number(arg) and known_like(arg, ()) is known_like(first, ())
        for arg in match.root.args
    )
    return known_like(first, match.root.shape) if same else None


def _sum_of_known(match: Match) -> Node | None:
    node, x = match.root, match["x"]
    if not computed(math.isfinite, x.attr("value")):
        return None  # the sum over an empty axis is 0, not 0 times infinity
    count = math.prod(x.shape[axis] for axis in node.ints("axes"))
    return multiply(known_like(x, node.shape), size(count, node.shape, node.dtype))


_KNOWN = Known("x", sizes=True)
_KNOWNS = tuple(Known(name, sizes=True) for name in "xyz")

RULES: tuple[Rule, ...] = (
    *(
        Rule(f"{row.name} of constants", of(row, *_KNOWNS[: row.arity]), _fold, "reassociating")
        for row in ELEMENTWISE
    ),
    *(
        Rule(f"{row.name} of a constant", of(row, _KNOWN), _moved)
        for row in structure.ROWS
        if row.view
    ),
    Rule("concat of one constant", of(concat), _joined),
    Rule("pad of zero", of(pad, 0.0), _moved),
    Rule("sum of a constant", of(sum_, _KNOWN), _sum_of_known, "reassociating"),
    Rule("max of a constant", of(max_, _KNOWN), _moved),
    Rule("min of a constant", of(min_, _KNOWN), _moved),
)
