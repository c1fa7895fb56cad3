"""Activations and losses, each with its derivative, and gated units as surfaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tools.documentation.pictures.drawing import Values, surface
from tools.documentation.pictures.drawing import curves as drawn

import dovetail as dt
from dovetail.extension.activation import Activation
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import ArraySpec
from dovetail.language.trace import trace

LIMITS = (-2.0, 4.0)
X: Values = np.linspace(-4.0, 4.0, 161)
PROBABILITIES: Values = np.linspace(0.01, 0.99, 99)
ANGLES: Values = np.linspace(-np.pi, np.pi, 121)
COARSE: Values = np.linspace(-4.0, 4.0, 25)[:-1]
GATED = ("geglu", "reglu", "swiglu")

Function = Callable[[Any], Any]  # of the axis of a picture, for each point


def of_activation(name: str, value: Any) -> str:
    """An elementwise activation and its derivative; a softmax over its first element."""
    values, slopes = curves(value)
    half = X[: X.size // 2]
    if values.shape == X.shape and np.allclose(values[: half.size], evaluated(value, half)):
        text = f"{name} and its derivative, from -4 to 4"
        return drawn(text, X, {name: values, "derivative": slopes}, "x", limits=LIMITS)
    others = np.column_stack([X, np.zeros((X.size, 2))])
    if name not in ("softmax", "log_softmax"):
        return ""  # an element depends on others
    found = evaluated(lambda x: value(x, axis=-1), others)
    lines = {"of x": found[:, 0], "of each 0": found[:, 1]}
    return drawn(f"{name} of (x, 0, 0), for x from -4 to 4", X, lines, "x")


def of_gate(name: str, value: Any) -> str:
    """A gated unit over its two arguments."""
    left, right = np.meshgrid(COARSE, COARSE, indexing="ij")
    graph = trace(value, (ArraySpec(left.shape, dt.float64),) * 2, {}).graph
    values = np.asarray(evaluate(graph, [left, right])[0])
    return surface(f"{name}(x, gate), from -4 to 4", COARSE, COARSE, values, ("x", "gate"))


def of_loss(name: str, loss: Any) -> str:
    """A loss and its derivative along the axis that its row in `LOSSES` describes."""
    if name not in LOSSES:
        return ""
    axis, title, where, function = LOSSES[name]
    values, slopes = curves(lambda x: function(loss, x), axis)
    lines = {name: values, "derivative": slopes}
    return drawn(f"{name} {where}, and its derivative", axis, lines, title, limits=_around(values))


def _around(values: Values) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    high = min(high, 6.0)
    return min(low, -1.0) - 0.2, high + 0.2


def curves(value: Function, x: Values = X) -> tuple[Values, Values]:
    """The values and derivatives at x, by the reference evaluator, without a compiler."""
    gradient: Any = dt.grad(lambda x: dt.sum(value(x)))
    return evaluated(value, x), evaluated(lambda x: gradient(x), x)


def evaluated(function: Function, x: Values) -> Values:
    """A function of one array, by the reference evaluator."""
    graph = trace(function, (ArraySpec(x.shape, dt.float64),), {}).graph
    return np.asarray(evaluate(graph, [x])[0])


def _pairs(x: Any) -> Any:
    """Logits (x, 0), for each x."""
    return dt.stack([x, dt.zeros_like(x)], axis=-1)


def _targets(target: float) -> Callable[[Any, Any], Any]:
    return lambda loss, x: loss(x, np.full(x.shape, target), reduction="none")


def _labels(loss: Any, x: Any) -> Any:
    return loss(_pairs(x), np.zeros(x.shape, np.int64), reduction="none")


def _ctc(loss: Any, x: Any) -> Any:
    frames = dt.broadcast_to(_pairs(x)[:, None], (x.shape[0], 3, 2))
    ones = np.ones((x.shape[0], 1), np.int64)
    log_probs = dt.log_softmax(frames, axis=-1)
    return loss(log_probs, ones, 3 * ones[:, 0], ones[:, 0], reduction="none")


def _angle(loss: Any, x: Any) -> Any:
    there = dt.stack([dt.cos(x), dt.sin(x)], axis=-1)
    return loss(there, np.tile([1.0, 0.0], (x.shape[0], 1)), reduction="none")


def _arcface(loss: Any, x: Any) -> Any:
    cosines = dt.stack([dt.cos(x), dt.zeros_like(x)], axis=-1)
    return loss(cosines, np.zeros(x.shape, np.int64), scale=4.0, reduction="none")


def _triplet(loss: Any, x: Any) -> Any:
    zeros = np.zeros((x.shape[0], 1))
    return loss(zeros, zeros + 0.5, x[:, None], margin=0.5, reduction="none")


def _hard(loss: Any, x: Any) -> Any:
    labels = np.array([0, 0, 1, 1])

    def one(at: Any) -> Any:
        embeddings = dt.stack([at * 0.0, at * 0.0 + 0.5, at, at + 0.5])[:, None]
        return loss(embeddings, labels, margin=0.5, reduction="mean")

    return dt.stack([one(x[i]) for i in range(x.shape[0])])


def _kl(loss: Any, x: Any) -> Any:
    targets = np.tile([0.7, 0.3], (x.shape[0], 1))
    return loss(dt.stack([x, 1.0 - x], axis=-1), targets, reduction="none")


def _distribution(loss: Any, x: Any) -> Any:
    return loss(_pairs(x), np.tile([1.0, 0.0], (x.shape[0], 1)), reduction="none")


def _sampled(loss: Any, x: Any) -> Any:
    return loss(_pairs(x), np.zeros((x.shape[0], 2)), reduction="none")


ONE = (X, "prediction", "for the target 1", _targets(1.0))
LOGIT = (X, "logit of the label; the other is 0", "of two classes", _labels)
# The axis, its title, what is held, and the loss along the axis.
LOSSES: dict[str, tuple[Values, str, str, Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(
        ("binary_cross_entropy", "hinge", "huber", "log_cosh", "mean_absolute_error",
         "mean_squared_error"), ONE,
    ),
    **dict.fromkeys(("focal", "sparse_categorical_cross_entropy", "bpr"), LOGIT),
    "poisson": (np.linspace(0.05, 4.0, 80), "rate", "for the count 1", _targets(1.0)),
    "categorical_cross_entropy": (*LOGIT[:3], _distribution),
    "sampled_softmax": (X, "score of the chosen; the other is 0", "of two candidates", _sampled),
    "kl_divergence": (PROBABILITIES, "probability", "from 0.7 and 0.3", _kl),
    "cosine_similarity": (ANGLES, "angle", "by the angle of two vectors", _angle),
    "arcface": (
        np.linspace(0.05, 3.0, 80), "angle to the label's direction", "for scale 4", _arcface,
    ),
    "ctc_loss": (X, "logit of the blank", "of one label in three frames", _ctc),
    "triplet": (X, "negative; anchor 0, positive 0.5", "for margin 0.5", _triplet),
    "triplet_hard": (X[::8], "x: classes {0, 0.5} and {x, x + 0.5}", "for margin 0.5", _hard),
}  # fmt: skip


def of_function(name: str, value: Any) -> str:
    """The picture of a function, or an empty text."""
    if isinstance(value, Activation):
        return of_activation(name, value)
    return of_gate(name, value) if name in GATED else of_loss(name, value)
