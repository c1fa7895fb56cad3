"""Rules with `prepare`, `again`, `hessian` and `evaluation` as optimizers of Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dovetail.errors import CallError
from dovetail.hosts.keras.validators import optimize
from tests.extension.optimizer_pieces import (
    GRADS,
    PIECES,
    START,
    Averaged,
    Curved,
    Distance,
    Rated,
    Sharpness,
    assert_steps,
    averaged_evaluation,
    sharpness,
)

RNG = np.random.default_rng(1)
X = RNG.normal(size=(64, 4)).astype(np.float32)
Y = X @ RNG.normal(size=(4, 2)).astype(np.float32)


def numpy(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value))


def narrow(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: array.astype(np.float32) for name, array in arrays.items()}


@pytest.mark.parametrize(
    ("piece", "rule"), PIECES, ids=[type(piece).__name__ for piece, _ in PIECES]
)
def test_five_steps(piece: Any, rule: Any) -> None:
    found = optimize(piece, narrow(START), list(map(narrow, GRADS)))
    assert_steps(found, rule, rtol=2e-3, atol=1e-4)


def model(optimizer: Any) -> Any:
    keras.utils.set_random_seed(3)
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    made.compile(optimizer, "mse")
    return made


def fit(made: Any, epochs: int) -> list[float]:
    found = made.fit(X, Y, epochs=epochs, batch_size=16, verbose=0, shuffle=False)
    return found.history["loss"]


def test_shared_states_in_fit_and_in_files(tmp_path: Path) -> None:
    made = model(Distance.keras(1.0, first=1e-4))
    first = fit(made, 3)
    assert first[-1] < first[0]
    assert float(numpy(made.optimizer._shared["distance"])) > 1e-4
    made.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(fit(made, 2), fit(again, 2), rtol=1e-6)


def test_fit_gives_no_second_gradient() -> None:
    for kind in (Sharpness, Curved):
        with pytest.raises(CallError, match=r"train_step of your own(?s:.*)dt\.Model"):
            fit(model(kind.keras(0.1)), 1)


def test_a_second_gradient_of_all_variables() -> None:
    kernel, bias, frozen = (keras.Variable(np.full(s, 2.0, "float32")) for s in ((2,), (3,), (1,)))
    optimizer = Sharpness.keras(0.1, rho=0.5)
    seen: list[Any] = []

    def again(points: Any) -> Any:
        seen.append(points)
        return keras.ops.zeros(()), [2.0 * points[0], None, 3.0 * points[2]]

    grads = [keras.ops.ones((2,)), None, keras.ops.ones((3,))]
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        optimizer.apply(grads, [kernel, frozen, bias], again=again)
    near = 2.0 + 0.5 / np.sqrt(5.0)
    ((one, two, three),) = seen
    for point, right in ((one, near), (two, 2.0), (three, near)):
        np.testing.assert_allclose(numpy(point), right, rtol=1e-6)
    np.testing.assert_allclose(numpy(kernel.value), 2.0 - 0.1 * 2 * near, rtol=1e-6)
    np.testing.assert_allclose(numpy(bias.value), 2.0 - 0.1 * 3 * near, rtol=1e-6)
    np.testing.assert_array_equal(numpy(frozen.value), 2.0)


@pytest.mark.parametrize("options", [{"clip_value": 0.25}, {"clip_norm": 0.5}], ids=str)
def test_a_second_gradient_is_clipped_too(options: dict[str, float]) -> None:
    def clipped(grads: dict[str, Any]) -> dict[str, Any]:
        if "clip_value" in options:
            return {k: np.clip(g, -0.25, 0.25) for k, g in grads.items()}
        norm = np.sqrt(sum((g * g).sum() for g in grads.values()))
        return {k: g * min(1.0, 0.5 / norm) for k, g in grads.items()}

    def again(points: Any) -> Any:
        return clipped({k: GRADS[0][k] + points[k] - START[k] for k in points})

    (found,) = optimize(Sharpness(**options), narrow(START), [narrow(GRADS[0])])
    for name, value in sharpness(START, clipped(GRADS[0]), {}, 1, again).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-6)


def test_evaluation_has_the_learning_rate_of_the_last_step() -> None:
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 4, 0.0)
    made = model(Rated.keras(schedule))
    start = [numpy(w) for w in made.get_weights()]
    made.fit(X[:48], Y[:48], batch_size=16, verbose=0)  # three steps: 1, 0.75, 0.5
    for weight, first in zip(made.get_weights(), start, strict=True):
        np.testing.assert_allclose(numpy(weight), 0.5 * first, rtol=1e-6)


def test_fit_ends_with_the_parameters_for_predictions() -> None:
    made = model(Averaged.keras(0.1))
    start = [numpy(w) for w in made.get_weights()]
    fit(made, 2)
    # The last weights and their mean, by hand.
    weights, means, count = start, start, 0
    for _ in range(2):
        for at in range(0, 64, 16):
            x, y = X[at : at + 16], Y[at : at + 16]
            error = 2 * (x @ weights[0] + weights[1] - y) / y.size
            grads = x.T @ error, error.sum(0)
            count += 1
            weights = [w - 0.1 * g for w, g in zip(weights, grads, strict=True)]
            means = [m + (w - m) / count for m, w in zip(means, weights, strict=True)]
    right = averaged_evaluation(
        dict(enumerate(weights)),
        {"mean": dict(enumerate(means))},  # type: ignore[arg-type]
    )
    for number, value in enumerate(made.get_weights()):
        np.testing.assert_allclose(value, right[number], rtol=1e-4, atol=1e-5)  # type: ignore[index]
