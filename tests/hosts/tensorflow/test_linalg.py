"""`dt.linalg` on TensorFlow's tensors: eager, in graphs, under XLA, and in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError
from tests.language.linalg_cases import BY_NAME, CASES, FEW, Case, close, expected, gradients, op_of

tf: Any = pytest.importorskip("tensorflow")

each = pytest.mark.parametrize("case", CASES, ids=str)
few = pytest.mark.parametrize("case", FEW, ids=str)
few_smooth = pytest.mark.parametrize("case", [c for c in FEW if c.differentiable], ids=str)

# XLA's own decompositions, for TensorFlow, iterate until they are within about 1e-8.
ITERATED = ("eig", "svd", "pinv", "matrix_norm-nuc", "matrix_norm-2", "matrix_norm--2")


@each
def test_values(case: Case) -> None:
    given = list(map(tf.constant, case.arrays))
    close(op_of(case)(*given), expected(case))
    if case in FEW:
        close(tf.function(op_of(case))(*given), expected(case))
        unknown = [tf.TensorSpec([None] * array.ndim, tf.float64) for array in case.arrays]
        close(tf.function(op_of(case), input_signature=unknown)(*given), expected(case))


@few_smooth
def test_gradients(case: Case) -> None:
    def gradient(*given: Any) -> Any:
        with tf.GradientTape() as tape:
            for tensor in given:
                tape.watch(tensor)
            loss = tf.reduce_sum(tf.sin(op(*given) * case.scale))
        return tape.gradient(loss, list(given))

    op = op_of(case)
    given = list(map(tf.constant, case.arrays))
    eager, compiled = gradient(*given), tf.function(gradient, jit_compile=True)(*given)
    tolerance = 1e-6 if case.name.startswith(ITERATED) else 1e-10
    for got, xla, wanted in zip(eager, compiled, gradients(case), strict=True):
        close(got, wanted, 1e-8)
        close(xla, np.asarray(got), tolerance)


@few
def test_under_xla(case: Case) -> None:
    compiled = tf.function(op_of(case), jit_compile=True)
    found = compiled(*map(tf.constant, case.arrays))
    close(found, expected(case), 1e-6 if case.name.startswith(ITERATED) else 1e-12)


def test_raises_dovetails_errors() -> None:
    with pytest.raises(DovetailError, match="singular"):
        dt.linalg.inv(tf.zeros((4, 4)))


def test_keras_has_symbolic_tensors() -> None:
    keras: Any = pytest.importorskip("keras")
    whiten = dt.op(lambda x: dt.linalg.solve_triangular(dt.linalg.cholesky(x), x, lower=True))
    inputs = keras.Input((4, 4), batch_size=2, dtype="float64")
    outputs = whiten.keras(inputs)
    assert outputs.shape == (2, 4, 4)
    case = BY_NAME["cholesky"]
    found = keras.Model(inputs, outputs)(case.arrays[0])
    close(keras.ops.convert_to_numpy(found), np.linalg.cholesky(case.arrays[0]).mT)
