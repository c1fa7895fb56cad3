"""The reference: the traced, unoptimised graph, evaluated in NumPy in a wide type.

Wide is `numpy.longdouble` where that has more digits than float64 (x86-64: 64 bits of
precision, exponents to 10^4932), else float64; `erf`, `erfc` and `ndtr` have float64's digits.

`perturbed` evaluates it as arithmetic with fewer digits might: every rounded result is moved at
random by up to one rounding error, and overflows as that type does. How far the results move shows
how accurate the definition can be in that type, so no tolerance has to be guessed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from dovetail.compile.index_checks import with_checks
from dovetail.graph.dtypes import FLOATING, DType, bfloat16, float16, float64
from dovetail.graph.node import Array, Graph, Linear, Node, topological
from dovetail.graph.primitives.declared import is_held_constant
from dovetail.language.trace import trace
from dovetail.transform.scan_unroll import unrolled
from dovetail.verify.sample import Sample

WIDE: Any = np.longdouble if np.finfo(np.longdouble).nmant > 52 else np.float64
REFERENCE = f"{np.finfo(WIDE).nmant + 1}-bit NumPy ({np.dtype(WIDE).name})"

DIGITS = {dtype.name: dtype.digits for dtype in FLOATING}
_LIMITS = {dtype.name: ml_dtypes.finfo(dtype.numpy) for dtype in FLOATING}
LOWEST = {name: int(limits.minexp) for name, limits in _LIMITS.items()}
LARGEST = {name: float(limits.max) for name, limits in _LIMITS.items()}


# Products are summed one after the other in blocks of up to this many, whose partial sums are
# rounded each time: the error of n terms grows by sqrt(n), and 0.3 sqrt(n) covers 1e5 results.
SUMMED = 384
GROWTH = 0.3


def _operand_error(node: Node) -> float:
    """By how many rounding errors the operands of a sum or product move, in place of its own."""
    count = node.primitive.multiply_adds
    if count is None:
        return 2.0
    terms = count(node) / max(1, math.prod(node.shape))
    return max(2.0, GROWTH * math.sqrt(min(terms, SUMMED)))


def ulp(value: Array, dtype: DType) -> Array:
    """The distance between neighbouring numbers of a type at a value."""
    exponent = np.frexp(np.where(np.isfinite(value), value, 1.0))[1]
    exponent = np.maximum(exponent, LOWEST[dtype.name] + 1)
    return np.ldexp(np.ones_like(value, WIDE), exponent - DIGITS[dtype.name])


class Reference:
    """The graph of a function for the shapes and types of a sample."""

    def __init__(self, function: Callable[..., Any], sample: Sample) -> None:
        self.function = function
        traced = trace(function, sample.specs, dict(sample.settings))
        self.use(traced.graph)
        self.output_tree = traced.output_tree

    def use(self, graph: Graph) -> None:
        """Evaluate this graph."""
        # With the checks of indices that no value of an empty loop needs.
        whole = unrolled(with_checks(graph))
        self.graph = graph = Graph(whole.inputs, whole.outputs[: len(graph.outputs)])
        self.order = topological(whole.outputs)
        self.pointwise = all(_is_pointwise(node, graph) for node in self.order)
        self.surrogate = any(_is_surrogate(node) for node in self.order)
        self.zero_products = any(node.primitive.zero_products for node in self.order)
        self.held = [node for node in self.order if is_held_constant(node)]

    @property
    def output_types(self) -> list[DType]:
        """The data type of each output."""
        return [node.dtype for node in self.graph.outputs]

    def __call__(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs; floating ones in the wide type."""
        values = self.values(arrays)
        return [values[node] for node in self.graph.outputs]

    def values(
        self,
        arrays: Sequence[Array],
        held: Mapping[Node, Array] | None = None,
        wide: Any = WIDE,
    ) -> dict[Node, Array]:
        """The value of every node; `held` gives known values."""
        results: dict[Node, Array] = dict(held or {})
        given = dict(zip(self.graph.inputs, arrays, strict=True))
        with np.errstate(all="ignore"):
            for node in self.order:
                if node not in results:
                    results[node] = _value(node, given, results, wide)
        return results

    def plain(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs, every node evaluated in its own type (half precisions in float32)."""
        results: dict[Node, Array] = {}
        given = dict(zip(self.graph.inputs, arrays, strict=True))
        with np.errstate(all="ignore"):
            for node in self.order:
                value = _value(node, given, results)
                results[node] = value.astype(node.dtype.compute.numpy)
        return [results[node] for node in self.graph.outputs]

    def perturbed(
        self, arrays: Sequence[Array], rng: np.random.Generator, bounded: bool = True
    ) -> list[Array]:
        """The outputs with the rounding errors of the graph's own types.

        `bounded`: numbers overflow and underflow as in those types. A sum is NaN where terms of
        both signs overflow, since their order decides whether it is infinite, and of which sign.
        """
        results: dict[Node, Array] = {}
        given = dict(zip(self.graph.inputs, arrays, strict=True))
        with np.errstate(all="ignore"):
            for node in self.order:
                source: Mapping[Node, Array] = results
                row = node.primitive
                if row.accumulates:
                    amount = _operand_error(node)
                    source = {
                        a: self._moved(a, results[a], amount, rng, bounded) for a in node.args
                    }
                value = _value(node, given, source)
                if bounded and row.accumulates and isinstance(row.derivative, Linear):
                    value = np.where(_overflows(node, value, source), WIDE(np.nan), value)
                if row.intermediate is not None:
                    largest = row.intermediate(*(results[arg] for arg in node.args))
                    moved = self._moved(node, largest, row.rounding, rng, bounded)
                    value = value + (moved - largest)
                if row.rounding:
                    value = self._moved(node, value, row.rounding, rng, bounded)
                results[node] = value
        return [results[node] for node in self.graph.outputs]

    def _moved(
        self, node: Node, value: Array, amount: float, rng: np.random.Generator, bounded: bool
    ) -> Array:
        if not node.dtype.is_floating or not value.size:
            return value
        kind = node.dtype
        stored = node.op == "cast" or not self.pointwise
        if kind in (float16, bfloat16) and not stored:
            kind = kind.compute
        limit = LARGEST[node.dtype.compute.name]
        unit = 2.0 ** -DIGITS[kind.name]
        smallest = WIDE(2.0) ** (LOWEST[kind.name] - DIGITS[kind.name] + 1)
        # Never near zero, so that a few runs show how sensitive a result is.
        step: Any = rng.uniform(0.5, 1.0, value.shape) * rng.choice([-1.0, 1.0], value.shape)
        step = np.asarray(step, WIDE)
        if node.op == "constant" and np.all(value == np.round(value)):
            step = WIDE(0)
        if not bounded:
            return value * (1 + amount * unit * step)
        moved = value * (1 + amount * unit * step) + smallest * step
        return np.where(np.abs(moved) > limit, np.copysign(WIDE(np.inf), moved), moved)

    def branches(self, values: Mapping[Node, Array]) -> list[Array]:
        """The values that select the piece of a piecewise function."""
        found: list[Array] = []
        for node in self.order:
            args = [values[arg] for arg in node.args]
            if node.dtype.kind in "biu" and node.args:
                found.append(values[node])
            elif node.primitive.branch is not None:
                found.append(node.primitive.branch(node, values[node], *args))
        return found


def _value(
    node: Node, given: Mapping[Node, Array], results: Mapping[Node, Array], wide: Any = WIDE
) -> Array:
    """The value of one node from those of its operands."""
    if node in given:
        value: Any = given[node]
    else:
        operands = [results[arg] for arg in node.args]
        widened = node.op == "cast" and node.dtype.is_floating and node.args[0].dtype.is_floating
        evaluate = node.primitive.evaluate
        assert evaluate is not None
        value = operands[0] if widened else evaluate(node, *operands)
    kind = wide if node.dtype.is_floating else node.dtype.numpy
    return np.asarray(value).astype(kind, copy=False)


def _overflows(node: Node, value: Array, results: Mapping[Node, Array]) -> Any:
    """Where the terms of a sum overflow, and not all of them have one sign."""
    limit = LARGEST[node.dtype.compute.name] if node.dtype.is_floating else np.inf
    sizes = {arg: np.abs(results[arg]) for arg in node.args}
    bound = WIDE(max((size.size for size in sizes.values()), default=1))
    for size in sizes.values():
        bound = bound * max(1.0, np.max(size, initial=0.0))
    if bound <= limit:
        return False
    sum_of_sizes = _value(node, {}, sizes)
    return (sum_of_sizes > limit) & (np.abs(value) < 0.999 * sum_of_sizes)


def _is_pointwise(node: Node, graph: Graph) -> bool:
    shape = graph.outputs[0].shape
    if node.op in ("broadcast", "reshape"):
        return node.args[0].size == 1
    alone = node.primitive.category in ("leaf", "elementwise", "declared") and node.op != "literal"
    return alone and (node.shape == shape or node.op != "input")


def _is_surrogate(node: Node) -> bool:
    rule = node.attr("rule") if node.op == "declared" else None
    return bool(getattr(rule, "surrogate", False))


def is_wide(dtype: DType) -> bool:
    """Whether the reference has no more digits than this type."""
    return dtype is float64 and WIDE is np.float64
