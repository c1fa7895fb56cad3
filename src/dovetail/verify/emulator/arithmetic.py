"""The arithmetic of PTX on arrays of lanes."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from dovetail.compile.cpu import native
from dovetail.graph.node import Array
from dovetail.verify.emulator.ptx_text import BITS

TYPES = {
    "b8": np.uint8, "u8": np.uint8, "s8": np.int8, "b16": np.uint16, "u16": np.uint16,
    "s16": np.int16, "b32": np.uint32, "u32": np.uint32, "s32": np.int32, "b64": np.uint64,
    "u64": np.uint64, "s64": np.int64, "f16": np.float16, "bf16": ml_dtypes.bfloat16,
    "f32": np.float32, "f64": np.float64, "pred": np.bool_,
}  # fmt: skip

# Exact by the processor's instruction or the C library: NumPy has none.
_FUSED = """
declare float @llvm.fma.f32(float, float, float)
declare double @llvm.fma.f64(double, double, double)
"""


def _loop(kind: str, suffix: str) -> str:
    return f"""
define void @fused_{suffix}(ptr %a, ptr %b, ptr %c, ptr %d, i64 %n) {{
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%next, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %pa = getelementptr {kind}, ptr %a, i64 %i
  %pb = getelementptr {kind}, ptr %b, i64 %i
  %pc = getelementptr {kind}, ptr %c, i64 %i
  %pd = getelementptr {kind}, ptr %d, i64 %i
  %x = load {kind}, ptr %pa
  %y = load {kind}, ptr %pb
  %z = load {kind}, ptr %pc
  %r = call {kind} @llvm.fma.{suffix}({kind} %x, {kind} %y, {kind} %z)
  store {kind} %r, ptr %pd
  %next = add i64 %i, 1
  br label %head
done:
  ret void
}}
"""


@functools.cache
def _fused(suffix: str) -> Any:
    module = native.load(_FUSED + _loop("float", "f32") + _loop("double", "f64"))
    pointers = [ctypes.c_void_p] * 4
    return ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(module.address(f"fused_{suffix}"))


def fma(kind: str, x: Any, y: Any, z: Any) -> Array:
    """x * y + z, rounded once."""
    if kind in ("f16", "bf16"):
        exact = [np.asarray(each).astype(np.float64) for each in (x, y, z)]
        return (exact[0] * exact[1] + exact[2]).astype(TYPES[kind])
    given = [np.asarray(each) for each in (x, y, z)]
    if not given[0].shape == given[1].shape == given[2].shape:
        given = list(np.broadcast_arrays(*given))
    a, b, c = map(np.ascontiguousarray, given)
    result = np.empty_like(a)
    _fused(kind)(*(each.ctypes.data for each in (a, b, c, result)), a.size)
    return result


def rounded(kind: str, operation: Callable[..., Any], *given: Any) -> Any:
    """An operation of numbers; half precisions are computed in float32 and rounded."""
    if kind in ("f16", "bf16"):
        wide = operation(*(np.asarray(each).astype(np.float32) for each in given))
        return np.asarray(wide).astype(TYPES[kind])
    return operation(*given)


def extremum(kind: str, largest: bool, propagates: bool, x: Any, y: Any) -> Any:
    """The larger or the smaller; of zeros the positive one is larger."""
    if not kind.endswith(("f16", "f32", "f64")):
        return (np.maximum if largest else np.minimum)(x, y)
    x, y = np.broadcast_arrays(np.asarray(x), np.asarray(y))
    sign = np.signbit(x.astype(np.float64))
    first = (x > y) if largest else (x < y)
    first = np.where((x == y), sign != largest, first)
    picked = np.where(first, x, y)
    nan_x, nan_y = np.isnan(x), np.isnan(y)
    if propagates:
        return np.where(nan_x, x, np.where(nan_y, y, picked)).astype(x.dtype)
    return np.where(nan_x, y, np.where(nan_y, x, picked)).astype(x.dtype)


def high_product(kind: str, x: Any, y: Any) -> Array:
    """The upper half of a product of integers."""
    bits = int(kind[1:])
    if bits < 64:
        wide = np.int64 if kind[0] == "s" else np.uint64
        product = np.asarray(x).astype(wide) * np.asarray(y).astype(wide)
        return (product >> wide(bits)).astype(TYPES[kind])
    a, b = (np.asarray(each).astype(object) for each in np.broadcast_arrays(x, y))
    mask = (1 << 64) - 1
    return np.array([(int(p) * int(q) >> 64) & mask for p, q in zip(a, b, strict=True)],
                    np.uint64).view(TYPES[kind])  # fmt: skip


def divided(x: Any, y: Any, rest: bool) -> Any:
    """Integers, truncated towards zero; of a divisor of 0 all bits are ones."""
    x, y = np.broadcast_arrays(np.asarray(x), np.asarray(y))
    safe = np.where(y == 0, 1, y).astype(y.dtype)
    left = np.fmod(x, safe)
    with np.errstate(over="ignore"):  # the least number divided by -1
        result = left if rest else (x - left) // safe
    return np.where(y == 0, np.array(-1).astype(x.dtype), result).astype(x.dtype)


_ROUNDINGS = {"rni": np.rint, "rzi": np.trunc, "rmi": np.floor, "rpi": np.ceil}


def converted(to: str, source: str, x: Any, rounding: str | None) -> Any:
    """`cvt`: between types, or to a whole number of the same type."""
    x = np.asarray(x)
    floating = ("f16", "bf16", "f32", "f64")
    if source in floating and to in floating:
        if rounding in _ROUNDINGS:
            return rounded(source, _ROUNDINGS[rounding], x).astype(TYPES[to])
        assert rounding == "rn" or BITS[to] > BITS[source], f"cvt.{to}.{source} is not rounded"
        if to == "bf16" and source == "f32":
            return np.where(np.isnan(x), np.float32(np.nan), x).astype(TYPES[to])
        return x.astype(TYPES[to])
    if source in floating:
        assert rounding in _ROUNDINGS, f"cvt.{to}.{source} without a rounding"
        info = np.iinfo(TYPES[to])
        whole = _ROUNDINGS[rounding](x.astype(np.float64))
        below, above = whole <= float(info.min), whole >= float(info.max)
        safe = np.where(np.isnan(whole) | below | above, 0, whole).astype(TYPES[to])
        safe = np.where(below, info.min, np.where(above, info.max, safe)).astype(TYPES[to])
        return np.where(np.isnan(whole), 0, safe).astype(TYPES[to])
    return x.astype(TYPES[to])


def permuted(x: Array, y: Array, selector: Array) -> Array:
    """`prmt`: four bytes chosen from the eight of two words."""
    both = (y.astype(np.uint64) << np.uint64(32)) | x.astype(np.uint64)
    result = np.zeros(np.broadcast(x, y, selector).shape, np.uint32)
    for place in range(4):
        choice = (selector >> np.uint32(4 * place)) & np.uint32(0xF)
        byte = both >> ((choice & np.uint32(7)).astype(np.uint64) * np.uint64(8))
        byte = (byte & np.uint64(0xFF)).astype(np.uint32)
        sign = np.where(byte & np.uint32(0x80), np.uint32(0xFF), np.uint32(0))
        byte = np.where(choice & np.uint32(8), sign, byte)
        result |= byte << np.uint32(8 * place)
    return result


def shifted(left: bool, x: Array, amount: Array) -> Array:
    """Shifts by more than the bits give 0, or the sign."""
    bits = 8 * x.dtype.itemsize
    if np.ndim(amount) == 0 and amount < bits:
        return x << amount.astype(x.dtype) if left else x >> amount.astype(x.dtype)
    amount = np.minimum(amount.astype(np.uint64), bits).astype(np.uint64)
    beyond = amount >= bits
    small = np.where(beyond, bits - 1, amount).astype(x.dtype)
    if left:
        return np.where(beyond, 0, x << small).astype(x.dtype)
    moved = x >> small
    return moved if x.dtype.kind == "i" else np.where(beyond, 0, moved).astype(x.dtype)


def funnel_shifted(parts: list[str], low: Any, high: Any, amount: Any) -> Any:
    """`shf`: a shift of two words."""
    both = (np.asarray(high).astype(np.uint64) << np.uint64(32)) | np.asarray(low).astype(np.uint64)
    amount = np.asarray(amount)
    places = (amount & 31 if "wrap" in parts else np.minimum(amount, 32)).astype(np.uint64)
    if "l" in parts:
        return ((both << places) >> np.uint64(32)).astype(np.uint32)
    return (both >> places).astype(np.uint32)


def field(x: Any, start: Any, length: Any) -> Any:
    """`bfe`: some bits of a word; of a signed one the highest of them is the sign."""
    kind = x.dtype.type
    mask = (kind(1) << np.asarray(length).astype(kind)) - kind(1)
    found = (x >> np.asarray(start).astype(kind)) & mask
    if x.dtype.kind == "u":
        return found
    sign = kind(1) << (np.asarray(length).astype(kind) - kind(1))
    return (found ^ sign) - sign


def inserted(x: Any, into: Any, start: Any, length: Any) -> Any:
    """`bfi`: some bits put into a word."""
    kind = into.dtype.type
    mask = ((kind(1) << np.asarray(length).astype(kind)) - kind(1)) << np.asarray(start).astype(
        kind
    )
    return (into & ~mask) | ((x << np.asarray(start).astype(kind)) & mask)


def leading_zeros(x: Any, bits: int) -> Any:
    """`clz`."""
    result = np.full(x.shape, bits, np.uint32)
    for place in range(bits):
        result = np.where(x >> x.dtype.type(place) != 0, np.uint32(bits - 1 - place), result)
    return result
