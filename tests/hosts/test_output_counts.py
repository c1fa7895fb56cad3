"""Operations whose number or structure of outputs follows from sizes, on every host."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DefinitionError

HOSTS = ("numpy", "torch", "jax", "tensorflow")


@dt.op
def rows(x: Any, factor: float = 1.0) -> Any:
    """The rows of a matrix."""
    return dt.unstack(x * factor, axis=0)


@dt.op
def one_or_two(x: Any) -> Any:
    """One array, or a dict of two: another structure."""
    if x.shape[0] == 1:
        return dt.sin(x)
    return {"sine": dt.sin(x), "sum": dt.sum(x)}


def own(host: str, array: np.ndarray) -> Any:
    framework = pytest.importorskip({"jax": "jax.numpy"}.get(host, host))
    make = {"torch": "from_numpy", "tensorflow": "constant"}.get(host, "asarray")
    return getattr(framework, make)(array)


def matrix(count: int) -> np.ndarray:
    return np.arange(2.0 * count, dtype=np.float32).reshape(count, 2) + 1.0


@pytest.mark.parametrize("host", HOSTS)
def test_as_many_outputs_as_rows(host: str) -> None:
    for count in (3, 4, 1, 3, 5, 4):
        x = matrix(count)
        found = rows(own(host, x), factor=2.0)
        assert len(found) == count
        for got, want in zip(found, 2.0 * x, strict=True):
            np.testing.assert_array_equal(np.asarray(got), want)


@pytest.mark.parametrize("host", HOSTS)
def test_another_structure(host: str) -> None:
    """Also behind a fast path, which calls with one output take."""
    for count in (1, 1, 3, 1, 2):
        x = matrix(count)
        found = one_or_two(own(host, x))
        if count == 1:
            np.testing.assert_allclose(np.asarray(found), np.sin(x), rtol=1e-6)
        else:
            assert set(found) == {"sine", "sum"}
            np.testing.assert_allclose(np.asarray(found["sum"]), x.sum(), rtol=1e-6)


def test_gradients() -> None:
    torch = pytest.importorskip("torch")
    for count in (3, 5, 3):
        x = torch.from_numpy(matrix(count)).requires_grad_()
        sum((n + 1.0) * row.sum() for n, row in enumerate(rows(x))).backward()
        want = np.repeat(np.arange(1.0, count + 1.0)[:, None], 2, axis=1)
        np.testing.assert_array_equal(x.grad, want)
    jax = pytest.importorskip("jax")
    for count in (3, 5, 3):
        total = jax.jit(lambda x: sum((n + 1.0) * row.sum() for n, row in enumerate(rows(x))))
        want = np.repeat(np.arange(1.0, count + 1.0)[:, None], 2, axis=1)
        np.testing.assert_array_equal(jax.grad(total)(matrix(count)), want)
    tf = pytest.importorskip("tensorflow")
    for count in (3, 5, 3):
        x = tf.constant(matrix(count))
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.add_n([(n + 1.0) * tf.reduce_sum(r) for n, r in enumerate(rows(x))])
        want = np.repeat(np.arange(1.0, count + 1.0)[:, None], 2, axis=1)
        np.testing.assert_array_equal(tape.gradient(total, x), want)


def test_graphs_that_are_kept() -> None:
    """A graph names the operation that fits its sizes."""
    torch = pytest.importorskip("torch")

    class Rows(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return rows(x)

    programs = {
        n: torch.export.export(Rows(), (torch.from_numpy(matrix(n)),)).module() for n in (3, 6)
    }
    for count, program in programs.items():
        assert len(program(torch.from_numpy(matrix(count)))) == count
    tf = import_module("tensorflow")
    run = tf.function(rows)
    for count in (3, 6, 3):
        assert len(run(tf.constant(matrix(count)))) == count
    known = tf.function(rows, input_signature=[tf.TensorSpec((4, None))])
    assert len(known(tf.constant(matrix(4)))) == 4


def test_a_number_that_follows_from_an_unknown_size() -> None:
    tf = pytest.importorskip("tensorflow")

    @dt.op
    def fresh(x: Any) -> Any:
        return dt.unstack(x, axis=0)

    run = tf.function(fresh, input_signature=[tf.TensorSpec((None, 3))])
    with pytest.raises((DefinitionError, tf.errors.OpError), match="sizes"):
        run(tf.constant(np.ones((5, 3), np.float32)))


def test_keras_models() -> None:
    keras = pytest.importorskip("keras")
    for count in (3, 4):
        given = keras.Input(batch_shape=(count, 2))
        outputs = rows(given)
        assert len(outputs) == count and {each.shape for each in outputs} == {(2,)}
        model = keras.Model(given, outputs[-1])
        np.testing.assert_array_equal(np.asarray(model(matrix(count))), matrix(count)[-1])
