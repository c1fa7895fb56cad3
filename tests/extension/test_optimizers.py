"""Optimizers against hand-written NumPy, with clipping, maximisation and schedules."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from tests.extension.conftest import Counter
from tests.extension.definitions import AdamW, Lion, Momentum

Arrays = dict[str, Any]


def parameters() -> Arrays:
    rng = np.random.default_rng(1)
    return {"w": rng.normal(size=(3, 4)), "inner": [rng.normal(size=5), np.array(0.5)]}


def leaves(tree: Any) -> list[Any]:
    return [tree["w"], *tree["inner"]]


def gradients(step: int) -> Arrays:
    rng = np.random.default_rng(100 + step)
    return {"w": rng.normal(size=(3, 4)), "inner": [rng.normal(size=5), rng.normal(size=())]}


def by_momentum(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
    s["v"] = 0.9 * s.get("v", 0) + g
    return p - 0.1 * s["v"]


def by_adamw(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g * g
    p = p - 0.01 * 0.1 * p
    return p - 0.01 * (s["m"] / (1 - 0.9**t)) / (np.sqrt(s["v"] / (1 - 0.999**t)) + 1e-8)


def by_lion(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
    m = s.get("m", 0)
    s["m"] = 0.99 * m + 0.01 * g
    return p - 0.01 * (np.sign(0.9 * m + 0.1 * g) + 0.1 * p)


RULES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "momentum": (Momentum, by_momentum),
    "adamw": (lambda **k: AdamW(0.01, weight_decay=0.1, **k), by_adamw),
    "lion": (lambda **k: Lion(lr=0.01, weight_decay=0.1, **k), by_lion),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "common", [{}, {"maximize": True}, {"clip_value": 0.3}, {"clip_norm": 1.0},
               {"clip_norm": 1e6}, {"clip_value": 0.5, "clip_norm": 1, "maximize": True}],
)  # fmt: skip
def test_against_numpy(rule: str, common: dict[str, Any], compiled: Counter) -> None:
    make, expected = RULES[rule]
    optimizer = make(**common)
    params = parameters()
    state = optimizer.init(params)
    own, memory = leaves(parameters()), [dict[str, Any]() for _ in range(3)]
    first = 0
    for step in range(1, 5):
        params, state = optimizer.apply(params, gradients(step), state)
        given = leaves(gradients(step))
        if common.get("maximize"):
            given = [-g for g in given]
        if "clip_value" in common:
            given = [np.clip(g, -common["clip_value"], common["clip_value"]) for g in given]
        if "clip_norm" in common:
            norm = np.sqrt(sum((g * g).sum() for g in given))
            given = [g * min(1.0, common["clip_norm"] / norm) for g in given]
        own = [expected(p, g, s, step) for p, g, s in zip(own, given, memory, strict=True)]
        for mine, theirs in zip(leaves(params), own, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-14)
        first = first or compiled.count
    assert state["step"] == 4
    assert compiled.count == first > 0


def test_nothing_passed_in_is_changed_unless_asked() -> None:
    optimizer, params = Momentum(), parameters()
    state = optimizer.init(params)
    new, _ = optimizer.apply(params, gradients(1), state)
    np.testing.assert_array_equal(params["w"], parameters()["w"])
    np.testing.assert_array_equal(state["velocity"]["w"], np.zeros((3, 4)))
    kept = params["w"]
    state = optimizer.apply_in_place(params, gradients(1), state)
    assert params["w"] is kept and state["step"] == 1
    np.testing.assert_array_equal(kept, new["w"])


def test_schedules_and_changed_floats_compile_nothing(compiled: Counter) -> None:
    optimizer = Momentum(lr=lambda step: 1.0 / step, momentum=0.0)
    p = np.zeros(2)
    state = optimizer.init(p)
    for _ in range(3):
        p, state = optimizer.apply(p, np.ones(2), state)
    np.testing.assert_allclose(p, -(1 + 1 / 2 + 1 / 3) * np.ones(2))
    optimizer.lr = 5.0
    p, state = optimizer.apply(p, np.ones(2), state)
    assert compiled.count == 1
    optimizer.maximize = True
    q, _ = optimizer.apply(p, np.ones(2), state)
    np.testing.assert_allclose(q, p + 5)


def test_the_step_is_exact_far_out() -> None:
    """Bias corrections are computed in double, so step 10^7 and step 1 are right in float32."""
    optimizer = AdamW(lr=1.0)
    p = np.zeros(1, np.float32)
    for step in (1, 1000, 10_000_000):
        state = {**optimizer.init(p), "step": step - 1}
        new, _ = optimizer.apply(p, np.ones(1, np.float32), state)
        correction = (0.1 / (1 - 0.9**step)) / np.sqrt(0.001 / (1 - 0.999**step))
        np.testing.assert_allclose(new, -correction, rtol=1e-6)
        assert new.dtype == np.float32


def test_a_missing_gradient_leaves_its_parameter() -> None:
    optimizer, params = Momentum(clip_norm=1.0), parameters()
    grads = gradients(1)
    grads["inner"][0] = None
    new, state = optimizer.apply(params, grads, optimizer.init(params))
    np.testing.assert_array_equal(new["inner"][0], params["inner"][0])
    np.testing.assert_array_equal(state["velocity"]["inner"][0], np.zeros(5))
    assert np.any(new["w"] != params["w"])


def test_half_precision_norms_do_not_overflow() -> None:
    optimizer = Momentum(lr=1.0, momentum=0.0, clip_norm=1.0)
    p = np.zeros(4, np.float16)
    new, _ = optimizer.apply(p, np.full(4, 3e4, np.float16), optimizer.init(p))
    assert new.dtype == np.float16
    np.testing.assert_allclose(new, -0.5 * np.ones(4), rtol=1e-3)


def test_states_of_other_shapes_and_starts() -> None:
    class Averaged(dt.Optimizer):
        lr: float = 0.5
        average = dt.State(like="param", init="param", dtype=dt.float64)
        count = dt.State(init="zeros")

        def update(self, param, grad):
            new = param - self.lr * grad
            self.average = (self.average + new) / 2
            self.count = self.count + 1
            return new

    optimizer, p = Averaged(), np.ones(2, np.float32)
    state = optimizer.init(p)
    assert state["average"].dtype == np.float64 and state["count"].shape == ()
    p, state = optimizer.apply(p, np.ones(2, np.float32), state)
    np.testing.assert_array_equal(p, [0.5, 0.5])
    np.testing.assert_array_equal(state["average"], [0.75, 0.75])
    assert state["count"] == 1


def test_the_update_inside_a_trace() -> None:
    optimizer = Momentum()

    @dt.op
    def train(p, v, x, *, step=1.0, lr=0.1, momentum=0.9):
        grad = dt.grad(lambda p: dt.sum((p - x) ** 2))(p)
        hyper = {"lr": lr, "momentum": momentum}
        return optimizer.pure_update(p, grad, {"velocity": v}, step, hyper)

    p, x = np.zeros(3), np.arange(3.0)
    new, states = train(p, np.zeros(3), x)
    np.testing.assert_allclose(new, 0.2 * x)
    np.testing.assert_allclose(states["velocity"], -2 * x)


def test_what_it_shows_and_how_it_travels() -> None:
    optimizer = Lion(3, clip_norm=1)
    assert repr(optimizer) == (
        "Lion(lr=3.0, beta1=0.9, beta2=0.99, weight_decay=0.0, clip_norm=1.0)"
    )
    other = pickle.loads(pickle.dumps(optimizer))
    assert repr(other) == repr(optimizer)
    assert repr(dt.from_config(dt.get_config(optimizer))) == repr(optimizer)
    assert Lion.numpy is Lion
