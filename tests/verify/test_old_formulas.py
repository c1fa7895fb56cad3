"""Former formulas of the library: exact for ordinary arguments, silently wrong beyond.

The checker must find each. Their replacements pass in test_package.
"""

from __future__ import annotations

from typing import Any

import pytest

import dovetail as dt
from tests.verify.conftest import verdict_of


@dt.loss
def cosine_of_squares(predictions: Any, targets: Any, eps: float = 1e-12) -> Any:
    """The product of the squared norms overflows from 1e10 on."""
    product = dt.sum(predictions * targets, axis=-1)
    norms = dt.sum(predictions * predictions, axis=-1) * dt.sum(targets * targets, axis=-1)
    return -product * dt.rsqrt(norms + eps)


@dt.loss
def log_cosh_minus_log_2(predictions: Any, targets: Any) -> Any:
    """Cancels near 0, the limit of a loss in training."""
    error = dt.abs(predictions - targets)
    return dt.mean(error + dt.log1p(dt.exp(-2.0 * error)) - 0.6931471805599453, axis=-1)


@dt.loss
def focal_of_a_power(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    """The derivative of 0^gamma is infinite for gamma < 1, and is multiplied by log 1 = 0."""
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    return -((1.0 - dt.exp(log_p)) ** gamma) * log_p


@dt.op
def norm_by_a_cube(x: Any) -> Any:
    """The cube of 1 / sqrt(var) underflows in the gradient for arguments from 1e13 on."""
    centred = x - dt.mean(x, axis=-1, keepdims=True)
    return centred * dt.rsqrt(dt.mean(centred * centred, axis=-1, keepdims=True) + 1e-5)


@norm_by_a_cube.vjp
def _(x: Any, *, out: Any, cotangent: Any) -> Any:
    centred = x - dt.mean(x, axis=-1, keepdims=True)
    r = dt.rsqrt(dt.mean(centred * centred, axis=-1, keepdims=True) + 1e-5)
    cube = r * r * r
    along = dt.mean(cotangent * centred, axis=-1, keepdims=True)
    return (cotangent - dt.mean(cotangent, axis=-1, keepdims=True)) * r - centred * (cube * along)


@dt.activation
def tanh_exp_that_overflows(x: Any) -> Any:
    """The derivative of tanh at infinity is 0, that of exp infinite."""
    return x * dt.tanh(dt.exp(x))


@pytest.mark.parametrize(
    ("definition", "check"),
    [
        (cosine_of_squares, "magnitudes"),
        (log_cosh_minus_log_2, "magnitudes"),
        (norm_by_a_cube, "magnitudes"),
        (focal_of_a_power, "gradients at edges"),
        (tanh_exp_that_overflows, "gradients at edges"),
    ],
    ids=lambda item: getattr(item, "name", item),
)
def test_an_old_formula_is_seen(definition: Any, check: str) -> None:
    verdict = verdict_of(check, definition)
    assert verdict.status == "failed", verdict.summary
    assert verdict.case is not None and verdict.remedy


@dt.op
def cube_over_square(x: Any) -> Any:
    """Overflows from 1e13 on, and is then NaN: found by the envelope, not by this check."""
    return x * x * x / (1.0 + x * x)


@dt.op
def difference(x: Any) -> Any:
    """Cancels near 0: advice of the check of values, but not a fault of an op."""
    return x - dt.tanh(x)


@pytest.mark.parametrize("definition", [cube_over_square, difference], ids=lambda d: d.name)
def test_no_false_alarm(definition: Any) -> None:
    assert verdict_of("magnitudes", definition).status == "passed"
