"""Data types: names, conversions, and what two of them promote to."""

from __future__ import annotations

import builtins
import copy
import itertools
import pickle
from types import FunctionType

import ml_dtypes
import numpy as np
import pytest

from dovetail.errors import DTypeError
from dovetail.graph import dtypes as dt
from dovetail.graph.dtypes import ALL, DType, as_dtype, promote

PAIRS = list(itertools.product(ALL, repeat=2))


def expected(first: DType, second: DType) -> DType | None:
    """NumPy's answer, where the standard or NumPy and Dovetail mean the same."""
    if "bfloat16" in (first.name, second.name):
        return None
    kinds = {first.kind, second.kind}
    if "f" in kinds and kinds != {"f"}:
        return None  # an integer meeting a floating type: the floating one, as in PyTorch and JAX
    if (
        kinds == {"i", "u"}
        and 64 in (first.bits, second.bits)
        and "uint64" in (first.name, second.name)
    ):
        return None
    return as_dtype(np.promote_types(first.numpy, second.numpy))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_promotion(first, second):
    answer = expected(first, second)
    if answer is not None:
        assert promote(first, second) is answer
    elif {first.kind, second.kind} == {"i", "u"}:
        with pytest.raises(DTypeError, match="no common"):
            promote(first, second)
    elif first.kind != second.kind:
        assert promote(first, second) is (first if first.is_floating else second)
    else:
        wider = {"bfloat16": dt.bfloat16, "float16": dt.float32}
        other = second if first is dt.bfloat16 else first
        assert promote(first, second) is wider.get(other.name, other)


def test_promotion_is_symmetric():
    for first, second in PAIRS:
        try:
            assert promote(first, second) is promote(second, first)
        except DTypeError:
            with pytest.raises(DTypeError, match="no common"):
                promote(second, first)


@pytest.mark.parametrize("dtype", ALL)
def test_names_convert_and_identity_survives(dtype):
    assert as_dtype(dtype) is as_dtype(dtype.name) is as_dtype(dtype.numpy) is dtype
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert copy.deepcopy(dtype) is dtype
    assert dtype.numpy.itemsize == dtype.itemsize


def test_conversions():
    assert as_dtype(float) is dt.float32
    assert as_dtype(int) is dt.int64
    assert as_dtype(bool) is dt.bool_
    assert as_dtype(np.float32) is dt.float32
    assert as_dtype(ml_dtypes.bfloat16) is dt.bfloat16
    assert as_dtype(np.dtype(">f8")) is dt.float64


@pytest.mark.parametrize("dtype", ALL)
def test_equal_to_numpys(dtype):
    assert dtype == dtype.numpy and dtype.numpy == dtype and not dtype != dtype.numpy  # noqa: SIM202
    assert hash(dtype) == hash(dtype.numpy) and {dtype: 1}[dtype.numpy] == {dtype.numpy: 1}[dtype]
    assert [other for other in ALL if other == dtype.numpy] == [dtype]
    assert dtype != dtype.name and dtype != "nothing"


@pytest.mark.parametrize("value", ["float8", complex, np.dtype("S3"), object(), None, [], "qint8"])
def test_unknown_types_are_refused(value):
    with pytest.raises(DTypeError, match="not a data type"):
        as_dtype(value)


def test_half_precision_computes_in_float32():
    assert dt.float16.compute is dt.bfloat16.compute is dt.float32
    assert dt.float64.compute is dt.float64
    assert dt.int8.compute is dt.int8


def test_hashes_need_no_name_of_the_module():
    """At the end of a process, weak dictionaries hash types when these names are gone."""
    alone = FunctionType(DType.__hash__.__code__, {"__builtins__": builtins})
    assert [alone(dtype) for dtype in ALL] == [hash(dtype.numpy) for dtype in ALL]
