"""Losses of embeddings: vectors that are close for examples of one class, and far for others.

Deng et al. 2019 compare their angles with one direction for each class, Schroff et al. 2015 the
distances of three examples at a time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.loss import loss
from dovetail.extension.parameters import Parameter, from_input
from dovetail.extension.values import as_tracer
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened
from dovetail.library.normalisation import unit

__all__ = ["CosineDense", "arcface", "triplet", "triplet_hard"]


class CosineDense(Layer):
    """The cosines of the angles between x and each column of the kernel. (..., features) to (...,
    units).

    `kernel` (features, units) starts Glorot-uniform; its columns count by their directions alone.
    The cosines are what `dt.arcface` takes; the largest names the class.
    """

    units: int
    features: int = from_input(axis=-1)
    kernel = Parameter("features", "units", init="glorot_uniform")

    def forward(self, x: Any) -> Any:
        """The cosines, -1 to 1; 0 for a vector of zeros."""
        return unit(floating(x), -1) @ unit(self.kernel, 0)


def _sine(cosine: Any) -> Any:
    """sqrt(1 - c^2), with the derivative 0 where it is 0 and its slope infinite."""
    square = (1.0 - cosine) * (1.0 + cosine)
    inside = square > 0.0
    return dt.where(inside, dt.sqrt(dt.where(inside, square, 1.0)), 0.0)


@loss(targets="labels")
def arcface(cosines: Any, labels: Any, margin: float = 0.5, scale: float = 64.0) -> Any:
    """-log softmax(s z) at the label, z = cos(theta + m) there and cos(theta) elsewhere.

    Shapes (..., k) and (...). `cosines`, as `CosineDense` gives them, are those of the angles theta
    between an embedding and the directions of the classes: the label's must be smaller by the
    `margin` (in radians) to be as good as without. Deng et al. 2019, arXiv:1801.07698. Where theta
    + m > pi, z goes on falling as cos(theta) - m sin(m), as in the authors' code.
    """
    hit = dt.arange(cosines.shape[-1]) == labels[..., None]
    own = dt.take_along_axis(cosines, labels[..., None], axis=-1)
    cosine, sine = dt.cos(margin), dt.sin(margin)
    turned = own * cosine - _sine(own) * sine
    turned = dt.where(own > -cosine, turned, own - margin * sine)
    log_p = dt.log_softmax(scale * dt.where(hit, turned, cosines), axis=-1)
    return -dt.take_along_axis(log_p, labels[..., None], axis=-1)[..., 0]


@arcface.samples
def _(rng: Any) -> Any:
    return rng.uniform(-0.99, 0.99, (6, 5)), rng.integers(0, 5, 6)


def _square_distance(a: Any, b: Any) -> Any:
    difference = a - b
    return dt.sum(difference * difference, axis=-1)


@loss
def triplet(anchors: Any, positives: Any, negatives: Any, margin: float = 0.2) -> Any:
    """max(0, |a - p|^2 - |a - n|^2 + m) of embeddings. Schroff et al. 2015, arXiv:1503.03832.

    Three arrays (..., features): an example, one of its class, one of another. PyTorch's
    TripletMarginLoss takes the distances without squares, and the margin 1.
    """
    shapes = [each.shape for each in map(as_tracer, (anchors, positives, negatives))]
    if len(set(shapes)) > 1:
        raise ShapeError(
            "triplet", shapes, "three arrays of one shape (..., features)",
            "pass one positive and one negative for each anchor",
        )  # fmt: skip
    near, far = _square_distance(anchors, positives), _square_distance(anchors, negatives)
    return dt.relu(near - far + margin)


@loss
def triplet_hard(embeddings: Any, labels: Any, margin: float = 0.2) -> Any:
    """max(0, the farthest of its class - the nearest of the others + m), for each of a batch.

    `embeddings` (n, features), `labels` (n,): integers, of which each should be there more than
    once. Distances are Euclidean. An example without another of its class, or without one of
    another class, has loss 0. Hermans, Beyer & Leibe 2017, arXiv:1703.07737: "batch hard".
    """
    embeddings, labels = floating(embeddings), as_tracer(labels)
    if embeddings.ndim != 2 or labels.shape != embeddings.shape[:1]:
        raise ShapeError(
            "triplet_hard", [embeddings.shape, labels.shape], "shapes (n, features) and (n,)",
            "pass the embeddings of a batch and one integer for each",
        )  # fmt: skip
    wide = widened(embeddings)
    square = _square_distance(wide[:, None], wide[None])
    apart = square > 0.0  # where it is 0, the distance has the derivative 0
    distance = dt.where(apart, dt.sqrt(dt.where(apart, square, 1.0)), 0.0)
    number = dt.arange(embeddings.shape[0])
    alike = labels[:, None] == labels
    others = alike & (number[:, None] != number)
    farthest = dt.max(dt.where(others, distance, -math.inf), axis=1)
    nearest = dt.min(dt.where(alike, math.inf, distance), axis=1)
    known = dt.any(others, axis=1) & ~dt.all(alike, axis=1)
    gap = dt.where(known, farthest, 0.0) - dt.where(known, nearest, 0.0)
    return dt.astype(dt.where(known, dt.relu(gap + margin), 0.0), embeddings.dtype)


@triplet_hard.samples
def _of_a_batch(rng: Any) -> Any:
    return rng.normal(size=(6, 4)), np.array([0, 1, 0, 1, 2, 0])
