"""The definitions of the design against NumPy, and how calls bind."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors, library, train
from dovetail.language.namespace import FUNCTIONS
from tests.extension.conftest import Counter
from tests.extension.definitions import focal, mish, swiglu


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def focal_losses(logits: Any, labels: Any, gamma: float) -> Any:
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    log_p = log_p[np.arange(len(labels)), labels]
    return -((1 - np.exp(log_p)) ** gamma) * log_p


def test_activation(rng: np.random.Generator) -> None:
    x = rng.normal(size=(3, 4))
    np.testing.assert_allclose(mish(x), x * np.tanh(np.log1p(np.exp(x))), rtol=1e-12)
    assert mish(x.astype(np.float16)).dtype == np.float16
    assert mish.name == "mish" and mish.__doc__ == "Mish. Misra 2019, arXiv:1908.08681."
    assert mish.location is not None and mish.location.endswith("definitions.py:10")


def test_op(rng: np.random.Generator) -> None:
    x, gate = rng.normal(size=(2, 5)), rng.normal(size=(5,))
    np.testing.assert_allclose(swiglu(x, gate), x * gate * sigmoid(gate), rtol=1e-12)
    np.testing.assert_allclose(swiglu(gate=gate, x=x), swiglu(x, gate))


def test_loss_and_its_reductions(rng: np.random.Generator) -> None:
    logits, labels = rng.normal(size=(6, 4)), np.array([0, 3, 1, 2, 2, 0])
    expected = focal_losses(logits, labels, 2.0)
    np.testing.assert_allclose(focal(logits, labels), expected.mean(), rtol=1e-12)
    np.testing.assert_allclose(focal(logits, labels, reduction="sum"), expected.sum())
    np.testing.assert_allclose(focal(logits, labels, reduction="none"), expected)
    expected = focal_losses(logits, labels, 3.5)
    np.testing.assert_allclose(focal(logits, labels, 3.5), expected.mean())
    np.testing.assert_allclose(focal(logits, labels, gamma=3.5), expected.mean())


def test_a_result_without_dimensions_is_an_array(rng: np.random.Generator) -> None:
    result = focal(rng.normal(size=(2, 3)), np.array([0, 1]))
    assert type(result) is np.ndarray and result.shape == ()


def test_floats_do_not_compile_anew_and_static_values_do(compiled: Counter) -> None:
    traces = 0

    @dt.op
    def scaled(x, factor=1.0, times=1, *, name="a", shift=None):
        nonlocal traces
        traces += 1
        x = x * factor if shift is None else x * factor + shift
        return x * times

    x = np.arange(4.0)
    for factor in (1.0, 2.0, 0.5, 3, np.float32(1.5), True):
        np.testing.assert_allclose(scaled(x, factor), x * float(factor))
        np.testing.assert_allclose(scaled(x, factor=factor), x * float(factor))
    np.testing.assert_allclose(scaled(x), x)
    assert (traces, compiled.count) == (1, 1)
    np.testing.assert_allclose(scaled(x, times=2), x * 2)
    np.testing.assert_allclose(scaled(x, times=2), x * 2)
    assert traces == 2
    np.testing.assert_allclose(scaled(x, times=True), x)  # True is not 1: a separate key
    assert traces == 3
    np.testing.assert_allclose(scaled(x, shift=x), x * 2)
    np.testing.assert_allclose(scaled(x, shift=1.5), x + 1.5)
    np.testing.assert_allclose(scaled(x, shift=2.5), x + 2.5)
    assert traces == 5
    scaled(x, name="b")
    scaled(x.astype(np.float32))
    scaled(x[::2])
    assert traces == 8


def test_trees_in_and_out() -> None:
    @dt.op
    def combine(parts, more):
        return {"sum": parts["a"] + more[0], "rest": (parts["b"], [more[1] * 2])}

    a, b = np.arange(3.0), np.ones(2)
    result = combine({"a": a, "b": b}, (a, b))
    np.testing.assert_allclose(result["sum"], 2 * a)
    assert isinstance(result["rest"], tuple) and isinstance(result["rest"][1], list)
    np.testing.assert_allclose(result["rest"][1][0], 2 * b)


def test_any_number_of_arrays() -> None:
    @dt.op
    def total(*arrays, scale=1.0):
        return sum(arrays[1:], arrays[0]) * scale

    x = np.arange(3.0)
    np.testing.assert_allclose(total(x, x, x, scale=2.0), 6 * x)
    np.testing.assert_allclose(total(x), x)


def test_an_extension_inside_another_is_traced_through(compiled: Counter) -> None:
    @dt.op
    def twice(x):
        return mish(mish(x))

    x = np.linspace(-2, 2, 5)
    result = twice(x)
    assert compiled.count == 1
    np.testing.assert_allclose(result, mish(mish(x)))


def test_captured_arrays() -> None:
    weights = np.arange(3.0)

    @dt.op
    def weighted(x):
        return weights * x + dt.exp(weights)

    x = np.ones((2, 3))
    np.testing.assert_allclose(weighted(x), weights + np.exp(weights) + 0 * x)


@dt.activation
def binarise(x):
    return dt.sign(x)


@binarise.vjp(surrogate=True)
def _(x, *, out, cotangent):
    return dt.where(dt.abs(x) <= 1, cotangent, 0.0)


def test_a_declared_surrogate() -> None:
    x = np.array([-2.0, -0.5, 0.5, 2.0])
    np.testing.assert_array_equal(binarise(x), [-1, -1, 1, 1])
    np.testing.assert_array_equal(dt.grad(lambda x: dt.sum(binarise(x) * 3))(x), [0, 3, 3, 0])
    assert binarise.rule is not None and binarise.rule.surrogate
    tangent = dt.jvp(binarise, (x,), (np.full(4, 2.0),))[1]
    np.testing.assert_array_equal(tangent, [0, 2, 2, 0])


def test_a_declared_rule_of_several_arrays_with_hyperparameters() -> None:
    @dt.op
    def pair(x, y, factor=2.0):
        return x * y * factor, x + y

    @pair.vjp
    def _(x, y, *, out, cotangent, factor):
        product, total = cotangent
        assert len(out) == 2
        return product * y * factor + total, None

    x, y = np.array([1.0, 2.0]), np.array([3.0, 5.0])

    def f(x, y, factor):
        product, total = pair(x, y, factor)
        return dt.sum(product + 10 * total)

    for factor in (2.0, 7.0):
        by_x, by_y = dt.grad(lambda x, y, factor=2.0: f(x, y, factor), argnums=(0, 1))(
            x, y, factor=factor
        )
        np.testing.assert_allclose(by_x, y * factor + 10)
        np.testing.assert_allclose(by_y, [0, 0])
    second = dt.grad(lambda y: dt.sum(dt.grad(lambda x: f(x, y, 2.0))(x)))(y)
    np.testing.assert_allclose(second, [2, 2])


def test_samples_are_kept() -> None:
    @dt.op
    def positive(x):
        return dt.log(x)

    @positive.samples
    def examples(rng):
        return (rng.uniform(1, 2, (3,)),)

    assert positive.example is examples


def test_copies_and_pickles_are_the_same_object() -> None:
    for extension in (mish, swiglu, focal, dt.relu, dt.concat):
        assert pickle.loads(pickle.dumps(extension)) is extension
        assert copy.deepcopy(extension) is extension
    gradient = pickle.loads(pickle.dumps(dt.grad(focal)))
    logits, labels = np.eye(3), np.array([0, 1, 0])
    np.testing.assert_array_equal(gradient(logits, labels), dt.grad(focal)(logits, labels))


def test_first_calls_from_many_threads_compile_once(compiled: Counter) -> None:
    @dt.op
    def slow(x, y):
        for _ in range(50):
            x = dt.tanh(x) + y
        return x

    x = np.ones(3)
    barrier, results = threading.Barrier(8), [None] * 8

    def call(index: int) -> None:
        barrier.wait()
        results[index] = slow(x, x)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compiled.count == 1
    for result in results:
        np.testing.assert_array_equal(result, results[0])


def test_the_forms_for_numpy() -> None:
    assert mish.numpy is mish
    assert dt.Layer.numpy is dt.Layer


def test_functions_of_the_language_are_extensions() -> None:
    x = np.array([-1.0, 2.0], np.float32)
    np.testing.assert_array_equal(dt.relu(x), [0, 2])
    assert dt.relu.kind == "activation" and dt.concat.kind == "op"
    np.testing.assert_array_equal(dt.zeros((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(dt.arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75])
    np.testing.assert_array_equal(dt.full((2,), 3.0), [3, 3])
    np.testing.assert_array_equal(dt.concat([x, x]), [-1, 2, -1, 2])
    np.testing.assert_array_equal(dt.pad(x, [[1, 0]]), [0, -1, 2])
    assert dt.astype(x, dt.float16).dtype == np.float16
    assert dt.swish is dt.silu


def test_every_function_of_the_language_is_there() -> None:
    missing = [name for name in FUNCTIONS if not hasattr(dt, name)]
    assert missing == []
    assert [name for name in dt.__all__ if not hasattr(dt, name)] == []
    assert set(library.PUBLIC) | set(train.PUBLIC) <= set(dt.__all__)
    assert not hasattr(dt, "no_such_name")
    assert {"mish", "Dense", "Sequential", "Adam", "grad", "float32", "pi"} <= set(dt.__all__)


@pytest.mark.parametrize("name", ["torch", "tensorflow", "keras", "jax"])
def test_a_host_that_is_not_there(name: str) -> None:
    try:
        form = getattr(mish, name)
    except (errors.HostError, errors.HostNotInstalledError) as error:
        assert f"dovetail[{name}]" in str(error) and "mish" in str(error)
    else:
        assert callable(form)
