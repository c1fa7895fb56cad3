"""What optimizers ask of the trainer: other points, Hessian products, predictions, groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import SerialisationError
from tests.library.optimizer_rules import sam, schedule_free, sophia

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 3)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0], [0.5]]) + 0.3).astype(np.float32)
SIZE = 8


def model(optimizer: Any) -> Any:
    made = dt.Sequential(dt.Dense(1), seed=3)
    made.build(X[:1])
    made.compile(optimizer=optimizer, loss="mse")
    return made


class Looks:
    """The mean squared error of a linear model on a batch."""

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x.astype(np.float64), y.astype(np.float64)

    def gradient(self, p: dict[str, Any]) -> dict[str, Any]:
        kernel, bias = p.values()
        error = 2 * (self.x @ kernel + bias - self.y) / len(self.y)
        return dict(zip(p, (self.x.T @ error, error.sum(0)), strict=True))

    def product(self, p: dict[str, Any], v: dict[str, Any]) -> dict[str, Any]:
        kernel, bias = v.values()
        moved = 2 * (self.x @ kernel + bias) / len(self.y)
        return dict(zip(p, (self.x.T @ moved, moved.sum(0)), strict=True))


def by_hand(rule: Any, start: dict[str, Any], epochs: int) -> tuple[dict[str, Any], dict[str, Any]]:
    params, state, t = {k: v.astype(np.float64) for k, v in start.items()}, {}, 0
    for _ in range(epochs):
        for at in range(0, len(X), SIZE):
            t += 1
            look = Looks(X[at : at + SIZE], Y[at : at + SIZE])
            params = rule(params, look.gradient(params), state, t, look)
    return params, state


def fit(made: Any, epochs: int, **settings: Any) -> Any:
    return made.fit(X, Y, epochs=epochs, batch_size=SIZE, shuffle=False, verbose=0, **settings)


def ordered(parameters: dict[str, Any]) -> dict[str, Any]:
    """The kernel before the bias."""
    return dict(sorted(parameters.items(), key=lambda item: -item[1].ndim))


def test_a_second_gradient() -> None:
    made = model(dt.SAM(0.05, momentum=0.9, rho=0.3))
    start = ordered({k: v.copy() for k, v in made.parameters().items()})
    fit(made, 3)
    right, _ = by_hand(sam(0.05, 0.9, 0.3, False), start, 3)
    for name, value in right.items():
        np.testing.assert_allclose(made.parameters()[name], value, rtol=1e-4, atol=1e-5)


def test_products_with_the_hessian() -> None:
    """The random numbers follow the order of the parameters, and are single precision here."""
    made = model(dt.Sophia(0.01, gamma=1.0, interval=2, seed=7))
    assert [v.ndim for v in made.parameters().values()] == [2, 1]
    start = {k: v.copy() for k, v in made.parameters().items()}
    fit(made, 2)
    narrow = dt.random_normal

    def drawn(key: Any, shape: Any, dtype: Any = None) -> Any:
        return narrow(key, shape, dtype=dt.float32).astype(np.float64)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dt, "random_normal", drawn)
        right, _ = by_hand(sophia(0.01, 1.0, 0.0, 2, 7), start, 2)
    for name, value in right.items():
        np.testing.assert_allclose(made.parameters()[name], value, rtol=1e-4, atol=1e-5)


def test_predictions_and_validation_take_the_parameters_for_them() -> None:
    made = model(dt.ScheduleFree(0.1))
    start = {k: v.copy() for k, v in made.parameters().items()}
    history = fit(made, 3, validation_data=(X, Y))
    trained, state = by_hand(schedule_free(0.1, 0.0, 0, 0.0), start, 3)
    mean = state["x"]
    for name, value in trained.items():
        np.testing.assert_allclose(made.parameters()[name], value, rtol=1e-4, atol=1e-5)
    kernel, bias = ordered(mean).values()
    predictions = X @ kernel + bias
    np.testing.assert_allclose(made.predict(X), predictions, rtol=1e-4, atol=1e-5)
    loss = ((predictions - Y) ** 2).mean()
    assert made.evaluate(X, Y) == pytest.approx(loss, rel=1e-3)
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-3)
    others = [X @ k + b for k, b in [ordered(trained).values()]]
    assert abs(((others[0] - Y) ** 2).mean() - loss) > 0.01 * loss
    # Training goes on from the parameters that are trained.
    fit(made, 1)
    again, _ = by_hand(schedule_free(0.1, 0.0, 0, 0.0), start, 4)
    for name, value in again.items():
        np.testing.assert_allclose(made.parameters()[name], value, rtol=1e-4, atol=1e-5)


def test_shared_states_and_groups() -> None:
    bias = next(k for k, v in model("sgd").parameters().items() if v.ndim == 1)
    made = model(dt.SGD(0.1).with_groups({bias: {"lr": 0.0}}))
    start = {k: v.copy() for k, v in made.parameters().items()}
    fit(made, 1)
    assert (made.parameters()[bias] == start[bias]).all()
    assert all((made.parameters()[k] != v).any() for k, v in start.items() if k != bias)
    prodigy = model(dt.Prodigy(first=1e-3))
    losses = fit(prodigy, 40)["loss"]
    assert losses[-1] < 0.1 * losses[0]


@pytest.mark.parametrize(
    "settings", [{"gradient_accumulation_steps": 2}, {"precision": "mixed_bfloat16"}], ids=str
)
def test_accumulated_gradients_and_half_precision(settings: dict[str, Any]) -> None:
    made = dt.Sequential(dt.Dense(1), seed=3)
    made.compile(optimizer=dt.SAM(0.05), loss="mse", **settings)
    losses = fit(made, 10)["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_files_of_models_with_such_optimizers(tmp_path: Any) -> None:
    path = tmp_path / "model.dovetail"
    for optimizer in (dt.Prodigy(first=1e-3), dt.Adafactor(0.1), dt.ScheduleFree(0.1), dt.Muon()):
        made = model(optimizer)
        fit(made, 2)
        made.save(path)
        assert fit(dt.load(path), 2)["loss"] == fit(made, 2)["loss"]

    class Own(dt.Optimizer):
        norm = dt.Shared()

        def prepare(self, params: Any, grads: Any) -> None:
            self.norm = sum(dt.sum(g * g) for g in grads)

        def update(self, param: Any, grad: Any) -> Any:
            return param - grad / self.norm

    made = model(Own())
    with pytest.raises(SerialisationError, match="it has prepare"):
        made.save(path)
