"""Dovetail on NumPy arrays: the public interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from problems import EPSILON, Adam, Array, Problem

import dovetail as dt
from dovetail.timing import Call

VARIANTS = OPTIMIZERS = ("Dovetail",)


def set_threads(count: int) -> None:
    """Nothing to do: kernels.py sets DOVETAIL_NUM_THREADS before the first call."""


@dt.op
def rms_norm(x: Any, scale: Any) -> Any:
    """The library's, with PyTorch's arguments."""
    return dt.rms_norm(x, scale, eps=EPSILON)


@dt.op
def layer_norm(x: Any, scale: Any, bias: Any) -> Any:
    """The library's, with PyTorch's arguments."""
    return dt.layer_norm(x, scale, bias, eps=EPSILON)


@dt.loss
def cross_entropy(logits: Any, labels: Any) -> Any:
    """-log softmax(logits) at the label of each row."""
    log_p = dt.log_softmax(logits, axis=-1)
    return -dt.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]


FORWARD: Mapping[str, Callable[..., Any]] = {
    "mish": dt.mish,
    "gelu": dt.gelu,
    "swiglu": dt.swiglu,
    "softmax": dt.softmax,
    "log_softmax": dt.log_softmax,
    "rms_norm": rms_norm,
    "layer_norm": layer_norm,
    "cross_entropy": cross_entropy,
}


def _one(function: Callable[..., Any]) -> Any:
    @dt.op
    def both(x: Any, cotangent: Any) -> Any:
        value, pull = dt.vjp(function, x)
        return value, *pull(cotangent)

    return both


def _two(function: Callable[..., Any]) -> Any:
    @dt.op
    def both(x: Any, y: Any, cotangent: Any) -> Any:
        value, pull = dt.vjp(function, x, y)
        return value, *pull(cotangent)

    return both


def _three(function: Callable[..., Any]) -> Any:
    @dt.op
    def both(x: Any, y: Any, z: Any, cotangent: Any) -> Any:
        value, pull = dt.vjp(function, x, y, z)
        return value, *pull(cotangent)

    return both


# The value and the gradients, as one program for each operation.
BOTH: Mapping[str, Callable[..., Any]] = {
    "mish": _one(dt.mish),
    "gelu": _one(dt.gelu),
    "swiglu": _two(dt.swiglu),
    "softmax": _one(dt.softmax),
    "log_softmax": _one(dt.log_softmax),
    "rms_norm": _two(rms_norm),
    "layer_norm": _three(layer_norm),
    "cross_entropy": dt.value_and_grad(cross_entropy),
}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation, or its value and gradients."""
    inputs = problem.arrays
    if problem.direction == "forward":
        forward = FORWARD[problem.operation]
        return lambda: forward(*inputs)
    both = BOTH[problem.operation]
    given = inputs if problem.cotangent is None else (*inputs, problem.cotangent)
    return lambda: both(*given)


def adamw(
    parameters: Sequence[Array], gradients: Sequence[Array], settings: Adam, variant: str
) -> Call:
    """dt.AdamW, in place as the others are."""
    optimizer = dt.AdamW(
        settings.lr,
        beta1=settings.beta1,
        beta2=settings.beta2,
        eps=settings.eps,
        weight_decay=settings.weight_decay,
    )
    current = [array.copy() for array in parameters]
    given = list(gradients)
    state = optimizer.init(current)

    def call() -> list[Array]:
        nonlocal state
        state = optimizer.apply_in_place(current, given, state)
        return current

    return call


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    found = result if isinstance(result, (tuple, list)) else [result]
    return list(found)
