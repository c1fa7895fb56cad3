"""Matrix products against float64, every layout and data type, and the BLAS pointer."""

from __future__ import annotations

import ctypes
import itertools
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dovetail.compile.cpu import blas, blas_library

RANDOM = np.random.default_rng(5)
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)

LAYOUTS = ("rows", "columns", "strided", "reversed", "sliced", "broadcast")


def laid_out(values: np.ndarray[Any, Any], layout: str) -> np.ndarray[Any, Any]:
    """The same values in another memory layout."""
    if layout == "columns":
        return np.ascontiguousarray(values.mT).mT
    if layout == "strided":
        doubled = np.zeros((*values.shape[:-2], values.shape[-2] * 2, values.shape[-1] * 3))
        view = doubled.astype(values.dtype)[..., ::2, ::3]
        view[...] = values
        return view
    if layout == "reversed":
        return np.ascontiguousarray(values[..., ::-1, ::-1])[..., ::-1, ::-1]
    if layout == "sliced":
        wide = np.zeros((*values.shape[:-1], values.shape[-1] + 3), values.dtype)
        wide[..., 2:-1] = values
        return wide[..., 2:-1]
    if layout == "broadcast":
        return np.broadcast_to(values[..., :1, :], values.shape)
    return np.ascontiguousarray(values)


def samples(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    if np.dtype(dtype).kind in "biu":
        return RANDOM.integers(0, 2 if dtype == np.bool_ else 50, shape).astype(dtype)
    return RANDOM.standard_normal(shape).astype(dtype)


def reference(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.einsum("...ij,...jk->...ik", a.astype(np.float64), b.astype(np.float64))


@pytest.mark.parametrize(("first", "second"), list(itertools.product(LAYOUTS, LAYOUTS)))
def test_every_layout(first: str, second: str) -> None:
    a = laid_out(samples((7, 5), np.float32), first)
    b = laid_out(samples((5, 6), np.float32), second)
    kept = a.copy(), b.copy()
    out = np.full((7, 6), np.nan, np.float32)
    assert blas.matmul(a, b, out) is None
    np.testing.assert_allclose(out, reference(a, b), rtol=1e-5, atol=1e-5)
    assert np.array_equal(a, kept[0])
    assert np.array_equal(b, kept[1])


SHAPES = [
    ((1, 1), (1, 1)),
    ((4, 1), (1, 3)),
    ((1, 9), (9, 1)),
    ((3, 0), (0, 2)),
    ((0, 3), (3, 2)),
    ((3, 4), (4, 0)),
    ((2, 3, 4), (4, 5)),
    ((6, 2, 3, 4), (4, 5)),
    ((2, 3, 4), (2, 4, 5)),
    ((3, 4), (2, 4, 5)),
    ((2, 1, 3, 4), (1, 6, 4, 5)),
    ((0, 3, 4), (4, 5)),
    ((2, 3, 0), (0, 5)),
    ((130, 70), (70, 90)),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["rows", "columns", "strided"])
def test_shapes(left: tuple[int, ...], right: tuple[int, ...], dtype: Any, layout: str) -> None:
    a, b = laid_out(samples(left, dtype), layout), laid_out(samples(right, dtype), layout)
    expected = reference(a, b)
    out = np.full(expected.shape, np.nan, dtype)
    blas.matmul(a, b, out)
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)


def test_batches_in_another_order() -> None:
    a = samples((5, 3, 4), np.float32).transpose(1, 0, 2)
    out = np.empty((3, 5, 6), np.float32)
    b = samples((4, 6), np.float32)
    blas.matmul(a, b, out)
    np.testing.assert_allclose(out, reference(a, b), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, BFLOAT16])
