"""Attention by tiles of keys: the matrix of scores is never in memory as a whole.

For each example, head and block of queries there is a loop over tiles of keys. It carries, for each
query, the largest score, the sum of the exponentials, and their product with the values: Milakov &
Gimelshein 2018, arXiv:1805.02867; Rabe & Staats 2021, arXiv:2112.05682; Dao 2023, arXiv:2307.08691.
The loops keep their carries alone. The gradient computes the scores of each tile again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ShapeError, TraceError
from dovetail.graph.dtypes import DType, float32, float64, int32, uint32
from dovetail.graph.primitives.declared import DerivativeOf, declare
from dovetail.graph.primitives.row import constant, fresh_input
from dovetail.graph.primitives.row import size as size_node
from dovetail.graph.primitives.structure import iota
from dovetail.language.data_types import astype
from dovetail.language.elementwise import exp, log, logical_and, maximum, minimum, tanh
from dovetail.language.linear_algebra import matmul, matrix_transpose
from dovetail.language.manipulation import (
    broadcast_to,
    concat,
    reshape,
    squeeze,
)
from dovetail.language.operands import Operand, array, wrap
from dovetail.language.per_head import at_index, not_pointwise
from dovetail.language.random import uniform_at
from dovetail.language.scan import closed, mapped, recomputed_scan
from dovetail.language.searching import where
from dovetail.language.statistical import max as max_over
from dovetail.language.statistical import sum as sum_over
from dovetail.language.tracer import Tracer
from dovetail.language.tree import flatten, unflatten
from dovetail.language.weak import cast_node

Arrays = Mapping[str, Tracer]


# Scores of keys that a query does not attend to; exponentials of differences with it are 0. It is
# finite because LLVM does not vectorise the maximum of a selection of its identity, -infinity.
NOTHING = {dtype: -float(np.finfo(dtype.numpy).max) for dtype in (float32, float64)}


@dataclass(frozen=True)
class Checks:
    """Which conditions not all queries and keys of a tile meet.

    `rows`: there are more rows than queries. `keys`: the first key that is there and the one after
    the last, if there are others. `left`, `right`: the limits of what a query sees.
    """

    rows: bool
    keys: tuple[int, int] | None
    left: bool
    right: bool


@dataclass(frozen=True)
class Tiles:
    """Tiles of keys as arrays with a first axis that counts them.

    Each has keys and values, the number of its first key (`column`), and parts of mask and bias;
    those of one row or one column are broadcast, or in the block.
    """

    arrays: Arrays
    checks: Checks

    @property
    def count(self) -> int:
        return self.arrays["k"].shape[0]

    @property
    def only(self) -> dict[str, Tracer]:
        """The arrays of the only tile."""
        return {name: squeeze(x, axis=0) for name, x in self.arrays.items()}


@dataclass(frozen=True)
class Attention:
    """What is computed for each query and key, and the sizes of the whole.

    The last query is at the position of the last key. A query sees the keys from `left` before its
    position to `right` after it; None is without end.
    """

    batch: int
    heads: int
    sharing: int  # heads that share keys and values
    queries: int
    keys: int
    dtype: DType
    scale: Operand
    softcap: Operand | None
    left: int | None
    right: int | None
    score: Callable[..., Any] | None
    dropout: float
    key: Operand | None

    @property
    def offset(self) -> int:
        """The position of the first query."""
        return self.keys - self.queries

    def seen(self, first: int, last: int) -> tuple[int, int]:
        """The keys that any of these queries sees: the first, and the one after the last."""
        low = 0 if self.left is None else max(0, first + self.offset - self.left)
        high = self.keys if self.right is None else last + self.offset + self.right
        return low, max(low, min(self.keys, high))

    # One block of queries.

    def block(self, block: Arrays, groups: Sequence[Tiles]) -> Tracer:
        """The result for the queries `q` from number `row` on, and groups of tiles of keys.

        Its last column is the logarithm of the sum of the exponentials of a row.
        """
        leaves, tree = flatten((dict(block), [dict(each.arrays) for each in groups]), "block")
        given = [array(leaf) for _, leaf in leaves]
        found = self._online(block, groups).node
        # Derivatives take it as a constant.
        result = fresh_input(found, "result")
        parts = [fresh_input(node, "part") for node in given]
        inner_block, inner_arrays = unflatten(tree, map(wrap, parts))
        inner = [Tiles(x, each.checks) for x, each in zip(inner_arrays, groups, strict=True)]
        terms = self._terms(inner_block, inner, wrap(result))
        body, read = closed((), [*parts, result], [terms.node])
        rule = DerivativeOf(body.inputs, body.outputs)
        return wrap(declare([found], [*read, *given], rule)[0])

    def _online(self, block: Arrays, groups: Sequence[Tiles]) -> Tracer:
        """The result for a block, tile by tile."""
        dtype = block["q"].node.dtype
        shapes = [(block["q"].shape[0], size) for size in (1, 1, groups[0].arrays["v"].shape[-1])]
        values = (-math.inf, 0.0, 0.0)
        start = [constant(*each, dtype) for each in zip(values, shapes, strict=True)]
        carry: Any = None
        for group in groups:

            def step(before: Any, tile: Arrays, checks: Checks = group.checks) -> tuple[Any, Any]:
                return self._step(before, {**block, **tile}, checks), ()

            # A single tile before others is a loop, too: as where more of its kind are there.
            if group.count == 1 and (carry is not None or len(groups) == 1):
                carry, _ = step(carry, group.only)
            else:
                first = tuple(map(wrap, start)) if carry is None else carry
                carry, _ = recomputed_scan(step, first, group.arrays)
        high, total, sums = carry
        seen = total > 0.0
        total = where(seen, total, 1.0)
        return concat([sums / total, where(seen, high + log(total), 0.0)], axis=1)

    def _step(self, before: Any, tile: Arrays, checks: Checks) -> Any:
        """The largest score of each query, the sum of exponentials, and their sum of values.

        `before`: those of other tiles.
        """
        scores, weight = self._tile(tile, checks)
        high = max_over(scores, axis=-1, keepdims=True)
        if before is not None:
            high = maximum(high, before[0])
        shift = where(high <= NOTHING[self.dtype.compute], 0.0, high)
        powers = exp(scores - shift)
        total = sum_over(powers, axis=-1, keepdims=True)
        sums = matmul(_weighted(powers, weight), tile["v"])
        if before is not None:
            factor = exp(before[0] - shift)
            total, sums = total + before[1] * factor, sums + before[2] * factor
        return high, total, sums

    def _terms(self, block: Arrays, groups: Sequence[Tiles], result: Tracer) -> Tracer:
        """What has the derivative of a block, where its result is a constant.

        The exponentials of scores minus the last column are the weights p. The result is sum p v,
        and p changes by p (ds - sum p ds): so the derivative is that of sum p v - result sum p.
        """
        size = result.shape[1] - 1
        level = result[:, size:]
        found: list[tuple[Tracer, Tracer]] = []
        for group in groups:

            def term(tile: Arrays, checks: Checks = group.checks) -> tuple[Tracer, Tracer]:
                scores, weight = self._tile({**block, **tile}, checks)
                powers = exp(scores - level)
                total = sum_over(powers, axis=-1, keepdims=True)
                return matmul(_weighted(powers, weight), tile["v"]), total

            if group.count == 1:
                found.append(term(group.only))
            else:
                sums, total = mapped(term, group.arrays)
                found.append((sum_over(sums, axis=0), sum_over(total, axis=0)))
        sums, total = found[0]
        for more, others in found[1:]:
            sums, total = sums + more, total + others
        return concat([sums - result[:, :size] * total, total], axis=1)

    def _tile(self, tile: Arrays, checks: Checks) -> tuple[Tracer, Tracer | None]:
        """The scores of a tile, `NOTHING` where a query does not attend; the weights of dropout."""
        s = matmul(tile["q"], matrix_transpose(tile["k"]))
        i = reshape(numbers(s.shape[0]), (s.shape[0], 1)) + tile["row"]
        j = reshape(numbers(s.shape[1]), (1, s.shape[1])) + tile["column"]
        if self.softcap is not None:
            s = self.softcap * tanh(s / self.softcap)
        if self.score is not None:
            inner_i, inner_j = i, j
            if checks.rows or checks.keys:  # so that what the function indexes is there
                inner_i = maximum(minimum(i, from_sizes(self.queries - 1)), 0)
                inner_j = maximum(minimum(j, from_sizes(self.keys - 1)), 0)
            s = self._scored(s, inner_i + from_sizes(self.offset), inner_j, tile)
        if "bias" in tile:
            s = s + astype(tile["bias"], s.node.dtype)
        attends = [tile["mask"]] if "mask" in tile else []
        position = i + from_sizes(self.offset)
        if checks.keys is not None:
            attends += [j >= from_sizes(checks.keys[0]), j < from_sizes(checks.keys[1])]
        if checks.right and self.right is not None:
            attends.append(j <= position + from_sizes(self.right))
        if checks.left and self.left is not None:
            attends.append(j >= position - from_sizes(self.left))
        for number, each in enumerate(attends[1:], 1):
            attends[number] = logical_and(attends[number - 1], each)
        if attends:
            s = where(attends[-1], s, NOTHING[s.node.dtype])
        if not self.dropout:
            return s, None
        return s, self._kept(i, j, tile)

    def _kept(self, i: Tracer, j: Tracer, tile: Arrays) -> Tracer:
        """The factors of dropout; as for an array (batch, heads, queries, keys)."""
        assert self.key is not None
        head = tile["example"] * self.heads + tile["head"]
        row, column, above = (astype(x, uint32) for x in (i, j, head))
        position = (above * self.queries + row) * self.keys + column
        kept = uniform_at(self.key, position) >= self.dropout
        return where(kept, 1.0 / (1.0 - self.dropout), 0.0)

    def _scored(self, s: Tracer, i: Tracer, j: Tracer, tile: Arrays) -> Tracer:
        assert self.score is not None
        found = array(self.score(s, i, j))
        whole = (self.batch, self.heads, *s.shape)
        fits = len(found.shape) <= 4 and all(
            extent in (1, target)
            for extent, target in zip(reversed(found.shape), reversed(whole), strict=False)
        )
        if not fits or not found.dtype.is_floating:
            raise ShapeError(
                "the score function of attention", [found.shape],
                f"floating scores for a tile of {s.shape[0]} queries and {s.shape[1]} keys, with "
                f"heads and examples in front at most: a shape that broadcasts to {whole}",
            )  # fmt: skip
        other = not_pointwise(found, [s.node])
        if other is not None:
            error = TraceError(
                f"the score function of attention computes {other.op} of the scores, and has those "
                "of a tile of queries and keys alone",
                "functions of single scores, positions, and what else it reads",
                "normalise or reduce before or after the attention",
            )
            error.at(other.source)
            raise error
        for name in ("example", "head")[4 - len(found.shape) :]:
            found = at_index(found, tile[name].node)
        return broadcast_to(wrap(cast_node(found, s.node.dtype)), s.shape)


def _weighted(powers: Tracer, weight: Tracer | None) -> Tracer:
    return powers if weight is None else powers * weight


def from_sizes(value: int) -> Tracer:
    """A number that follows from sizes: kernels for others have the same text."""
    return wrap(size_node(value, (), int32))


def numbers(size: int) -> Tracer:
    return wrap(iota(shape=(size,), axis=0, dtype=int32))
