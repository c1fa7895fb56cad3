"""Counter-based random numbers: the same key gives the same numbers on every host.

Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as
1, 2, 3", doi:10.1145/2063384.2063405. Element i depends on the key and i only.
"""

from __future__ import annotations

import math

from dovetail.errors import ShapeError
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, as_dtype, uint32, undefined
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant
from dovetail.language.elementwise import cos, log, positive, sqrt
from dovetail.language.functions import op
from dovetail.language.operands import (
    Operand,
    array,
    broadcast_node,
    operand,
    static,
    static_ints,
    wrap,
)
from dovetail.language.searching import where
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node

__all__ = ["dropout", "fold_in", "random_normal", "random_uniform"]

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_LOW = 0xFFFFFFFF


def _rotated(x: Node, count: int) -> Node:
    return rows.bitwise_or(rows.shift_left(x, count), rows.shift_right(x, 32 - count))


def _threefry(key: tuple[Node, Node], counter: tuple[Node, Node]) -> tuple[Node, Node]:
    """The encrypted counter; all four words have one shape."""
    first, second = key
    keys = (first, second, rows.bitwise_xor(rows.bitwise_xor(first, second), _PARITY))
    x, y = rows.add(counter[0], first), rows.add(counter[1], second)
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            x = rows.add(x, y)
            y = rows.bitwise_xor(_rotated(y, rotation), x)
        x = rows.add(x, keys[(group + 1) % 3])
        y = rows.add(rows.add(y, keys[(group + 2) % 3]), group + 1)
    return x, y


def _key_words(key: Operand) -> tuple[Node, Node]:
    """The two words of a key: an integer, or two of them."""
    if isinstance(key, int) and not isinstance(key, bool):
        return constant(key & _LOW, (), uint32), constant(key >> 32 & _LOW, (), uint32)
    node = array(key)
    if not node.dtype.is_integer:
        raise undefined("a random key", [node.dtype], "an integer")
    if node.shape == (2,):
        low, high = (
            structure.reshape(structure.slice_axis(node, 0, index, 1, 1), shape=())
            for index in range(2)
        )
    elif node.shape == ():
        low = node
        wide = cast_node(node, dtypes.int64)
        high = rows.shift_right(wide, 32) if node.dtype.bits == 64 else constant(0, (), uint32)
    else:
        raise ShapeError("a random key", [node.shape], "one integer, or two: shape () or (2,)")
    return cast_node(low, uint32), cast_node(high, uint32)


def _words_at(key: Operand, position: Node, stream: int) -> tuple[Node, Node]:
    """Two words of 32 random bits for each position, an array of uint32."""
    shape = position.shape
    low, high = (broadcast_node(word, shape) for word in _key_words(key))
    return _threefry((low, high), (position, constant(stream, shape, uint32)))


def _words(key: Operand, shape: Shape, stream: int) -> tuple[Node, Node]:
    """Two words of 32 random bits for each element of `shape`."""
    position = structure.iota(shape=(math.prod(shape),), axis=0, dtype=uint32)
    words = _words_at(key, position, stream)
    first, second = (structure.reshape(word, shape=shape) for word in words)
    return first, second


def uniform_at(key: Operand, position: Tracer) -> Tracer:
    """What `dropout` draws for the elements at these positions of an array in C order."""
    return wrap(_fraction(_words_at(key, cast_node(position.node, uint32), 0), dtypes.float32))


def _fraction(words: tuple[Node, Node], dtype: DType) -> Node:
    """A number in [0, 1) with as many random digits as the type has."""
    if dtype is dtypes.float64:
        high = cast_node(rows.shift_right(words[0], 5), dtype)
        low = cast_node(rows.shift_right(words[1], 6), dtype)
        return rows.multiply(rows.add(rows.multiply(high, 2.0**26), low), 2.0**-53)
    whole = cast_node(rows.shift_right(words[0], 32 - dtype.digits), dtype)
    return rows.multiply(whole, 2.0**-dtype.digits)


def _floating_dtype(dtype: object) -> DType:
    known = dtypes.DEFAULT_FLOAT if dtype is None else as_dtype(dtype)
    if not known.is_floating:
        raise undefined("random numbers", [known], "a floating type")
    return known


@op
@static("shape")
def random_uniform(
    key: Operand, /, shape: int | tuple[int, ...], *, dtype: object = None
) -> Tracer:
    """Numbers of a shape from [0, 1), equally likely. `key`: an integer, or two in an array."""
    extents = static_ints("random_uniform", "shape", shape)
    return wrap(_fraction(_words(key, extents, 0), _floating_dtype(dtype)))


@op
@static("shape")
def random_normal(key: Operand, /, shape: int | tuple[int, ...], *, dtype: object = None) -> Tracer:
    """Normal numbers of any shape, sqrt(-2 log u) cos(2 pi v), of mean 0 and variance 1.

    Box & Muller 1958, doi:10.1214/aoms/1177706645. `key`: as for `random_uniform`.
    """
    extents = static_ints("random_normal", "shape", shape)
    target = _floating_dtype(dtype)
    working = target.compute
    words = _words(key, extents, 0)
    second = _words(key, extents, 1) if working is dtypes.float64 else (words[1], words[1])
    u = wrap(rows.subtract(1.0, _fraction(words, working)))  # in (0, 1]
    v = wrap(_fraction(second, working))
    normal = sqrt(-2.0 * log(u)) * cos((2.0 * math.pi) * v)
    return wrap(cast_node(normal.node, target))


@op
def fold_in(key: Operand, number: Operand, /) -> Tracer:
    """A key for each number, of shape (2,), unrelated to the key and to each other."""
    low, high = _key_words(number)
    first, second = _threefry(_key_words(key), (low, high))
    parts = (structure.reshape(word, shape=(1,)) for word in (first, second))
    return wrap(structure.concat(*parts, axis=0))


@op
def dropout(x: Operand, key: Operand, /, rate: Operand = 0.5) -> Tracer:
    """x / (1 - rate) with probability 1 - rate, else 0. Any shape.

    Srivastava et al. 2014, JMLR 15:1929.
    """
    node, weak = operand(x, floating=True)
    probability = positive(rate)
    draw = wrap(_fraction(_words(key, node.shape, 0), dtypes.float32))
    scale = where(probability < 1.0, 1.0 / (1.0 - probability), 0.0)
    return where(draw >= probability, wrap(node, weak) * scale, 0.0)
