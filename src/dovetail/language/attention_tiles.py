"""Attention by tiles of keys: the matrix of scores is never in memory as a whole.

For each example, head and block of queries there is a loop over tiles of keys. It carries, for each
query, the largest score, the sum of the exponentials, and their product with the values: Milakov &
Gimelshein 2018, arXiv:1805.02867; Rabe & Staats 2021, arXiv:2112.05682; Dao 2023, arXiv:2307.08691.
The loops keep their carries alone. The gradient computes the scores of each tile again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dovetail.errors import ShapeError, TraceError
from dovetail.graph.dtypes import DType, int32, uint32
from dovetail.graph.primitives.declared import DerivativeOf, declare
from dovetail.graph.primitives.row import constant, fresh_input
from dovetail.graph.primitives.structure import iota
from dovetail.language.data_types import astype
from dovetail.language.elementwise import clip, exp, log, logical_and, maximum, tanh
from dovetail.language.linear_algebra import matmul, matrix_transpose
from dovetail.language.manipulation import (
    broadcast_to,
    concat,
    moveaxis,
    pad,
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
from dovetail.language.weak import cast_node
from dovetail.language.windows import windows

ROWS = 256  # queries of a block, at most
KEYS = 512  # keys of a tile, at most
BANDS = 8  # of queries that see different ranges of keys, at most
BAND = 128  # queries of such a band, at least

Arrays = Mapping[str, Tracer]
Result = tuple[Tracer, Tracer]  # of some queries, and the logarithms of their sums of exponentials


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

    # Loops over examples, heads and blocks of queries.

    def run(self, given: Arrays) -> Tracer:
        """The result, (batch, heads, queries, size).

        The arrays have five axes: examples, heads of keys, heads that share these, and two more. q,
        k and v are there; mask and bias may be, and have the size 1 where they are broadcast.
        """
        of_keys = self.heads // self.sharing
        arrays = dict(given)
        if self.score is not None or self.dropout:
            arrays["example"] = reshape(_count(self.batch), (self.batch, 1, 1))
            arrays["head"] = reshape(_count(self.heads), (1, of_keys, self.sharing))

        def of_head(inner: Arrays) -> Result:
            wide = {n: self._widened(x) if n in "qkv" else x for n, x in inner.items()}
            wide["q"] = wide["q"] * self.scale
            return _over(self.sharing, wide, self._head)

        def of_example(inner: Arrays) -> Result:
            return _over(of_keys, inner, of_head)

        found, _ = _over(self.batch, arrays, of_example)
        return reshape(found, (self.batch, self.heads, self.queries, found.shape[-1]))

    def _widened(self, x: Tracer) -> Tracer:
        return wrap(cast_node(x.node, self.dtype.compute))  # half precisions compute in float32

    def _head(self, arrays: Arrays) -> Result:
        """The result of one head."""
        if self._is_local(arrays):
            return _local(self, arrays)
        count = 1
        if self.left is not None or self.right is not None:
            count = min(BANDS, -(-self.queries // BAND))
        rows = -(-self.queries // count)
        starts = range(0, self.queries, rows)
        bands = [_band(self, arrays, n, min(n + rows, self.queries)) for n in starts]
        return bands[0] if len(bands) == 1 else _each(lambda *x: concat(x, axis=0), *bands)

    def _is_local(self, arrays: Arrays) -> bool:
        """Whether blocks of queries see few keys, found by windows over these."""
        if self.left is None or self.right is None or self.queries <= 1:
            return False
        whole = any(min(arrays[n].shape) > 1 for n in ("mask", "bias") if n in arrays)
        return not whole and 2 * (self.left + self.right + BAND) < self.keys

    def seen(self, first: int, last: int) -> tuple[int, int]:
        """The keys that any of these queries sees: the first, and the one after the last."""
        low = 0 if self.left is None else max(0, first + self.offset - self.left)
        high = self.keys if self.right is None else last + self.offset + self.right
        return low, max(low, min(self.keys, high))

    # One block of queries.

    def block(self, block: Arrays, tiles: Arrays, checks: Checks) -> Result:
        """The result for the queries `q` from number `row` on, and tiles of keys.

        Each tile has keys and values, the number of its first key, and parts of mask and bias;
        those of one row or one column are broadcast.
        """
        given = {**{f"block.{n}": x for n, x in block.items()}, **tiles}
        found = self._online(given, checks)
        # Derivatives take these as constants.
        results = [fresh_input(each.node, "result") for each in found]
        parts = {name: fresh_input(x.node, "part") for name, x in given.items()}
        tracers = {name: wrap(node) for name, node in parts.items()}
        terms = self._terms(tracers, *map(wrap, results), checks)
        body, read = closed((), [*parts.values(), *results], [each.node for each in terms])
        inputs = [*read, *(x.node for x in given.values())]
        rule = DerivativeOf(body.inputs, body.outputs)
        first, second = declare([each.node for each in found], inputs, rule)
        return wrap(first), wrap(second)

    def _online(self, given: Arrays, checks: Checks) -> Result:
        """The result for a block, tile by tile."""
        block, tiles = _separated(given)
        q = block["q"]

        def step(carry: Any, tile: Arrays) -> Any:
            scores, weight = self._tile({**block, **tile}, checks)
            high = max_over(scores, axis=-1, keepdims=True)
            if carry is not None:
                high = maximum(high, carry[0])
            # Where nothing is attended to, it is -infinity.
            shift = where(high == -math.inf, 0.0, high)
            powers = exp(scores - shift)
            total = sum_over(powers, axis=-1, keepdims=True)
            sums = matmul(_weighted(powers, weight), tile["v"])
            if carry is not None:
                before = exp(carry[0] - shift)
                total, sums = total + carry[1] * before, sums + carry[2] * before
            return high, total, sums

        if tiles["k"].shape[0] == 1:
            only = {name: squeeze(x, axis=0) for name, x in tiles.items()}
            high, total, sums = step(None, only)
        else:
            rows, size, dtype = q.shape[0], tiles["v"].shape[-1], q.node.dtype
            sizes = (-math.inf, (rows, 1)), (0.0, (rows, 1)), (0.0, (rows, size))
            start = tuple(wrap(constant(value, shape, dtype)) for value, shape in sizes)
            (high, total, sums), _ = recomputed_scan(
                lambda carry, tile: (step(carry, tile), ()), start, dict(tiles)
            )
        seen = total > 0.0
        total = where(seen, total, 1.0)
        result = wrap(cast_node((sums / total).node, self.dtype))
        return result, where(seen, high + log(total), 0.0)

    def _terms(self, given: Arrays, result: Tracer, level: Tracer, checks: Checks) -> Result:
        """Values with the derivative of a block, where `result` and `level` are its constants.

        The exponentials of scores minus `level` are the weights p. The result is sum p v, and p
        changes by p (ds - sum p ds): so the derivative is that of sum p v - result sum p.
        """
        block, tiles = _separated(given)

        def term(tile: Arrays) -> Result:
            scores, weight = self._tile({**block, **tile}, checks)
            powers = exp(scores - level)
            total = sum_over(powers, axis=-1, keepdims=True)
            return matmul(_weighted(powers, weight), tile["v"]), total

        found = mapped(term, dict(tiles), tiles["k"].shape[0])
        sums, total = (sum_over(each, axis=0) for each in found)
        wide = wrap(cast_node(result.node, sums.node.dtype))
        return wrap(cast_node((sums - wide * total).node, self.dtype)), total

    def _tile(self, tile: Arrays, checks: Checks) -> tuple[Tracer, Tracer | None]:
        """The scores of a tile, -infinity where a query does not attend; the weights of dropout."""
        s = matmul(tile["q"], matrix_transpose(tile["k"]))
        i = reshape(_count(s.shape[0]), (s.shape[0], 1)) + tile["row"]
        j = reshape(_count(s.shape[1]), (1, s.shape[1])) + tile["column"]
        if self.softcap is not None:
            s = self.softcap * tanh(s / self.softcap)
        if self.score is not None:
            inner_i, inner_j = i, j
            if checks.padded:  # so that what the function indexes is there
                inner_i, inner_j = clip(i, 0, self.queries - 1), clip(j, 0, self.keys - 1)
            s = self._scored(s, inner_i + self.offset, inner_j, tile)
        if "bias" in tile:
            s = s + astype(tile["bias"], s.node.dtype)
        attends = [tile["mask"]] if "mask" in tile else []
        position = i + self.offset
        if checks.padded:
            attends += [j >= 0, j < self.keys]
        if checks.right and self.right is not None:
            attends.append(j <= position + self.right)
        if checks.left and self.left is not None:
            attends.append(j >= position - self.left)
        for number, each in enumerate(attends[1:], 1):
            attends[number] = logical_and(attends[number - 1], each)
        if attends:
            s = where(attends[-1], s, -math.inf)
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


@dataclass(frozen=True)
class Checks:
    """Which conditions not all queries and keys of a block meet."""

    padded: bool
    left: bool
    right: bool


def _separated(given: Arrays) -> tuple[dict[str, Tracer], dict[str, Tracer]]:
    """The arrays of a block of queries, and tiles."""
    mark = "block."
    block = {name.removeprefix(mark): x for name, x in given.items() if name.startswith(mark)}
    return block, {name: x for name, x in given.items() if not name.startswith(mark)}


def _weighted(powers: Tracer, weight: Tracer | None) -> Tracer:
    return powers if weight is None else powers * weight


def _count(size: int) -> Tracer:
    return wrap(iota(shape=(size,), axis=0, dtype=int32))


def _over(count: int, arrays: Arrays, function: Callable[[Arrays], Result]) -> Result:
    """The function of the arrays at each place of their first axis, stacked; 1 is broadcast."""
    varying = {name: x for name, x in arrays.items() if x.shape[0] == count}
    fixed = {name: squeeze(x, axis=0) for name, x in arrays.items() if x.shape[0] != count}
    return mapped(lambda x: function({**fixed, **x}), varying, count)


def _each(function: Callable[..., Tracer], *results: Result) -> Result:
    first, second = (function(*parts) for parts in zip(*results, strict=True))
    return first, second


def _joined(x: Tracer, count: int) -> Tracer:
    """The rows of all blocks, as many as there are."""
    return reshape(x, (x.shape[0] * x.shape[1], x.shape[2]))[:count]


def _padded(x: Tracer, axis: int, before: int, after: int) -> Tracer:
    if not before and not after:
        return x
    widths = [(0, 0)] * len(x.shape)
    widths[axis] = before, after
    return pad(x, widths)


def _rows_of(arrays: Arrays, first: int, last: int, rows: int) -> dict[str, Tracer]:
    """Queries in blocks of `rows`, with what else differs from query to query."""
    count = -(-(last - first) // rows)
    blocks = {"row": _count(count) * rows + first}
    for name in ("q", "mask", "bias"):
        x = arrays.get(name)
        if x is None:
            continue
        if name != "q" and x.shape[0] == 1:
            blocks[name] = reshape(x, (1, *x.shape))
        else:
            part = _padded(x[first:last], 0, 0, count * rows - (last - first))
            blocks[name] = reshape(part, (count, rows, part.shape[1]))
    for name in ("example", "head"):
        if name in arrays:
            blocks[name] = reshape(arrays[name], (1,))
    return blocks


def _band(whole: Attention, arrays: Arrays, first: int, last: int) -> Result:
    """The result for the queries of one range, which see one range of keys."""
    low, high = whole.seen(first, last)
    k, v = arrays["k"], arrays["v"]
    if low == high:
        dtypes = (v.shape[1], whole.dtype), (1, whole.dtype.compute)
        none = [wrap(constant(0, (last - first, size), dtype)) for size, dtype in dtypes]
        return none[0], none[1]
    blocks = -(-(last - first) // ROWS)
    rows = -(-(last - first) // blocks)
    tiles = -(-(high - low) // KEYS)
    columns = -(-(high - low) // tiles)
    more = tiles * columns - (high - low)
    offset = whole.offset
    checks = Checks(
        padded=more > 0 or rows * blocks > last - first,
        left=whole.left is not None and low < last - 1 + offset - whole.left,
        right=whole.right is not None and high - 1 > first + offset + whole.right,
    )
    parts = {
        name: reshape(_padded(x[low:high], 0, 0, more), (tiles, columns, x.shape[1]))
        for name, x in (("k", k), ("v", v))
    }
    parts["column"] = _count(tiles) * columns + low
    given = _rows_of(arrays, first, last, rows)
    for name in ("mask", "bias"):
        if name in given and given[name].shape[2] > 1:
            given[name] = _padded(given[name][:, :, low:high], 2, 0, more)

    def block(inner: Arrays) -> Result:
        own, cut = dict(inner), dict(parts)
        for name in ("mask", "bias"):
            if name in own and own[name].shape[1] > 1:
                x = own.pop(name)
                cut[name] = moveaxis(reshape(x, (x.shape[0], tiles, columns)), 1, 0)
        return whole.block(own, cut, checks)

    found = _over(blocks, given, block)
    return _each(lambda x: _joined(x, last - first), found)


def _local(whole: Attention, arrays: Arrays) -> Result:
    """The result where each block of queries sees a window of keys, which it reads in place."""
    assert whole.left is not None
    assert whole.right is not None
    queries = whole.queries
    rows = min(BAND, queries)
    blocks = -(-queries // rows)
    tiles = -(-(rows + whole.left + whole.right) // KEYS)
    columns = -(-(rows + whole.left + whole.right) // tiles)
    length = tiles * columns
    start = whole.offset - whole.left  # of the first window
    end = start + (blocks - 1) * rows + length
    before, after = max(0, -start), max(0, end - whole.keys)

    def cut(x: Tracer, axis: int) -> Tracer:
        """Windows over an axis of keys: blocks first, the elements in the place of the axis."""
        inside = (slice(None),) * axis + (slice(max(0, start), min(whole.keys, end)),)
        part = windows(_padded(x[inside], axis, before, after), length, axis, strides=rows)
        return moveaxis(moveaxis(part, axis, 0), -1, axis + 1)

    given = _rows_of(arrays, 0, queries, rows)
    given |= {"k": cut(arrays["k"], 0), "v": cut(arrays["v"], 0)}
    given["column"] = _count(blocks) * rows + start
    for name in ("mask", "bias"):
        if name in given and given[name].shape[2] > 1:
            given[name] = cut(reshape(given[name], (1, given[name].shape[2])), 1)
    checks = Checks(True, True, True)

    def block(inner: Arrays) -> Result:
        own = dict(inner)
        parts = {
            name: reshape(own.pop(name), (tiles, columns, inner[name].shape[1])) for name in "kv"
        }
        parts["column"] = _count(tiles) * columns + own.pop("column")
        for name in ("mask", "bias"):
            if name in own and own[name].shape[1] > 1:
                x = own.pop(name)
                parts[name] = moveaxis(reshape(x, (x.shape[0], tiles, columns)), 1, 0)
        return whole.block(own, parts, checks)

    return _each(lambda x: _joined(x, queries), _over(blocks, given, block))
