"""Values in eager mode: agreement with NumPy's host, types, shapes, mixed arguments, errors."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from dovetail import library  # noqa: E402
from dovetail.errors import DovetailError, DTypeError, HostError, ShapeError  # noqa: E402
from dovetail.language.functions import KINDS  # noqa: E402
from tests.hosts.tensorflow.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    focal,
    gated,
    mish,
    polar,
    totals,
)

ACTIVATIONS = sorted(name for name, kind in KINDS.items() if kind == "activation")


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype", [tf.float64, tf.float32])
def test_values_are_those_of_tensorflow(name: str, dtype: Any) -> None:
    pair = PAIRS[name]
    args = pair.arguments(dtype)
    tolerance = 1e-12 if dtype is tf.float64 else 2e-6
    assert_same(pair.ours(*args), pair.theirs(*args), tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_have_the_bits_of_the_numpy_host(name: str) -> None:
    function = getattr(dt, name)
    x = np.linspace(-6, 6, 1001)
    for dtype in (np.float64, np.float32, np.float16):
        given = x.astype(dtype)
        np.testing.assert_array_equal(function(tf.constant(given)).numpy(), function(given))


def test_subnormal_numbers_are_kept_in_graphs_too() -> None:
    x = np.full(10, 1e-40, np.float32)

    @tf.function
    def doubled(x: Any) -> Any:
        return gated(x, x + 1.0, power=1.0) + mish(x)

    want = dt.multiply(x, 0.6)
    assert np.all(want > 0)
    scaled = tf.function(lambda given: dt.multiply(given, 0.6))
    np.testing.assert_array_equal(scaled(tf.constant(x)).numpy(), want)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precisions_are_rounded_once(dtype: Any) -> None:
    x = tf.cast(tf.linspace(-4.0, 4.0, 101), dtype)
    wide = mish(tf.cast(x, tf.float32))
    assert mish(x).dtype == dtype
    np.testing.assert_array_equal(mish(x).numpy(), tf.cast(wide, dtype).numpy())


@pytest.mark.parametrize("dtype", [tf.int8, tf.int32, tf.int64, tf.uint8, tf.uint64, tf.bool])
def test_integers_and_truth_values(dtype: Any) -> None:
    x = tf.cast([[0, 1], [1, 3]], dtype)
    found = dt.maximum(x, x[0])
    assert found.dtype == dtype
    want = np.maximum(x.numpy(), x[0].numpy())
    np.testing.assert_array_equal(found.numpy(), want)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4)])
def test_shapes(shape: tuple[int, ...]) -> None:
    x = tf.ones(shape)
    assert mish(x).shape == shape
    np.testing.assert_array_equal(mish(x).numpy(), mish(x.numpy()))


def test_sizes_change_from_call_to_call() -> None:
    for size in (1, 7, 64, 1000, 300_000, 5):
        x = np.random.default_rng(size).normal(size=size).astype(np.float32)
        np.testing.assert_array_equal(mish(tf.constant(x)).numpy(), mish(x))


def test_large_outputs_are_not_written_over() -> None:
    x = tf.random.normal([400_000])
    first = mish(x)
    kept = first.numpy().copy()
    for _ in range(4):
        mish(x + 1.0)
    np.testing.assert_array_equal(first.numpy(), kept)


def test_a_slice_of_a_tensor_is_read_without_a_copy() -> None:
    x = tf.random.normal([5, 7])
    np.testing.assert_array_equal(mish(x[1:4]).numpy(), mish(x.numpy()[1:4]))


def test_outputs_of_every_structure() -> None:
    x, y = tf.constant([1.0, 2.0]), tf.constant([2.0, 1.0])
    length, _, larger = polar(x, y)
    assert (length.dtype, larger.dtype) == (tf.float32, tf.bool)
    found = totals(tf.constant([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    assert sorted(found) == ["largest", "sum"]
    np.testing.assert_array_equal(found["largest"].numpy(), [2.0, 3.0])


def test_hyperparameters_change_the_value_and_not_the_operation() -> None:
    x, gate = tf.constant([0.5, 1.5]), tf.constant([1.5, 2.0])
    for power in (1.0, 2.0, 3.0, 2.0):
        want = np.sin(x.numpy()) ** 2 * gate.numpy() ** power
        np.testing.assert_allclose(gated(x, gate, power=power).numpy(), want, rtol=1e-6)
        np.testing.assert_allclose(gated(x, gate).numpy(), np.sin(x) ** 2 * gate**3, rtol=1e-6)


def test_variables_and_numpy_arrays_stand_beside_tensors() -> None:
    x = np.array([0.5, 1.5], np.float32)
    gate = tf.Variable([1.5, 2.0])
    want = gated(x, gate.numpy())
    for first, second in ((x, gate), (tf.constant(x), gate), (tf.Variable(x), gate.numpy())):
        found = gated(first, second)
        assert isinstance(found, tf.Tensor)
        np.testing.assert_array_equal(found.numpy(), want)


def test_the_language_runs_eagerly_on_tensors() -> None:
    x = tf.constant([[3.0, 1.0], [2.0, 4.0]])
    np.testing.assert_array_equal(dt.sum(x, axis=0).numpy(), [5.0, 5.0])
    np.testing.assert_array_equal(dt.sort(x, axis=-1).numpy(), np.sort(x.numpy()))
    assert_same(dt.matmul(x, x), x @ x)


def test_forms_are_functions() -> None:
    x = tf.constant([1.0, -1.0])
    for extension in (mish, library.swish if hasattr(library, "swish") else dt.silu):
        np.testing.assert_array_equal(extension.tensorflow(x).numpy(), extension(x).numpy())


def test_two_definitions_of_one_name_are_kept_apart() -> None:
    def made(factor: float) -> Any:
        @dt.op
        def local(x: Any) -> Any:
            return x * factor

        local.__qualname__ = "local"
        return local

    x = tf.constant([1.0])
    first, second = made(2.0), made(3.0)
    assert (first(x).numpy(), second(x).numpy(), first(x).numpy()) == (2.0, 3.0, 2.0)


def test_a_module_may_define_a_name_again(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[__name__]
    x = tf.constant(1.0)
    for factor in (2.0, 5.0):

        @dt.op
        def again(x: Any, factor: Any = factor) -> Any:
            return x * factor

        again.__qualname__ = "again"
        monkeypatch.setattr(module, "again", again, raising=False)
        assert float(again(x)) == factor


# Errors.


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ShapeError):
        gated(tf.ones([3]), tf.ones([4]))


def test_labels_out_of_range_raise() -> None:
    with pytest.raises((DovetailError, tf.errors.InvalidArgumentError), match="out of range"):
        focal(tf.ones([2, 3]), tf.constant([0, 3]))


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(DTypeError, match="not a data type"):
        mish(tf.constant([1j]))


def test_arrays_of_two_frameworks_are_refused() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(HostError, match="at once"):
        gated(tf.ones([2]), torch.ones(2))
