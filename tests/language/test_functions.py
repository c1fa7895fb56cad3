"""Every function of the namespace against NumPy and SciPy; one without samples fails."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tests.language.samples import SAMPLES

import dovetail
from dovetail.errors import ArgumentError, TraceError
from dovetail.graph import dtypes
from dovetail.language.functions import KINDS
from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE

# Functions that raise, or that answer no array.

RAISING = ("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values")


def _ask_can_cast(x: Any) -> None:
    assert dt.can_cast(dt.int8, dt.int16) is True
    assert dt.can_cast(dt.int16, dt.int8) is False
    assert dt.can_cast(dt.int8, dt.uint64) is False
    assert dt.can_cast(x, dt.float64) is True


def _ask_finfo(x: Any) -> None:
    for name in ("float16", "bfloat16", "float32", "float64"):
        info, known = dt.finfo(getattr(dt, name)), ml_dtypes.finfo(name)
        assert (info.bits, info.eps, info.max) == (known.bits, float(known.eps), float(known.max))
        assert info.smallest_normal == float(known.smallest_normal)
    assert dt.finfo(x).dtype is dt.float32


def _ask_iinfo(x: Any) -> None:
    assert (dt.iinfo(dt.int8).min, dt.iinfo(dt.int8).max) == (-128, 127)
    assert dt.iinfo("uint64").max == 2**64 - 1


def _ask_isdtype(x: Any) -> None:
    assert dt.isdtype(dt.float32, "real floating")
    assert dt.isdtype(dt.int8, ("bool", "integral"))
    assert not dt.isdtype(dt.uint8, "signed integer")
    assert dt.isdtype(x.dtype, dt.float32) and not dt.isdtype(x.dtype, dt.float64)
    assert not dt.isdtype(dt.float32, "complex floating") and dt.isdtype(dt.bool, "bool")


def _ask_result_type(x: Any) -> None:
    assert dt.result_type(x, dt.float64) is dt.float64
    assert dt.result_type(dt.int8, dt.uint8) is dt.int16
    assert dt.result_type(x, 2.0) is dt.float32
    assert dt.result_type(dt.int8, 1) is dt.int8
    assert dt.result_type(dt.int8, 1.0) is dt.float32
    assert dt.result_type(1.0) is dt.float32
    assert dt.result_type(np.ones(2, np.float64), dt.float32) is dt.float64


def test_the_type_that_arrays_promote_to_outside_of_a_trace() -> None:
    assert dt.result_type(np.ones(2, np.float32), 1.0) is dt.float32
    assert dt.result_type(np.ones(2, np.int8), np.ones(1, np.int16), True) is dt.int16


def _ask_from_dlpack(x: Any) -> None:
    array = np.arange(3.0)
    assert dt.from_dlpack(array) is array
    copied = dt.from_dlpack(array, copy=True)
    assert copied is not array and (copied == array).all()

    class Holder:
        def __dlpack__(self, **options: Any) -> Any:
            return array.__dlpack__(**options)

        def __dlpack_device__(self) -> Any:
            return array.__dlpack_device__()

    assert np.shares_memory(dt.from_dlpack(Holder()), array)
    assert not np.shares_memory(dt.from_dlpack(Holder(), copy=True), array)
    with pytest.raises(TraceError, match="memory"):
        dt.from_dlpack(x)
    with pytest.raises(ArgumentError, match="__dlpack__"):
        dt.from_dlpack([1, 2])


ASKED = {
    "can_cast": _ask_can_cast, "finfo": _ask_finfo, "from_dlpack": _ask_from_dlpack,
    "iinfo": _ask_iinfo, "isdtype": _ask_isdtype, "result_type": _ask_result_type,
}  # fmt: skip
ELSEWHERE = {
    "dropout", "fold_in", "random_normal", "random_uniform",  # test_random.py
    "associative_scan", "fori_loop", "scan", "while_loop",  # test_scan.py, test_loops.py
}  # fmt: skip


def _wide(array: Any) -> Any:
    if array.dtype.kind in "fV":
        return array.astype(np.float64)
    return array if array.dtype == bool else array.astype(np.int64)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_function(name: str, run: Any) -> None:
    if name in RAISING:
        with pytest.raises(TraceError, match="depends on the values"):
            run(FUNCTIONS[name], np.ones(3, np.float32))
        return
    if name in ASKED:
        asked = []

        def ask(x: Any) -> Any:
            asked.append(ASKED[name](x))
            return x

        run(ask, np.ones(3, np.float32))
        assert asked == [None]
        return
    if name in ELSEWHERE:
        return
    assert name in SAMPLES, f"{name} has no sample"
    for number, case in enumerate(SAMPLES[name]):
        result = run(case.call, *case.arrays)
        with np.errstate(all="ignore"):
            expected = case.reference(*map(_wide, case.arrays))
        message = f"sample {number}, shapes {[a.shape for a in case.arrays]}"
        if not isinstance(result, (tuple, list)):
            result, expected = [result], [expected]
        assert len(result) == len(expected), message
        for got, wanted in zip(result, expected, strict=True):
            assert got.shape == np.shape(wanted), message
            # The evaluator rounds where a graph narrows to half precision.
            rounding = 1e-3 if case.dtype == "float16" else 1e-6
            np.testing.assert_allclose(
                got.astype(np.float64),
                np.asarray(wanted, np.float64),
                rtol=rounding,
                atol=1e-9,
                err_msg=message,
            )
        assert set(run.dtypes) == {case.dtype}, message


def test_samples_are_of_functions() -> None:
    assert set(SAMPLES) <= set(FUNCTIONS)
    assert set(FUNCTIONS) >= ELSEWHERE
    assert {name for name, kind in KINDS.items() if kind == "query"} == set(ASKED)
    assert set(KINDS) == set(FUNCTIONS)


def test_every_function_says_what_it_does() -> None:
    for name, function in FUNCTIONS.items():
        assert (function.__doc__ or "").strip(), name


def test_namespace_has_dtypes_and_constants() -> None:
    assert dt.float32 is dtypes.float32 and dt.bool is dtypes.bool_
    assert dt.pi == np.pi and dt.newaxis is None and np.isnan(dt.nan)


def test_the_namespace_says_what_it_can() -> None:
    for namespace, traced in ((dt, True), (dovetail, False)):
        info = namespace.__array_namespace_info__()
        assert info.capabilities()["data-dependent shapes"] is not traced
        assert info.default_dtypes()["real floating"] is dtypes.float32
        assert info.devices() == [info.default_device()]
        assert set(info.dtypes()) == {dtype.name for dtype in dtypes.ALL}
        assert set(info.dtypes(kind=("bool", "real floating"))) == {
            "bool", "float16", "bfloat16", "float32", "float64",
        }  # fmt: skip