def test_halves_are_rounded_once(dtype: Any) -> None:
    a, b = samples((9, 500), dtype), samples((500, 8), dtype)
    out = np.empty((9, 8), dtype)
    blas.matmul(a, b, out)
    exact = reference(a, b)
    wide = a.astype(np.float32) @ b.astype(np.float32)
    assert np.array_equal(out, wide.astype(dtype))
    step = 2.0**-11 if dtype == np.float16 else 2.0**-8
    np.testing.assert_allclose(out.astype(np.float64), exact, rtol=1.01 * step, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_integers_are_exact_and_wrap(dtype: Any) -> None:
    a, b = samples((2, 6, 7), dtype), samples((7, 5), dtype)
    out = np.empty((2, 6, 5), dtype)
    blas.matmul(a, b, out)
    exact = np.einsum("...ij,...jk->...ik", a.astype(object), b.astype(object))
    size = 8 * out.dtype.itemsize
    assert np.array_equal(out.astype(object) % 2**size, exact % 2**size)


def test_bool() -> None:
    a, b = samples((6, 3), np.bool_), samples((3, 5), np.bool_)
    out = np.empty((6, 5), np.bool_)
    blas.matmul(a, b, out)
    assert np.array_equal(out, reference(a, b) > 0)
    assert out.any()
    assert not out.all()


def test_nan_and_infinity_are_kept() -> None:
    a = np.array([[np.nan, 0.0], [np.inf, 1.0], [np.inf, 0.0]], np.float32)
    b = np.array([[1.0], [2.0]], np.float32)
    out = np.empty((3, 1), np.float32)
    blas.matmul(a, b, out)
    assert np.isnan(out[0, 0])
    assert np.isposinf(out[1:, 0]).all()


def test_output_may_be_an_operand() -> None:
    a, b = samples((6, 6), np.float32), samples((6, 6), np.float32)
    expected = reference(a, b)
    blas.matmul(a, b, a)
    np.testing.assert_allclose(a, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layout", ["strided", "columns", "reversed"])
def test_blas_is_used_for_every_layout(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy calls BLAS for elements that follow one another, in rows or in columns."""
    given: list[tuple[int, ...]] = []
    multiply = np.matmul

    def matmul(a: Any, b: Any, out: Any) -> Any:
        given.extend(each.strides for each in (a, b))
        return multiply(a, b, out=out)

    a = laid_out(samples((256, 256), np.float32), layout)
    out = np.empty((256, 256), np.float32)
    monkeypatch.setattr(np, "matmul", matmul)
    blas.matmul(a, a, out)
    assert given
    assert all(min(strides) == 4 and max(strides) >= 1024 for strides in given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_pointer_computes_products(dtype: str) -> None:
    found = blas_library.gemm_address(dtype)
    if found is None:
        pytest.skip("NumPy does not use OpenBLAS here")
    address, bits = found
    assert bits in (32, 64)
    assert blas_library.gemm_address(dtype) == found
    m, n, k = 65, 33, 129
    a, b = samples((m, k), dtype), samples((k, n), dtype)
    c = np.full((m, n), np.nan, dtype)
    integer = ctypes.c_int64 if bits == 64 else ctypes.c_int32
    number = ctypes.c_float if dtype == "float32" else ctypes.c_double
    plain, one, zero = ctypes.c_char(b"N"), number(1), number(0)
    rows, columns, inner = integer(m), integer(n), integer(k)
    gemm = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)(address)
    by = ctypes.addressof
    # Column-major: C^T = B^T A^T.
    gemm(
        *(by(plain), by(plain), by(columns), by(rows), by(inner), by(one)),
        *(b.ctypes.data, by(columns), a.ctypes.data, by(inner)),
        *(by(zero), c.ctypes.data, by(columns)),
    )
    np.testing.assert_allclose(c, reference(a, b), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float16", "int32", "complex64", "", "nonsense"])
def test_no_pointer_for_other_types(dtype: str) -> None:
    assert blas_library.gemm_address(dtype) is None


def test_numpy_from_a_wheel_has_a_pointer() -> None:
    if not list(blas_library.wheel_libraries()):
        pytest.skip("NumPy is not from a wheel with OpenBLAS")
    program = (
        "from dovetail.compile.cpu.blas_library import gemm_address\n"
        "assert gemm_address('float32')[1] == 64\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.skipif(blas._thread_control() is None, reason="needs OpenBLAS")  # pyright: ignore[reportPrivateUsage]
def test_a_child_forked_while_a_loop_multiplies_has_all_threads() -> None:
    """A loop keeps BLAS on one thread; in a child of another thread, that loop does not go on."""
    script = """
import ctypes, os
import numpy as np
import dovetail as dt
from dovetail.compile.cpu import blas, native

loop = dt.op(lambda w, h, xs: dt.scan(lambda h, x: (dt.tanh(h @ w + x), ()), h, xs)[0])
loop(np.ones((3, 3)), np.ones((2, 3)), np.ones((4, 2, 3)))
get, put = blas._thread_control()
put(3)
enter = native._symbols["dovetail_enter_one_thread"]
ctypes.CFUNCTYPE(None, ctypes.c_void_p)(enter)(blas.threads_address())
assert get() == 1
child = os.fork()
if child == 0:
    os._exit(0 if get() == 3 else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_threads_that_ask_first_get_the_same_struct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code keeps the address: a second struct would be freed under it."""
    threads = 4
    barrier = threading.Barrier(threads)

    def fields() -> list[int]:
        time.sleep(0.02)  # so that all threads are inside
        return [1, 2]

    made = blas._Threads()  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(made, "_fields", fields, raising=False)

    def ask(_: int) -> int:
        barrier.wait()
        return made.address()

    with ThreadPoolExecutor(threads) as pool:
        assert set(pool.map(ask, range(threads))) == {made.address()}
