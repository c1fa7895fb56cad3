"""The loops of attention over examples, heads and blocks of queries, each with the keys it sees.

What the loops stack is what they return, without a view in between: so that the gradient of an
outer loop finds the results of an inner one, and does not compute them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dovetail.graph.dtypes import DType
from dovetail.graph.primitives.row import constant
from dovetail.language.attention_tiles import Arrays, Attention, Checks, Tiles, from_sizes, numbers
from dovetail.language.manipulation import concat, moveaxis, pad, reshape, squeeze
from dovetail.language.operands import wrap
from dovetail.language.scan import mapped
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node
from dovetail.language.windows import windows

ROWS = 256  # queries of a block, at most
KEYS = 512  # keys of a tile, at most
BANDS = 8  # of queries that see different ranges of keys, at most
BAND = 128  # queries of such a band, at least
# Keys of a tile of a band, at most: tiles of one size in all bands are planned once.
BAND_KEYS = 256
NARROW = 256  # keys beside a query: for fewer, blocks are half as high, and see fewer in vain
FULL = 64  # windows are multiples of it: what is left of a row of scores has no vectors


def attended(whole: Attention, given: Arrays) -> Tracer:
    """The result, (batch, heads, queries, size).

    The arrays have five axes: examples, heads of keys, heads that share these, and two more. q, k
    and v are there; mask and bias may be, and have the size 1 where they are broadcast.
    """
    of_keys = whole.heads // whole.sharing
    arrays = dict(given)
    if whole.score is not None or whole.dropout:
        arrays["example"] = reshape(numbers(whole.batch), (whole.batch, 1, 1))
        arrays["head"] = reshape(numbers(whole.heads), (1, of_keys, whole.sharing))
    local = _is_local(whole, given)
    bands = [(0, whole.queries)] if local else _bands(whole)
    of_band = _local if local else _band

    def of_queries(inner: Arrays) -> list[Tracer]:
        return [of_band(whole, inner, *band) for band in bands]

    def of_head(inner: Arrays) -> list[Tracer]:
        # Half precisions compute in float32.
        wide = {n: _cast(x, whole.dtype.compute) if n in "qkv" else x for n, x in inner.items()}
        wide["q"] = wide["q"] * whole.scale
        return _over(whole.sharing, wide, of_queries)

    def of_example(inner: Arrays) -> list[Tracer]:
        return _over(of_keys, inner, of_head)

    found = _over(whole.batch, arrays, of_example)
    size, parts = given["v"].shape[-1], list[Tracer]()
    for result, (first, last) in zip(found, bands, strict=True):
        rows = reshape(result, (whole.batch, whole.heads, -1, size + 1))
        parts.append(_cast(rows[:, :, : last - first, :size], whole.dtype))
    return parts[0] if len(parts) == 1 else concat(parts, axis=2)


def _is_local(whole: Attention, arrays: Arrays) -> bool:
    """Whether blocks of queries see few keys, found by windows over these."""
    if whole.left is None or whole.right is None or whole.queries <= 1:
        return False
    pairs = any(min(arrays[n].shape[3:]) > 1 for n in ("mask", "bias") if n in arrays)
    span = whole.left + whole.right + _local_rows(whole)
    return not pairs and 2 * span < whole.keys


def _local_rows(whole: Attention) -> int:
    """The queries of a block that sees a window of keys."""
    assert whole.left is not None
    assert whole.right is not None
    return BAND // 2 if whole.left + whole.right < NARROW else BAND


def _bands(whole: Attention) -> list[tuple[int, int]]:
    """The ranges of queries that see different ranges of keys: the first, one after the last."""
    count, queries = 1, whole.queries
    if whole.left is not None or whole.right is not None:
        count = min(BANDS, -(-queries // BAND))
    rows = -(-queries // count)
    return [(n, min(n + rows, queries)) for n in range(0, queries, rows)]


def _cast(x: Tracer, dtype: DType) -> Tracer:
    return wrap(cast_node(x.node, dtype))


def _over(
    count: int, arrays: Arrays, function: Callable[[Arrays], Any], apart: bool = False
) -> Any:
    """The function of the arrays at each place of their first axis, 1 is broadcast; stacked.

    A single result is not stacked, unless it is computed `apart`, in a loop of its own: nothing is
    fused with kernels of others then. The body of that loop reads its own parts of the arrays, so
    that it is that of other parts, too.
    """
    if count == 1 and not apart:
        return function({name: squeeze(x, axis=0) for name, x in arrays.items()})
    names = list(arrays) if count == 1 else [name for name, x in arrays.items() if x.shape[0] > 1]
    fixed = {name: squeeze(x, axis=0) for name, x in arrays.items() if name not in names}
    return mapped(lambda x: function({**fixed, **x}), {name: arrays[name] for name in names})


def _padded(x: Tracer, axis: int, before: int, after: int) -> Tracer:
    if not before and not after:
        return x
    widths = [(0, 0)] * len(x.shape)
    widths[axis] = before, after
    return pad(x, widths)


def _rows_of(arrays: Arrays, first: int, last: int, rows: int) -> dict[str, Tracer]:
    """Queries in blocks of `rows`, with what else differs from query to query."""
    count = -(-(last - first) // rows)
    blocks = {"row": numbers(count) * from_sizes(rows) + from_sizes(first)}
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


@dataclass(frozen=True)
class _Range:
    """The keys from `low` to `high` - 1, in tiles of one size; the last one may be padded."""

    low: int
    high: int
    checks: Checks
    most: int  # keys of a tile

    @property
    def count(self) -> int:
        return -(-(self.high - self.low) // self.most)

    @property
    def columns(self) -> int:
        return -(-(self.high - self.low) // self.count)

    def part(self, x: Tracer, axis: int) -> Tracer:
        """The elements along an axis of keys."""
        inside = (slice(None),) * axis + (slice(self.low, self.high),)
        more = self.count * self.columns - (self.high - self.low)
        return _padded(x[inside], axis, 0, more)


def _ranges(whole: Attention, first: int, last: int, padded: bool) -> list[_Range]:
    """The keys that some queries see: those that all of them see, and the others, in order."""
    low, high = whole.seen(first, last)
    position = first + whole.offset
    limit = high if whole.right is None else position + whole.right + 1  # all see those before
    # One earlier: so a causal mask is cut at the sizes of bands.
    cut = high if limit >= high else max(low, limit - 1)
    most = KEYS if last - first == whole.queries else BAND_KEYS
    found: list[_Range] = []
    for start, end in ((low, cut), (cut, high)):
        if start == end:
            continue
        plain = _Range(start, end, Checks(False, None, False, False), most)
        checks = Checks(
            rows=padded,
            keys=(start, end) if plain.count * plain.columns > end - start else None,
            left=whole.left is not None and start < last - 1 + whole.offset - whole.left,
            right=end > limit,
        )
        found.append(_Range(start, end, checks, most))
    return found


def _band(whole: Attention, arrays: Arrays, first: int, last: int) -> Tracer:
    """The result for the queries of one range, and the keys that these see."""
    v = arrays["v"]
    blocks = -(-(last - first) // ROWS)
    rows = -(-(last - first) // blocks)
    ranges = _ranges(whole, first, last, rows * blocks > last - first)
    if not ranges:
        return wrap(constant(0, (last - first, v.shape[1] + 1), whole.dtype.compute))
    tiles = [
        _tiles(each, each.part(arrays["k"], 0), each.part(v, 0), from_sizes(each.low))
        for each in ranges
    ]
    given = _rows_of(arrays, first, last, rows)
    names = [name for name in ("mask", "bias") if name in given and given[name].shape[2] > 1]
    wide = {name: given.pop(name) for name in names}
    for number, each in enumerate(ranges):
        given |= {f"{number}{name}": each.part(x, 2) for name, x in wide.items()}

    def block(inner: Arrays) -> Tracer:
        groups: list[Tiles] = []
        for number, (each, own) in enumerate(zip(ranges, tiles, strict=True)):
            parts = {n: _columns(inner[f"{number}{n}"], each) for n in wide}
            groups.append(Tiles({**own, **parts}, each.checks))
        return whole.block({n: inner[n] for n in inner if not n[0].isdigit()}, groups)

    return _over(blocks, given, block, apart=last - first < whole.queries)


def _tiles(keys: _Range, k: Tracer, v: Tracer, first: Tracer) -> dict[str, Tracer]:
    """Keys and values in tiles, and the number of the first key of each."""
    count, columns = keys.count, keys.columns
    # Windows that do not overlap are a view, also of a slice; a reshape of one would be a copy.
    cut = [moveaxis(windows(x, columns, 0, strides=columns), -1, 1) for x in (k, v)]
    parts = dict(zip("kv", cut, strict=True))
    return {**parts, "column": numbers(count) * from_sizes(columns) + first}


def _columns(x: Tracer, keys: _Range) -> Tracer:
    """A part of the scores, (rows, keys), by tiles."""
    return moveaxis(reshape(x, (x.shape[0], keys.count, keys.columns)), 1, 0)


def _local(whole: Attention, arrays: Arrays, first: int, last: int) -> Tracer:
    """The result where each block of queries sees a window of keys, which it reads in place."""
    assert whole.left is not None
    assert whole.right is not None
    rows = min(_local_rows(whole), last - first)
    blocks = -(-(last - first) // rows)
    seen = -(-(rows + whole.left + whole.right) // FULL) * FULL
    keys = _Range(0, seen, Checks(True, (0, whole.keys), True, True), KEYS)
    length = keys.count * keys.columns
    start = whole.offset - whole.left  # of the first window
    end = start + (blocks - 1) * rows + length
    before, after = max(0, -start), max(0, end - whole.keys)

    def cut(x: Tracer, axis: int) -> Tracer:
        """Windows over an axis of keys: blocks first, the elements in the place of the axis."""
        inside = (slice(None),) * axis + (slice(max(0, start), min(whole.keys, end)),)
        part = windows(_padded(x[inside], axis, before, after), length, axis, strides=rows)
        return moveaxis(moveaxis(part, axis, 0), -1, axis + 1)

    given = _rows_of(arrays, first, last, rows)
    given |= {"k": cut(arrays["k"], 0), "v": cut(arrays["v"], 0)}
    given["column"] = numbers(blocks) * from_sizes(rows) + from_sizes(start)
    wide = [name for name in ("mask", "bias") if name in given and given[name].shape[2] > 1]
    for name in wide:
        given[name] = cut(given[name][0], 1)

    def block(inner: Arrays) -> Tracer:
        parts = _tiles(keys, inner["k"], inner["v"], inner["column"])
        parts |= {name: _columns(inner[name], keys) for name in wide}
        own = {name: x for name, x in inner.items() if name not in parts}
        return whole.block(own, [Tiles(parts, keys.checks)])

    return _over(blocks, given, block)
