"""What the tests of learned hyperparameters share: functions, and gradients by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.extension.base import Extension

X = np.random.default_rng(3).normal(size=(6, 4)) * 1.7
LABELS = np.array([0, 3, 1, 2, 2, 0])
WEIGHTS = np.random.default_rng(4).normal(size=(6, 4))
CHANNELS = np.array([0.3, 0.55, 0.9, 1.4])
STEP = 1e-6

# A loss whose first argument is predictions, and the one behind it what they are compared with.
_SECOND = {"focal": LABELS, "huber": X[::-1].copy()}


@dt.activation
def declared(x: Any, slope: float = 0.5) -> Any:
    """Its derivative by x is declared, that by `slope` is its own."""
    return slope * slope * x * x


@declared.vjp
def _(x: Any, *, out: Any, cotangent: Any, slope: Any) -> Any:
    return 2.0 * slope * slope * x * cotangent


def hyperparameters() -> list[tuple[Extension[..., Any], str]]:
    """Every float hyperparameter of an activation of the package, and of some losses."""
    package = {id(each): each for each in (getattr(dt, name) for name in dt.__all__)}
    found: list[tuple[Extension[..., Any], str]] = [
        (each, argument.name)
        for each in package.values()
        if isinstance(each, Extension)
        for argument in each.signature.arguments
        if argument.scalar and (each.kind == "activation" or each.name in _SECOND)
    ]
    return [*found, (declared, "slope")]


def arrays_of(function: Extension[..., Any]) -> list[Any]:
    """The arguments of a call."""
    return [X, _SECOND[function.name]] if function.name in _SECOND else [X]


def total(function: Extension[..., Any], name: str, value: Any) -> float:
    """A weighted sum of what NumPy's host computes; `value` is a float or an array."""
    settings: dict[str, Any] = {name: value}
    if function.kind == "loss":
        return float(np.sum(function(*arrays_of(function), reduction="sum", **settings)))
    return float(np.sum(function(*arrays_of(function), **settings) * WEIGHTS))


def by_differences(function: Extension[..., Any], name: str, value: float) -> float:
    """The derivative by a hyperparameter, from calls with floats."""
    above, below = (total(function, name, value + step) for step in (STEP, -STEP))
    return (above - below) / (2.0 * STEP)


def by_differences_per_channel(function: Extension[..., Any], name: str) -> Any:
    """The derivative by each element of CHANNELS, from calls with floats on one channel each."""
    found = np.zeros(len(CHANNELS))
    for channel, value in enumerate(CHANNELS):
        x, weights = X[:, channel], WEIGHTS[:, channel]
        values = [function(x, **{name: value + step}) for step in (STEP, -STEP)]
        found[channel] = np.sum((values[0] - values[1]) * weights) / (2.0 * STEP)
    return found


def value_of(name: str) -> float:
    """A value of a hyperparameter at which no element of X is at a kink."""
    return 1.3 if name in ("gamma", "beta", "sigma") else 0.7


Gradient = Callable[[Callable[..., Any], list[Any], dict[str, Any], Any], Any]


def check_host(gradient: Gradient, rtol: float = 2e-6) -> None:
    """`gradient(function, arrays, {name: value}, weights)` is that by the value, for all of them.

    `weights` are None for a loss, whose sum is differentiated.
    """
    for function, name in hyperparameters():
        loss = function.kind == "loss"
        weights = None if loss else WEIGHTS
        value = value_of(name)
        found = gradient(function, arrays_of(function), {name: np.asarray(value)}, weights)
        assert np.shape(found) == (), function
        wanted = by_differences(function, name, value)
        np.testing.assert_allclose(found, wanted, rtol, 1e-7, err_msg=f"{function} {name}")
        if not loss:
            found = gradient(function, arrays_of(function), {name: CHANNELS}, weights)
            wanted = by_differences_per_channel(function, name)
            np.testing.assert_allclose(found, wanted, rtol, 1e-7, err_msg=f"{function} {name}")
