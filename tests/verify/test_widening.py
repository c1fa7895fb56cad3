"""Results of another type than the arguments are found, with the cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.graph.dtypes import bfloat16, float16, float32, float64
from dovetail.verify.targets import target_of
from dovetail.verify.widening import mistyped
from tests.verify.conftest import verdict_of

CAPTURED = np.linspace(0.5, 1.5, 5)


def fixed(number: float) -> Any:
    """A constant with a fixed data type in a definition."""
    return dt.astype(dt.asarray(number), dt.float32)


class Widened(dt.Layer):
    """A layer with a constant of a fixed type."""

    features: int = dt.from_input(axis=-1)
    scale = dt.Parameter("features", init="ones")

    def forward(self, x: Any) -> Any:
        return x * self.scale * dt.astype(dt.asarray(0.1), dt.float32)


class Kept(dt.Layer):
    """The same, of the type that the parameter has."""

    features: int = dt.from_input(axis=-1)
    scale = dt.Parameter("features", init="ones")

    def forward(self, x: Any) -> Any:
        return x * self.scale * dt.astype(dt.asarray(0.1), self.scale.dtype)


# A definition, the first type of arguments for which it fails, the wrong type, and the cause.
PLANTED: dict[str, tuple[Callable[[], Any], str, str, str]] = {
    "a constant in an activation": (
        lambda: dt.activation(lambda x: x * fixed(0.1)),
        "float16", "float32", "the constant 0.1 is float32",
    ),
    "a captured array in an op": (
        lambda: dt.op(lambda x: x * CAPTURED), "float32", "float64",
        "a captured array is float64",
    ),
    "a constant in an op of two arrays": (
        lambda: dt.op(lambda x, y: x + y * dt.asarray(2.0, dtype=dt.float64)),
        "float32", "float64", "the constant 2 is float64",
    ),
    "a branch of a fixed type": (
        lambda: dt.activation(lambda x: x * dt.where(x > 0, fixed(1.03125), fixed(0.015625))),
        "float16", "float32", "is float32",
    ),
    "a constant in a loss": (
        lambda: dt.loss(lambda x, y: (x - y) ** 2 * dt.asarray(0.5, dtype=dt.float32)),
        "float16", "float32", "the constant 0.5 is float32",
    ),
    "a constant in a layer": (Widened, "float16", "float32", "the constant 0.1 is float32"),
    "a truth value of a fixed type": (
        lambda: dt.op(lambda x: x * dt.astype(x > 0, dt.float32)),
        "float16", "float32", "the result of cast is float32",
    ),
    "an activation with a fixed type": (
        lambda: dt.activation(lambda x: dt.astype(dt.tanh(x), dt.float64)),
        "float32", "float64", "it is converted to that type",
    ),
    "an activation that narrows": (
        lambda: dt.activation(lambda x: dt.astype(dt.tanh(x), dt.float32)),
        "float64", "float32", "it is converted to that type",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_type_that_does_not_follow_is_found(name: str) -> None:
    make, given, got, cause = PLANTED[name]
    verdict = verdict_of("data types", make())
    assert verdict.status == "failed"
    assert f"for {given} arguments is {got}" in verdict.summary and cause in verdict.summary
    assert "test_widening.py:" in verdict.summary or "it is converted" in cause
    assert verdict.case is not None and "dt.astype" in verdict.remedy


RIGHT: dict[str, Callable[[], Any]] = {
    "numbers": lambda: dt.activation(lambda x, slope=0.1: x * slope + 0.5 * dt.tanh(x)),
    "wide inside": lambda: dt.activation(
        lambda x: dt.astype(dt.tanh(dt.astype(x, dt.float32)), x.dtype)
    ),
    "a conversion that is the op": lambda: dt.op(lambda x: dt.astype(x, dt.float32)),
    "a sum in a type": lambda: dt.op(lambda x: dt.sum(x, dtype=dt.float64)),
    "an index": lambda: dt.op(lambda x: dt.argmax(x, axis=-1)),
    "a share of indices": lambda: dt.op(
        lambda x: dt.mean(dt.astype(dt.argmax(x, axis=-1) == 0, dt.float32))
    ),
    "a constant in the type of the argument": lambda: dt.op(
        lambda x: x * dt.astype(dt.asarray(CAPTURED), x.dtype)
    ),
    "a layer in the type of its parameter": Kept,
}


@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarm(name: str) -> None:
    target = target_of(RIGHT[name](), np.random.default_rng(0))
    for call in target.calls:
        for dtype in (float16, bfloat16, float32, float64):
            assert mistyped(call.with_sample(call.sample.cast(dtype)), target.kind) is None


def test_a_widened_result_is_not_said_to_lean() -> None:
    """The bias of a result is measured in its type, not in that of the argument."""
    widened = dt.activation(
        lambda x, slope=0.01: x * dt.astype(dt.where(x > 0, 1.0, slope), dt.float32)
    )
    assert verdict_of("data types", widened).status == "failed"
    assert verdict_of("signed bias", widened).status == "passed"
