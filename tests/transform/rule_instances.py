"""Random expressions that a rule's pattern matches, made from the pattern itself.

Shapes are mostly square, where a broadcast along the wrong axis is no shape error; sizes 1 and 0
occur. Every axis and every orientation of a broadcast is drawn, operands are shared, and a
capture may be an input, a constant, a broadcast, a product, or a number for each row.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dovetail.errors import DovetailError
from dovetail.graph.dtypes import DType, bool_, float32, float64, int64
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import ELEMENTWISE
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import Primitive, constant, input_node, size
from dovetail.graph.softmax import normalised
from dovetail.transform.rewrite import Application, Capture, Known, Number, Pattern, Rule

NUMBERS = (
    1.0, -1.0, 0.5, 2.5, -0.75, 0.0, -0.0, 1 / 3, 1e-30, 1e30, -1e37, 1e-37, 1e-300, -1e300, 1e200,
    1e-200, math.inf, -math.inf, math.nan,
)  # fmt: skip
WHOLE = (0, 1, -1, 2, 3, 5)
_LOGIC = {row.name for row in ELEMENTWISE if row.name.startswith("logical")}
_BITS = {row.name for row in ELEMENTWISE if row.name.startswith(("bitwise", "shift"))}
_PREDICATES = {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"}
_BOTH = {"add", "subtract", "multiply", "negative", "maximum", "minimum", "absolute"}


class MisfitError(Exception):
    """Random choices that do not go together."""


class Builder:
    """One random expression."""

    def __init__(self, rng: np.random.Generator, dtype: DType) -> None:
        self.rng = rng
        self.dtype = dtype
        self.captured: dict[str, Node] = {}
        self.made: list[Node] = []
        self.square = int(rng.choice([3, 3, 3, 2]))

    def choose(self, *options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def extent(self) -> int:
        return int(self.rng.choice([self.square, 1, 2, 4, 0], p=[0.8, 0.09, 0.04, 0.04, 0.03]))

    def shape(self) -> Shape:
        return tuple(self.extent() for _ in range(self.choose(0, 1, 2, 2, 2, 3)))

    # From the pattern.

    def instance(self, rule: Rule) -> Node:
        root = rule.pattern.primitive
        dtype = self.dtype
        also_whole = root.name in (*_BOTH, "sum", "max", "min", "prod")
        if root.name in _LOGIC:
            dtype = bool_
        elif root.name in _BITS or (also_whole and self.rng.random() < 0.1):
            dtype = int64
        self.having = rule.having
        return self.build(rule.pattern, self.shape(), dtype)

    def build(self, pattern: Pattern, shape: Shape, dtype: DType) -> Node:
        match pattern:
            case Capture(name):
                if name not in self.captured:
                    self.captured[name] = self.any(shape, dtype)
                return self.fitting(self.captured[name], shape, dtype)
            case Number(value):
                return constant(value, shape, dtype)
            case Known(name, sizes):
                if name not in self.captured:
                    self.captured[name] = self.known(shape, dtype, sizes)
                return self.fitting(self.captured[name], shape, dtype)
            case Application(primitive, operands):
                return self.apply(primitive, operands, shape, dtype)

    def fitting(self, node: Node, shape: Shape, dtype: DType) -> Node:
        if node.shape != shape or node.dtype is not dtype:
            raise MisfitError
        return node

    def known(self, shape: Shape, dtype: DType, sizes: bool = True) -> Node:
        if not dtype.is_floating:
            return constant(self.choose(*WHOLE), shape, dtype)
        n = float(self.square)
        value = self.choose(*NUMBERS, n, 1 / n, n * n, n, 1 / n)
        if sizes and self.rng.random() < 0.4:
            return size(value, shape, dtype)
        return constant(value, shape, dtype)

    def bound(self, pattern: Pattern) -> Shape | None:
        """The shape of an operand, where a capture in it has one already."""
        if isinstance(pattern, (Capture, Known)) and pattern.name in self.captured:
            return self.captured[pattern.name].shape
        elementwise = (
            isinstance(pattern, Application) and pattern.primitive.category == "elementwise"
        )
        for operand in (pattern.operands or ()) if elementwise else ():
            found = self.bound(operand)
            if found is not None:
                return found
        return None

    def operand(self, pattern: Pattern | None, shape: Shape, dtype: DType) -> Node:
        return self.any(shape, dtype) if pattern is None else self.build(pattern, shape, dtype)

    def kinds(self, primitive: Primitive) -> list[DType]:
        """The data types of the operands of an elementwise primitive."""
        name, arity = primitive.name, primitive.arity or 0
        if name in _LOGIC:
            return [bool_] * arity
        if name in _PREDICATES:
            return [self.choose(self.dtype, self.dtype, int64)] * arity
        return [self.dtype] * arity

    def apply(
        self,
        primitive: Primitive,
        operands: tuple[Pattern, ...] | None,
        shape: Shape,
        dtype: DType,
    ) -> Node:
        first = operands[0] if operands else None
        if primitive.name in MOVES:
            given = self.bound(first) if first is not None else None
            return MOVES[primitive.name](self, first, given, shape, dtype)
        if primitive.name == "gather":
            return self.gather(operands, shape, dtype)
        if primitive.name == "iota":
            return st.iota(shape=shape, axis=int(self.rng.integers(len(shape) or 1)), dtype=dtype)
        if primitive.name == "concat":
            return self.concat(shape, dtype)
        if primitive.name == "declared":
            return self.softmax(shape, dtype)
        if primitive.name == "cast" and operands is None and self.having is not None:
            return ew.cast(self.moved(shape, self.choose(float32, int64)), dtype=dtype)
        if primitive.name == "cast":
            source = self.choose(float32, float64, int64, bool_, self.dtype)
            return ew.cast(self.operand(first, shape, source), dtype=dtype)
        kinds = self.kinds(primitive)
        if dtype is int64 and primitive.name in (*_BOTH, *_BITS):
            kinds = [int64] * len(kinds)
        if primitive.name == "select":
            kinds = [bool_, dtype, dtype]
        if operands is None and self.having is not None:
            return primitive(*(self.moved(shape, kind) for kind in kinds))
        parts = operands if operands is not None else (None,) * len(kinds)
        # Operands that bind captures to shapes come in any order.
        return primitive(*(self.operand(o, shape, k) for o, k in zip(parts, kinds, strict=True)))

    def moved(self, shape: Shape, dtype: DType) -> Node:
        """An operand for a rule that moves broadcasts or reshapes outwards."""
        if self.rng.random() < 0.25:
            return self.known(shape, dtype) if dtype is not bool_ else self.leaf(shape, dtype)
        if self.having is st.broadcast:
            return self.broadcast(None, None, shape, dtype)
        flat = (math.prod(shape),) if self.rng.random() < 0.8 else None
        return self.reshape(None, flat, shape, dtype)

    # Movement and reductions, from the shape of the result.

    def broadcast(self, inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType):
        rank = len(shape)
        if given is not None:
            options = [
                dims for dims in itertools.combinations(range(rank), len(given))
                if all(e in (1, shape[d]) for e, d in zip(given, dims, strict=True))
            ]  # fmt: skip
            if not options:
                raise MisfitError
            return st.broadcast(
                self.operand(inner, given, dtype), shape=shape, dims=self.choose(*options)
            )
        dims = tuple(dim for dim in range(rank) if self.rng.random() < 0.6)
        extents = tuple(1 if self.rng.random() < 0.15 else shape[dim] for dim in dims)
        return st.broadcast(self.operand(inner, extents, dtype), shape=shape, dims=dims)

    def reduced(self, row: Primitive) -> Callable[..., Node]:
        def make(inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType) -> Node:
            if given is None:
                count = self.choose(0, 1, 1, 1, 2)
                axes = sorted(self.rng.choice(len(shape) + count, count, replace=False).tolist())
                rest = iter(shape)
                whole = tuple(
                    self.extent() if axis in axes else next(rest)
                    for axis in range(len(shape) + count)
                )
            else:
                whole = given
                options = [
                    axes for count in range(len(whole) + 1)
                    for axes in itertools.combinations(range(len(whole)), count)
                    if tuple(e for a, e in enumerate(whole) if a not in axes) == shape
                ]  # fmt: skip
                if not options:
                    raise MisfitError
                axes = list(self.choose(*options))
            return row(self.operand(inner, whole, dtype), axes=tuple(axes))

        return make

    def permute(self, inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType):
        axes = tuple(int(axis) for axis in self.rng.permutation(len(shape)))
        whole = tuple(shape[axes.index(axis)] for axis in range(len(shape)))
        if self.rng.random() < 0.1:
            axes = tuple(range(len(shape)))
            whole = shape
        return st.permute(self.operand(inner, whole, dtype), axes=axes)

    def reshape(self, inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType):
        count = math.prod(shape)
        ones = list(shape)
        ones.insert(int(self.rng.integers(len(shape) + 1)), 1)
        whole = given or self.choose(
            (count,), tuple(ones), tuple(ones), tuple(e for e in shape if e != 1), shape,
            shape[::-1], (count, 1), (1, count),
        )  # fmt: skip
        return st.reshape(self.operand(inner, whole, dtype), shape=shape)

    def slice(self, inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType):
        starts, steps, whole = [], [], []
        for extent in shape:
            step = self.choose(1, 1, 1, 2, -1)
            before, after = self.choose(0, 0, 1, 2), self.choose(0, 0, 1)
            reach = max(0, abs(step) * (extent - 1))
            starts.append(before if step > 0 else before + reach)
            steps.append(step)
            whole.append(before + reach + after + (1 if extent else 0))
        operand = self.operand(inner, tuple(whole), dtype)
        return st.slice_(operand, starts=tuple(starts), steps=tuple(steps), sizes=shape)

    def windows(self, inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType):
        if len(shape) < 2 or 0 in shape:
            raise MisfitError
        *lead, size = shape
        step, gap = self.choose(1, 2, 3), self.choose(1, 1, 2)
        axis = int(self.rng.integers(len(lead)))
        whole = list(lead)
        whole[axis] = step * (lead[axis] - 1) + gap * (size - 1) + 1 + self.choose(0, 0, step - 1)
        operand = self.operand(inner, tuple(whole), dtype)
        return st.windows(operand, axes=(axis,), window=(size,), steps=(step,), dilations=(gap,))

    def pad(self, inner: Pattern | None, given: Shape | None, shape: Shape, dtype: DType):
        if not shape:
            raise MisfitError
        starts, steps, small = [], [], []
        for extent in shape:
            step = self.choose(1, 1, 1, 2, -1)
            count = int(self.rng.integers(0 if extent == 0 else 1, extent + 1)) if extent else 0
            while count > 1 and abs(step) * (count - 1) >= extent:
                count -= 1
            reach = abs(step) * max(count - 1, 0)
            free = extent - 1 - reach
            start = int(self.rng.integers(0, free + 1)) if extent else 0
            starts.append(start if step > 0 else start + reach)
            steps.append(step)
            small.append(count)
        operand = self.operand(inner, tuple(small), dtype)
        return st.pad(operand, shape=shape, starts=tuple(starts), steps=tuple(steps))

    def concat(self, shape: Shape, dtype: DType) -> Node:
        if not shape:
            raise MisfitError
        axis = int(self.rng.integers(len(shape)))
        whole = self.leaf((*shape[:axis], shape[axis] + 1, *shape[axis + 1 :]), dtype)
        cuts = sorted({0, shape[axis], *self.rng.integers(0, shape[axis] + 1, 2).tolist()})
        pieces: list[Node] = []
        for start, stop in itertools.pairwise(cuts):
            part = (*shape[:axis], stop - start, *shape[axis + 1 :])
            pieces.append(
                self.choose(
                    lambda s=start, p=part: st.slice_axis(whole, axis, s, p[axis], 1),
                    lambda s=start, p=part: st.slice_axis(whole, axis, s, p[axis], 1),
                    lambda p=part: self.leaf(p, dtype),
                    lambda p=part: constant(2, p, dtype),
                    lambda p=part: self.joined(p, dtype, axis),
                    lambda p=part: self.joined(p, dtype, axis),
                )()
            )
        return st.concat(*pieces, axis=axis) if pieces else self.leaf(shape, dtype)

    def joined(self, shape: Shape, dtype: DType, axis: int) -> Node:
        half = (*shape[:axis], shape[axis] // 2, *shape[axis + 1 :])
        rest = (*shape[:axis], shape[axis] - shape[axis] // 2, *shape[axis + 1 :])
        return st.concat(self.leaf(half, dtype), self.leaf(rest, dtype), axis=axis)

    def gather(self, operands: tuple[Pattern, ...] | None, shape: Shape, dtype: DType) -> Node:
        if not shape:
            raise MisfitError
        axis = int(self.rng.integers(len(shape)))
        extent = self.square
        whole = (*shape[:axis], extent, *shape[axis + 1 :])
        picked, where = operands or (None, None)
        if isinstance(picked, Application) and picked.primitive.name in _BITS:
            dtype = int64
        elif isinstance(picked, Application) and picked.primitive.name in _LOGIC:
            dtype = bool_
        operand = self.operand(picked, whole, dtype)
        known = constant(int(self.rng.integers(-extent, extent)), shape, int64)
        match where:
            case Known():
                index = known
            case Application():
                along = self.choose(axis, axis, int(self.rng.integers(len(shape))))
                if shape[along] > extent:
                    raise MisfitError
                index = st.iota(shape=shape, axis=along, dtype=int64)
            case _:  # known to lie inside, as some rules want it, or not
                unknown = input_node(f"below{extent}.{len(self.made)}", shape, int64)
                index = self.choose(known, unknown)
        return st.gather(operand, index, axis=axis)

    def softmax(self, shape: Shape, dtype: DType) -> Node:
        x = self.leaf(shape, dtype)
        axes = tuple(axis for axis in range(len(shape)) if self.rng.random() < 0.6)
        if any(shape[axis] == 0 for axis in axes):
            raise MisfitError
        peak = st.restore(st.max_(x, axes=axes), shape, axes)
        return normalised(ew.exp(ew.subtract(x, peak)), x, axes)

    # Anything.

    def leaf(self, shape: Shape, dtype: DType) -> Node:
        same = [n for n in self.made if n.shape == shape and n.dtype is dtype]
        if same and self.rng.random() < 0.4:
            return self.choose(*same)
        node = input_node(f"x{len(self.made)}", shape, dtype)
        self.made.append(node)
        return node

    def any(self, shape: Shape, dtype: DType, depth: int = 0) -> Node:
        if depth > 1 or self.rng.random() < 0.55 or not dtype.is_floating:
            return self.leaf(shape, dtype)
        return self.choose(
            lambda: self.known(shape, dtype),
            lambda: self.broadcast(None, None, shape, dtype),
            lambda: self.per_row(shape, dtype),
            lambda: self.per_row(shape, dtype),
            lambda: ew.multiply(self.any(shape, dtype, depth + 1), self.any(shape, dtype, 2)),
            lambda: ew.multiply(self.any(shape, dtype, depth + 1), self.per_row(shape, dtype)),
            lambda: ew.add(self.any(shape, dtype, depth + 1), self.any(shape, dtype, depth + 1)),
            lambda: ew.negative(self.any(shape, dtype, depth + 1)),
            lambda: self.deviations(shape, dtype),
            lambda: self.reduced_leaf(shape, dtype),
            lambda: self.reduced_leaf(shape, dtype),
            lambda: self.pad(None, None, shape, dtype),
            lambda: self.slice(None, None, shape, dtype),
        )()

    def per_row(self, shape: Shape, dtype: DType) -> Node:
        """A number for each row or column, from a reduction."""
        axes = tuple(axis for axis in range(len(shape)) if self.rng.random() < 0.5)
        x = self.leaf(shape, dtype)
        found = self.choose(st.sum_, st.max_)(x, axes=axes)
        found = self.choose(found, ew.divide(1.0, found), ew.rsqrt(ew.multiply(found, found)))
        return self.widened(found, shape)

    def widened(self, found: Node, shape: Shape) -> Node:
        options = [
            dims for dims in itertools.combinations(range(len(shape)), len(found.shape))
            if tuple(shape[dim] for dim in dims) == found.shape
        ]  # fmt: skip
        return st.broadcast(found, shape=shape, dims=self.choose(*options))

    def reduced_leaf(self, shape: Shape, dtype: DType) -> Node:
        """The mean, the sum or the largest of what occurs already."""
        options = [
            (node, axes) for node in self.made if node.dtype is dtype
            for count in (1, 2)
            for axes in itertools.combinations(range(len(node.shape)), count)
            if tuple(e for a, e in enumerate(node.shape) if a not in axes) == shape
        ]  # fmt: skip
        if not options:
            raise MisfitError
        x, axes = options[int(self.rng.integers(len(options)))]
        count = math.prod(x.shape[axis] for axis in axes)
        total = st.sum_(x, axes=axes)
        mean = ew.divide(total, size(count, shape, dtype))
        return self.choose(total, mean, mean, mean, st.max_(x, axes=axes))

    def deviations(self, shape: Shape, dtype: DType) -> Node:
        x = self.leaf(shape, dtype)
        axes = tuple(axis for axis in range(len(shape)) if self.rng.random() < 0.5)
        total = st.sum_(x, axes=axes)
        count = math.prod(shape[axis] for axis in axes)
        mean = ew.divide(total, size(count, total.shape, dtype))
        return ew.subtract(x, self.widened(mean, shape))


MOVES: dict[str, Callable[[Builder, Pattern | None, Shape | None, Shape, DType], Node]] = {
    "broadcast": Builder.broadcast,
    "permute": Builder.permute,
    "reshape": Builder.reshape,
    "slice": Builder.slice,
    "pad": Builder.pad,
    "windows": Builder.windows,
    **{
        row.name: (lambda b, i, g, s, d, row=row: b.reduced(row)(i, g, s, d))
        for row in (st.sum_, st.prod, st.max_, st.min_)
    },
}


def instances(
    rule: Rule, rng: np.random.Generator, dtype: DType, attempts: int
) -> Iterator[tuple[Node, Builder]]:
    """Random expressions made from the pattern; what does not fit together is left out."""
    for _ in range(attempts):
        builder = Builder(rng, dtype)
        try:
            node = builder.instance(rule)
        except (MisfitError, DovetailError, AssertionError, ValueError):
            continue
        yield node, builder
