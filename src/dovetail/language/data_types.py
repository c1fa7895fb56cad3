"""Data types: conversion, and questions about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import ml_dtypes
import numpy as np

from dovetail.errors import ArgumentError
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, as_dtype, undefined
from dovetail.graph.primitives.row import constant
from dovetail.language.functions import op, query
from dovetail.language.operands import (
    Operand,
    array,
    classify,
    common_dtype,
    has_array,
    numpy_array,
    operand,
    static,
    wrap,
)
from dovetail.language.scope import running
from dovetail.language.tracer import Tracer
from dovetail.language.weak import convert

__all__ = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]

_KINDS: dict[str, str] = {
    "bool": "b", "signed integer": "i", "unsigned integer": "u", "integral": "iu",
    "real floating": "f", "numeric": "iuf", "complex floating": "",
}  # fmt: skip


@dataclass(frozen=True)
class FloatInfo:
    """The limits of a floating type."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@dataclass(frozen=True)
class IntegerInfo:
    """The limits of an integer type."""

    bits: int
    max: int
    min: int
    dtype: DType


@op
@static("dtype")
def astype(x: Operand, dtype: object, /, *, copy: bool = True, device: object = None) -> Tracer:
    """`x` converted to a dtype. Any shape.

    Floating to integer truncates, saturates, and turns NaN to 0.
    """
    node, weak = operand(x)
    return wrap(convert(node, weak, as_dtype(dtype)))


def _dtype_of(value: object) -> DType:
    return array(value).dtype if isinstance(value, Tracer) else as_dtype(value)


@query
def can_cast(from_: object, to: object, /) -> bool:
    """Whether every value of one type can be promoted to the other."""
    source, target = _dtype_of(from_), as_dtype(to)
    return source is target or (
        not (source.kind == "i" and target.kind == "u") and dtypes.promote(source, target) is target
    )


@query
def finfo(type: object, /) -> FloatInfo:
    """The limits of a floating type."""
    dtype = _dtype_of(type)
    if not dtype.is_floating:
        raise undefined("finfo", [dtype], "a floating type")
    info = cast(Any, ml_dtypes.finfo)(dtype.numpy)
    eps, most, least, normal = map(float, (info.eps, info.max, info.min, info.smallest_normal))
    return FloatInfo(dtype.bits, eps, most, least, normal, dtype)


@query
def iinfo(type: object, /) -> IntegerInfo:
    """The limits of an integer type."""
    dtype = _dtype_of(type)
    if not dtype.is_integer:
        raise undefined("iinfo", [dtype], "an integer type")
    info = np.iinfo(dtype.numpy)
    return IntegerInfo(dtype.bits, int(info.max), int(info.min), dtype)


def lowest(dtype: DType) -> float | int | bool:
    """What every number of a type is at least: -inf, the least integer, or False."""
    if dtype.is_floating:
        return -math.inf
    return False if dtype.kind == "b" else iinfo(dtype).min


def highest(dtype: DType) -> float | int | bool:
    """What every number of a type is at most: inf, the largest integer, or True."""
    if dtype.is_floating:
        return math.inf
    return True if dtype.kind == "b" else iinfo(dtype).max


@query
def isdtype(dtype: object, kind: object) -> bool:
    """Whether a dtype is of a kind: a dtype, one of the standard's words, or a tuple of them."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, item) for item in cast("tuple[object, ...]", kind))
    known = as_dtype(dtype)
    if isinstance(kind, str) and kind != "bool" and kind not in _KINDS:
        words = ", ".join(map(repr, _KINDS))
        raise ArgumentError("isdtype", "kind", kind, f"a dtype or one of {words}")
    return known.kind in _KINDS[kind] if isinstance(kind, str) else known is as_dtype(kind)


@query
def result_type(*arrays_and_dtypes: Any) -> DType:
    """What arrays, dtypes and Python scalars promote to; float32 for floats alone."""
    scope = running()
    operands: list[Any] = []
    for item in arrays_and_dtypes:
        if isinstance(item, (Tracer, bool, int, float)):
            operands.append(classify(item, scope))
        else:  # of an array, its type alone
            kind = numpy_array(item).dtype if has_array(item) else cast(object, item)
            operands.append((constant(0, (), as_dtype(kind)), None))
    dtype, weak = common_dtype(operands, False)
    return weak or dtype
