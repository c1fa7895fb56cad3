"""Random graphs for property tests: any primitive, any view, any shape, with inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType, bool_, float32, float64, int32, int64
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.graph.primitives.row import constant, input_node, size

SMOOTH = (e.exp, e.tanh, e.sigmoid, e.sin, e.cos, e.erf, e.log1p, e.negative, e.absolute, e.floor)
BINARY = (e.add, e.subtract, e.multiply, e.maximum, e.minimum, e.atan2, e.logaddexp)
REDUCTIONS = (s.sum_, s.max_, s.min_)


class Maker:
    """Grows a pool of nodes of one floating type, and keeps the arrays of the inputs."""

    def __init__(self, seed: int, dtype: DType = float64, empty: bool = False) -> None:
        self.random = np.random.default_rng(seed)
        self.dtype = dtype
        extents = [1, 2, 3, 5, 17] + ([0] if empty else [])
        rank = int(self.random.integers(0, 4))
        self.shape = tuple(int(self.random.choice(extents)) for _ in range(rank))
        self.inputs: list[Node] = []
        self.arrays: list[Any] = []
        self.pool: list[Node] = [self.input(self.shape) for _ in range(2)]

    def pick(self, items: Any) -> Any:
        return items[int(self.random.integers(len(items)))]

    def input(self, shape: tuple[int, ...]) -> Node:
        node = input_node(f"x{len(self.inputs)}", shape, self.dtype)
        self.inputs.append(node)
        self.arrays.append(self.array(shape))
        return node

    def array(self, shape: tuple[int, ...]) -> Any:
        """Contiguous, transposed, padded, or with negative strides."""
        layout = self.pick(["plain", "transposed", "gaps", "backwards", "broadcast"])
        numpy_dtype = self.dtype.numpy
        if layout == "transposed":
            return self.random.standard_normal(shape[::-1]).astype(numpy_dtype).T
        if layout == "gaps" and shape:
            wide = (*shape[:-1], 2 * shape[-1])
            return self.random.standard_normal(wide).astype(numpy_dtype)[..., ::2]
        if layout == "backwards" and shape:
            return self.random.standard_normal(shape).astype(numpy_dtype)[::-1]
        if layout == "broadcast" and shape:
            row = self.random.standard_normal((1, *shape[1:])).astype(numpy_dtype)
            return np.broadcast_to(row, shape)
        return self.random.standard_normal(shape).astype(numpy_dtype)

    def fitted(self, node: Node, shape: tuple[int, ...]) -> Node:
        """A node moved to a shape by views, if possible."""
        if node.shape == shape:
            return node
        if len(node.shape) <= len(shape):
            offset = len(shape) - len(node.shape)
            dims = tuple(range(offset, len(shape)))
            if all(n in (1, shape[d]) for n, d in zip(node.shape, dims, strict=True)):
                return s.broadcast(node, shape=shape, dims=dims)
        return self.input(shape)

    def step(self) -> Node:
        x = self.pick(self.pool)
        kind = self.pick(
            ["unary", "binary", "binary", "reduce", "reduce", "restore", "move", "index", "piece",
             "choose", "matmul", "scan", "mean"]
        )  # fmt: skip
        make = getattr(self, f"_{kind}")
        return make(x)

    def _unary(self, x: Node) -> Node:
        op = self.pick(SMOOTH)
        return op(e.absolute(x)) if op is e.log1p else op(x)

    def _binary(self, x: Node) -> Node:
        other = self.fitted(self.pick(self.pool), x.shape)
        return self.pick(BINARY)(x, other)

    def _axes(self, x: Node) -> tuple[int, ...]:
        count = int(self.random.integers(0, len(x.shape) + 1))
        return tuple(sorted(int(a) for a in self.random.permutation(len(x.shape))[:count]))

    def _reduce(self, x: Node) -> Node:
        axes = self._axes(x)
        op = self.pick(REDUCTIONS)
        if op is not s.sum_ and any(x.shape[axis] == 0 for axis in axes):
            op = s.sum_
        return op(x, axes=axes)

    def _restore(self, x: Node) -> Node:
        """A statistic, subtracted from its operand."""
        axes = self._axes(x)
        return e.subtract(x, s.restore(s.sum_(x, axes=axes), x.shape, axes))

    def _mean(self, x: Node) -> Node:
        if not x.shape or 0 in x.shape:
            return x
        axes = (len(x.shape) - 1,)
        total = s.sum_(e.multiply(x, x), axes=axes)
        mean = e.multiply(total, size(1 / x.shape[-1], total.shape, self.dtype))
        return e.multiply(x, s.restore(e.rsqrt(e.add(mean, 1e-3)), x.shape, axes))

    def _move(self, x: Node) -> Node:
        kind = self.pick(["permute", "reshape", "flip", "slice", "expand", "broadcast"])
        rank = len(x.shape)
        if kind == "permute":
            return s.permute(x, axes=tuple(int(a) for a in self.random.permutation(rank)))
        if kind == "reshape":
            return s.reshape(x, shape=(x.size,))
        if kind == "broadcast":
            return s.broadcast(x, shape=(2, *x.shape), dims=tuple(range(1, rank + 1)))
        if kind == "expand" or not rank:
            return s.reshape(x, shape=(1, *x.shape))
        axis = int(self.random.integers(rank))
        extent = x.shape[axis]
        if extent == 0:
            return x
        if kind == "flip":
            return s.slice_axis(x, axis, extent - 1, extent, -1)
        start = int(self.random.integers(extent))
        return s.slice_axis(x, axis, start, extent - start, 1)

    def _index(self, x: Node) -> Node:
        if not x.shape or 0 in x.shape:
            return x
        axis = int(self.random.integers(len(x.shape)))
        count = int(self.random.integers(1, 4))
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        node = input_node(f"i{len(self.inputs)}", shape, self.pick([int32, int64]))
        self.inputs.append(node)
        extent = x.shape[axis]
        chosen = self.random.integers(-extent, extent, shape)
        self.arrays.append(chosen.astype(node.dtype.numpy))
        picked = s.gather(x, node, axis=axis)
        if self.random.integers(2):
            return picked
        return s.scatter_add(node, picked, axis=axis, extent=extent)

    def _piece(self, x: Node) -> Node:
        if not x.shape:
            return x
        axis = int(self.random.integers(len(x.shape)))
        if self.random.integers(2):
            return s.concat(x, self.fitted(self.pick(self.pool), x.shape), x, axis=axis)
        rank = len(x.shape)
        return s.pad(
            x,
            shape=tuple(2 * n + 1 if d == axis else n for d, n in enumerate(x.shape)),
            starts=tuple(int(d == axis) for d in range(rank)),
            steps=tuple(2 if d == axis else 1 for d in range(rank)),
        )

    def _choose(self, x: Node) -> Node:
        other = self.fitted(self.pick(self.pool), x.shape)
        if x.shape and self.random.integers(2):
            axis = int(self.random.integers(len(x.shape)))
            position = s.iota(shape=x.shape, axis=axis, dtype=int64)
            condition = e.less(position, size(2, x.shape, int64))
        else:
            condition = e.logical_or(e.less(x, other), constant(False, x.shape, bool_))
        return e.select(condition, x, other)

    def _matmul(self, x: Node) -> Node:
        if len(x.shape) < 2:
            return e.exp(e.negative(e.absolute(x)))
        other = self.input((*x.shape[:-2], x.shape[-1], 3))
        return s.matmul(x, other)

    def _scan(self, x: Node) -> Node:
        if not x.shape:
            return x
        axis = int(self.random.integers(len(x.shape)))
        reverse, exclusive = (bool(bit) for bit in self.random.integers(2, size=2))
        kind = self.pick(["sum", "prod", "recurrence"])
        if kind == "prod":
            return s.cumulative_prod(e.sin(x), axis=axis, reverse=reverse, exclusive=exclusive)
        if kind == "recurrence":
            return s.linear_recurrence(e.sin(x), e.cos(x), axis=axis, reverse=reverse)
        return s.cumulative_sum(x, axis=axis, reverse=reverse)

    def graph(self, steps: int, outputs: int) -> Graph:
        while len(self.pool) < steps:
            node = self.step()
            if node.size < 4000:
                self.pool.append(node)
        chosen = tuple(self.pick(self.pool[-2 * outputs :]) for _ in range(outputs))
        return Graph(tuple(self.inputs), chosen)


def random_graph(
    seed: int, steps: int = 8, outputs: int = 2, dtype: DType = float64, empty: bool = False
) -> tuple[Graph, list[Any]]:
    """A graph and arrays for its inputs, determined by the seed."""
    maker = Maker(seed, dtype, empty)
    return maker.graph(steps, outputs), maker.arrays


__all__ = ["float32", "random_graph"]
