"""What Python's own tools say of extensions, layers and optimizers: inspect, help, functools."""

from __future__ import annotations

import functools
import inspect
import pydoc
from typing import Any

import pytest

import dovetail as dt
from tests.extension.definitions import mish


def shifted(x: Any, shift: float = 2.0) -> Any:
    """Shifted."""
    return x + shift


class Scale(dt.Layer):
    """Scaled."""

    features: int = dt.from_input(axis=-1)
    eps: float = 1e-6
    scale = dt.Parameter("features", init="ones")

    def forward(self, x: Any) -> Any:
        return x * self.scale


class Smaller(Scale):
    eps = 1e-3
    units: int = 3


class Given(dt.Layer):
    def __init__(self, width: int, *, deep: bool = False) -> None:
        super().__init__()

    def forward(self, x: Any) -> Any:
        return x


class Late(dt.Layer):
    eps: float = 1e-6
    units: int

    def forward(self, x: Any) -> Any:
        return x


class Descent(dt.Optimizer):
    lr: float = 0.1

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad


def shown(thing: Any) -> str:
    """The signature without its annotations."""
    found = inspect.signature(thing)
    bare = [each.replace(annotation=each.empty) for each in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


@pytest.mark.parametrize("kind", [dt.op, dt.activation, dt.loss])
def test_the_attributes_of_a_wrapper(kind: Any) -> None:
    extension = kind(shifted)
    for name in functools.WRAPPER_ASSIGNMENTS:
        if hasattr(shifted, name):
            assert getattr(extension, name) == getattr(shifted, name)
    assert extension.__wrapped__ is shifted
    assert inspect.unwrap(extension) is shifted


def test_extensions() -> None:
    assert inspect.signature(mish) == inspect.signature(mish.definition)
    assert shown(dt.softmax) == "(x, /, axis=-1)"
    assert inspect.signature(dt.squareplus).parameters["b"].annotation == "float"
    assert shown(dt.op(shifted, name="other")) == "(x, shift=2.0)"
    assert shown(dt.grad(mish)) == "(x)"
    assert dt.softmax.__name__ == dt.softmax.__qualname__ == "softmax"
    assert dt.softmax.__module__ == "dovetail"


def test_losses_say_reduction() -> None:
    loss = dt.loss(shifted)
    assert shown(loss) == "(x, shift=2.0, *, reduction='mean')"
    assert shown(dt.focal).endswith("gamma=2.0, *, ignore_index=None, reduction='mean')")
    assert shown(dt.grad(loss)) == shown(dt.vmap(loss)) == shown(loss)


def test_layers_and_optimizers() -> None:
    assert shown(Scale) == "(features=from_input(axis=-1), eps=1e-06, *, seed=None)"
    assert shown(Smaller) == "(features=from_input(axis=-1), eps=0.001, units=3, *, seed=None)"
    assert inspect.signature(Smaller).parameters["eps"].annotation == "float"
    assert shown(Given) == "(width, *, deep=False)"
    assert shown(Late) == "(*args, seed=None, **kwargs)"  # Python has no signature for it
    assert Late(1.0, 3).units == 3
    assert shown(Descent) == "(lr=0.1, *, clip_norm=None, clip_value=None, maximize=False)"
    assert shown(dt.Sequential) == "(*layers, seed=None)"
    assert shown(Scale()) == "(*inputs, training=None, **kwargs)"


@pytest.mark.parametrize("thing", [mish, dt.softmax, dt.focal, Scale, dt.Layer])
def test_help(thing: Any) -> None:
    text = pydoc.plain(pydoc.render_doc(thing))
    assert (thing.__doc__ or "").splitlines()[0] in text
    assert thing.__name__ + "(" in text.replace(", /", "")
