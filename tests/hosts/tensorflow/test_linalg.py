"""`dt.linalg` on TensorFlow's tensors: eager, in graphs, under XLA, and in Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError
from tests.language.linalg_cases import (
    BY_NAME,
    FEW,
    Case,
    all_close,
    close,
    each_case,
    expected,
    few_smooth_cases,
    gradients,
    op_of,
)

tf: Any = pytest.importorskip("tensorflow")


# XLA's own decompositions, for TensorFlow, iterate until they are within about 1e-8.
ITERATED = ("eig", "svd", "pinv", "matrix_norm-nuc", "matrix_norm-2", "matrix_norm--2")


def _exact_to(case: Case) -> float:
    return 1e-6 if case.name.startswith(ITERATED) else 1e-12


def _is_slow_under_xla(case: Case) -> bool:
    return case.differentiable and case.name != "svdvals" and case.name.startswith(ITERATED)


@each_case
def test_values(case: Case) -> None:
    given = list(map(tf.constant, case.arrays))
    close(op_of(case)(*given), expected(case))
    if case in FEW:
        close(tf.function(op_of(case))(*given), expected(case))
        unknown = [tf.TensorSpec([None] * array.ndim, tf.float64) for array in case.arrays]
        close(tf.function(op_of(case), input_signature=unknown)(*given), expected(case))


@few_smooth_cases
def test_gradients(case: Case) -> None:
    """Eager and under XLA; where XLA compiles slowly, its values are looked at here, too."""

    def gradient(*given: Any) -> Any:
        with tf.GradientTape() as tape:
            for tensor in given:
                tape.watch(tensor)
            value = op(*given)
            loss = tf.reduce_sum(tf.sin(value * case.scale))
        return value, tape.gradient(loss, list(given))

    op = op_of(case)
    given = list(map(tf.constant, case.arrays))
    _, eager = gradient(*given)
    value, compiled = tf.function(gradient, jit_compile=True)(*given)
    close(value, expected(case), _exact_to(case))
    tolerance = 1e-6 if case.name.startswith(ITERATED) else 1e-10
    all_close(eager, gradients(case), 1e-8)
    all_close(compiled, eager, tolerance)


@pytest.mark.parametrize("case", [c for c in FEW if not _is_slow_under_xla(c)], ids=str)
def test_under_xla(case: Case) -> None:
    compiled = tf.function(op_of(case), jit_compile=True)
    close(compiled(*map(tf.constant, case.arrays)), expected(case), _exact_to(case))


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
