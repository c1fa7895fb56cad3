"""Layers of images on a digit, before and after; tables of positions; the mask of attention."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from tools.documentation.pictures.drawing import Values, curves, images, surface
from tools.documentation.pictures.functions import X

import dovetail as dt
from dovetail.data import load_digits

EDGES = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


@cache
def digit() -> Values:
    """A digit of 14 x 14, from 0 to 1."""
    image = load_digits().x_train[2].astype(np.float64) / 255
    return image.reshape(14, 2, 14, 2).mean(axis=(1, 3))


def _edges(layer: Any) -> Any:
    layer.build((None, 14, 14, 1))
    layer.set("kernel", EDGES.reshape(3, 3, 1, 1).astype(np.float32))
    return layer


SAME: dict[str, Any] = {"padding": "same", "use_bias": False}
# What an image goes through, and what is said of it.
OF_IMAGES: dict[str, tuple[Any, str]] = {
    "Conv2D": (lambda: _edges(dt.Conv2D(1, 3, **SAME)), "a kernel of edges"),
    "DepthwiseConv2D": (lambda: _edges(dt.DepthwiseConv2D(3, **SAME)), "a kernel of edges"),
    "MaxPool2D": (lambda: dt.MaxPool2D(2), "windows of 2 x 2"),
    "AveragePool2D": (lambda: dt.AveragePool2D(2), "windows of 2 x 2"),
    "AdaptiveMaxPool2D": (lambda: dt.AdaptiveMaxPool2D(5), "5 x 5 windows"),
    "AdaptiveAveragePool2D": (lambda: dt.AdaptiveAveragePool2D(5), "5 x 5 windows"),
    "UpSampling2D": (lambda: dt.UpSampling2D(2, interpolation="bilinear"), "bilinear"),
    "Resize": (lambda: dt.Resize(8, 8), "to 8 x 8"),
    "ZeroPadding2D": (lambda: dt.ZeroPadding2D(3), "three zeros around"),
    "Dropout": (lambda: dt.Dropout(0.3, seed=0), "rate 0.3, in training"),
    "RandomAffine": (
        lambda: dt.RandomAffine(rotation=40.0, shift=0.1, shear=20.0, fill="constant", seed=3),
        "turned, moved and sheared at random",
    ),
    "RandomContrast": (lambda: dt.RandomContrast(1.0, 0.3, seed=1), "another contrast"),
    "RandomErasing": (lambda: dt.RandomErasing(1.0, 0.7, 0.5, seed=5), "a covered rectangle"),
}  # fmt: skip
IN_TRAINING = ("Dropout", "RandomAffine", "RandomContrast", "RandomErasing")


def of_layer(name: str) -> str:
    """The picture of a layer or of a function beside it, or an empty text."""
    if name in OF_IMAGES:
        make, said = OF_IMAGES[name]
        given = digit()[None, ..., None].astype(np.float32)
        training = {"training": True} if name in IN_TRAINING else {}
        after = np.asarray(make()(given, **training), np.float64)[0, ..., 0]
        return images(
            f"A digit before and after {name}: {said}", {"before": digit(), "after": after}
        )
    return DRAWN[name]() if name in DRAWN else ""


def _prelu() -> str:
    lines = {f"slope {slope:g}": np.where(X > 0, X, slope * X) for slope in (0.0, 0.25, 0.5)}
    layer = dt.PReLU()
    lines["slope 0.25"] = np.asarray(layer(X))
    return curves("PReLU for three slopes that may be learned", X, lines, "x")


def _sinusoids() -> str:
    table = np.asarray(dt.sinusoidal_table(32, 16, 100.0), np.float64)
    text = "sinusoidal_table(32, 16, 100): a row of sines and cosines for each position"
    return surface(text, np.arange(32.0), np.arange(16.0), table, ("position", "feature"))


def _rope() -> str:
    x = np.tile([1.0, 0.0], (25, 1))[None]
    turned = np.asarray(dt.rope(x), np.float64)[0]
    lines = {"first feature": turned[:, 0], "second feature": turned[:, 1]}
    return curves("rope turns a pair (1, 0) by its position", np.arange(25.0), lines, "position")


def _alibi() -> str:
    slopes = np.asarray(dt.alibi_slopes(4), np.float64).ravel()
    distance = np.arange(0.0, 33.0)
    lines = {f"head {head}": -slope * distance for head, slope in enumerate(slopes)}
    text = "What alibi_slopes(4) add to scores, by the distance of a key"
    return curves(text, distance, lines, "distance")


def _attention() -> str:
    size = 12
    q = k = np.random.default_rng(0).normal(size=(1, 1, size, 8))
    weights = np.asarray(dt.attention(q, k, np.eye(size)[None, None], causal=True), np.float64)[
        0, 0
    ]
    axis = np.arange(float(size))
    text = "Weights of causal attention: a query (across) attends to itself and earlier keys (up)"
    return surface(text, axis, axis, weights, ("query", "key"))


def _batch_norm() -> str:
    rng = np.random.default_rng(0)
    before = rng.normal(size=(64, 2)) * [0.5, 1.5] + [2.0, -1.0]
    after = np.asarray(dt.BatchNorm()(before, training=True))
    lines = {
        f"{word}, feature {feature}": np.sort(values[:, feature])
        for word, values in (("before", before), ("after", after))
        for feature in (0, 1)
    }
    text = "Two features before and after BatchNorm, their values sorted"
    return curves(text, np.linspace(0.0, 1.0, 64), lines, "share of the examples")


DRAWN: dict[str, Any] = {
    "PReLU": _prelu, "sinusoidal_table": _sinusoids, "SinusoidalPositions": _sinusoids,
    "rope": _rope, "alibi_slopes": _alibi, "attention": _attention,
    "MultiHeadAttention": _attention, "BatchNorm": _batch_norm,
}  # fmt: skip
