"""States that are there only `when` a field is true, and fields that hold arrays."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DefinitionError

START = {"w": np.array([1.0, -2.0, 3.0]), "b": np.array([[0.5, 4.0]])}
GRADS = [{k: np.cos(v * n) for k, v in START.items()} for n in range(1, 6)]


class Momentum(dt.Optimizer):
    lr: float = 0.1
    momentum: float = 0.0
    velocity = dt.State(like="param", init="zeros", when="momentum")

    def update(self, param: Any, grad: Any) -> Any:
        if self.velocity is None:
            return param - self.lr * grad
        self.velocity = self.momentum * self.velocity + grad
        return param - self.lr * self.velocity


class Masked(dt.Optimizer):
    lr: float = 0.1
    mask: Any = None

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad * dt.asarray(self.mask)


def by_hand(momentum: float, sign: float = 1.0, bound: float = np.inf) -> dict[str, Any]:
    found = {}
    for name, param in START.items():
        velocity = np.zeros_like(param)
        for grads in GRADS:
            grad = np.clip(sign * grads[name], -bound, bound)
            velocity = momentum * velocity + grad
            param = param - 0.1 * velocity
        found[name] = param
    return found


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("options", [{}, {"maximize": True}, {"clip_value": 0.25}], ids=str)
def test_with_and_without(momentum: float, options: dict[str, Any]) -> None:
    sign = -1.0 if options.get("maximize") else 1.0
    expected = by_hand(momentum, sign, options.get("clip_value", np.inf))
    rule = Momentum(momentum=momentum, **options)
    params, own = START, copy.deepcopy(START)
    state, own_state = rule.init(params), rule.init(params)
    assert ("velocity" in state) == (momentum != 0)
    for grads in GRADS:
        params, state = rule.apply(params, grads, state)
        own_state = rule.apply_in_place(own, grads, own_state)
        rule, state = pickle.loads(pickle.dumps((rule, state)))
    assert ("velocity" in state) == ("velocity" in own_state) == (momentum != 0)
    for name, right in expected.items():
        np.testing.assert_allclose(params[name], right, rtol=1e-12)
        np.testing.assert_allclose(own[name], right, rtol=1e-12)


def test_a_state_begins_when_its_field_becomes_true() -> None:
    rule = Momentum()
    params, state = rule.apply(START, GRADS[0], rule.init(START))
    rule.momentum = 0.5
    for grads in GRADS[1:3]:
        params, state = rule.apply(params, grads, state)
    one, two, three = (each["w"] for each in GRADS[:3])
    right = START["w"] - 0.1 * (one + two + (0.5 * two + three))
    np.testing.assert_allclose(params["w"], right, rtol=1e-12)
    rule.momentum = 0.0
    assert "velocity" not in rule.apply(params, GRADS[3], state)[1]


def test_in_the_trainer() -> None:
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    y = x @ np.ones((3, 1), np.float32)
    found = {}
    for momentum in (0.0, 0.9):
        model = dt.Sequential(dt.Dense(1), seed=0)
        model.compile(Momentum(momentum=momentum), "mean_squared_error")
        model.fit(x, y, epochs=2, batch_size=8, verbose=0)
        slots = model._training.slots
        assert ("velocity" in slots) == (momentum != 0)
        found[momentum] = model.parameters()["layers.0.kernel"]
    twin = dt.Sequential(dt.Dense(1), seed=0)
    twin.build(x)
    kernel, bias = (np.float64(twin.parameters()[f"layers.0.{n}"]) for n in ("kernel", "bias"))
    for _ in range(2):
        error = 2 * (x @ kernel + bias - y) / len(x)
        kernel, bias = kernel - 0.1 * x.T @ error, bias - 0.1 * error.sum(axis=0)
    np.testing.assert_allclose(found[0.0], kernel, rtol=1e-5)
    assert not np.allclose(found[0.9], kernel, rtol=1e-5)


def test_assigning_to_a_state_that_is_not_there() -> None:
    class Careless(Momentum):
        def update(self, param: Any, grad: Any) -> Any:
            self.velocity = grad
            return param

    rule = Careless()
    with pytest.raises(DefinitionError, match="momentum"):
        rule.apply(START, GRADS[0], rule.init(START))


def test_the_checker_takes_it() -> None:
    for momentum in (0.0, 0.9):
        assert dt.check(Momentum(momentum=momentum), quick=True, hosts=["numpy"]).passed


@pytest.mark.parametrize("in_place", [False, True])
def test_arrays_as_fields(in_place: bool) -> None:
    """Masks that are shown alike are not the same; one that is written to is another one."""
    mask = np.ones(3000)
    other = mask.copy()
    other[1500] = 0.0
    rule = Masked(mask=mask)

    def moved() -> Any:
        params, grads = {"w": np.zeros(3000)}, {"w": np.ones(3000)}
        state = rule.init(params)
        if not in_place:
            return rule.apply(params, grads, state)[0]["w"]
        rule.apply_in_place(params, grads, state)
        return params["w"]

    np.testing.assert_array_equal(moved(), -0.1 * mask)
    rule.mask = other
    np.testing.assert_array_equal(moved(), -0.1 * other)
    other[7] = 3.0
    np.testing.assert_array_equal(moved(), -0.1 * other)
    for zero in (0.0, -0.0):
        rule.mask = (1.0, zero)
        assert rule.group_program(("lr",)) is rule.group_program(("lr",))
    rule.mask = (1.0, 0.0)
    first = rule.group_program(("lr",))
    rule.mask = (1.0, -0.0)
    assert rule.group_program(("lr",)) is not first
