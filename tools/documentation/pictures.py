"""Pictures for the reference: activations and losses, each with its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import dovetail as dt
from dovetail.extension.activation import Activation
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import ArraySpec
from dovetail.language.trace import trace

Values = npt.NDArray[np.float64]

LEFT, RIGHT, LOW, HIGH = -4.0, 4.0, -2.0, 4.0
WIDTH, HEIGHT = 240.0, 180.0
X: Values = np.linspace(LEFT, RIGHT, 161)


# Losses of one prediction and one target, drawn against the prediction.
LOSSES = (
    "binary_cross_entropy", "hinge", "huber", "log_cosh", "mean_absolute_error",
    "mean_squared_error",
)  # fmt: skip
TARGET = 1.0


def of_function(name: str, value: Any) -> str:
    """An SVG of an elementwise activation or loss and its derivative; empty for all else."""
    if name in LOSSES:
        return _drawn(f"{name} for the target {TARGET:g}", *curves(_loss_alone(value)))
    if not isinstance(value, Activation):
        return ""
    values, slopes = curves(value)
    half = X[: X.size // 2]
    if values.shape != X.shape or not np.allclose(values[: half.size], _evaluated(value, half)):
        return ""  # an element depends on others, as in a softmax
    return _drawn(name, values, slopes)


def _loss_alone(loss: Any) -> Callable[..., Any]:
    return lambda predictions: loss(predictions, np.full(X.shape, TARGET), reduction="none")


def _drawn(name: str, values: Values, slopes: Values) -> str:
    """Both curves, with the axes and a legend."""
    middle, ground = _at(0.0, 0.0)
    return (
        f'<svg class="function-picture" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        f'aria-label="{name} and its derivative, from {LEFT:g} to {RIGHT:g}">'
        f'<line class="axis" x1="0" y1="{ground:g}" x2="{WIDTH:g}" y2="{ground:g}"/>'
        f'<line class="axis" x1="{middle:g}" y1="0" x2="{middle:g}" y2="{HEIGHT:g}"/>'
        f"{_line('derivative', slopes)}{_line('value', values)}"
        f'<text x="2" y="{ground - 3:g}">{LEFT:g}</text>'
        f'<text x="{WIDTH - 8:g}" y="{ground - 3:g}">{RIGHT:g}</text>'
        f'<text x="{middle + 3:g}" y="9">{HIGH:g}</text>'
        f'<text x="2" y="{HEIGHT - 3:g}">{name}; dashed: its derivative</text></svg>'
    )


def curves(value: Any) -> tuple[Values, Values]:
    """The values and derivatives at X, by the reference evaluator, without a compiler."""
    gradient: Any = dt.grad(lambda x: dt.sum(value(x)))
    return _evaluated(value, X), _evaluated(lambda x: gradient(x), X)


def _evaluated(function: Callable[..., Any], x: Values) -> Values:
    graph = trace(function, (ArraySpec(x.shape, dt.float64),), {}).graph
    return np.asarray(evaluate(graph, [x])[0])


def _at(x: float, y: float) -> tuple[float, float]:
    return (x - LEFT) / (RIGHT - LEFT) * WIDTH, (HIGH - y) / (HIGH - LOW) * HEIGHT


def _line(kind: str, values: Values) -> str:
    """A curve, in pieces where it leaves the picture or jumps."""
    pieces: list[list[str]] = [[]]
    last = values[0]
    for x, y in zip(X, values, strict=True):
        if not LOW <= y <= HIGH or abs(y - last) > 0.3:
            pieces.append([])
        if LOW <= y <= HIGH:
            pieces[-1].append("{:.1f},{:.1f}".format(*_at(x, y)))
        last = y
    return "".join(
        f'<polyline class="{kind}" points="{" ".join(piece)}"/>' for piece in pieces if piece
    )
