"""Norms, softmax and losses in the language, for tests of GPU kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType, float32
from dovetail.graph.node import Graph
from tests.compile.harness import Array, dt, random, traced, with_gradients


def rms_norm(x: Any, scale: Any) -> Any:
    mean = dt.mean(x * x, axis=-1, keepdims=True)
    return x * dt.rsqrt(mean + 1e-6) * scale


def layer_norm(x: Any, scale: Any, bias: Any) -> Any:
    centred = x - dt.mean(x, axis=-1, keepdims=True)
    variance = dt.mean(centred * centred, axis=-1, keepdims=True)
    return centred * dt.rsqrt(variance + 1e-5) * scale + bias


def cross_entropy(logits: Any, labels: Any) -> Any:
    chosen = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[:, None], axis=-1)
    return -dt.mean(chosen)


PIECES: dict[str, Callable[..., Any]] = {
    "softmax": lambda x: dt.softmax(x, axis=-1),
    "log_softmax": lambda x: dt.log_softmax(x, axis=-1),
    "logsumexp": lambda x: dt.logsumexp(x, axis=-1),
    "rms_norm": rms_norm,
    "layer_norm": layer_norm,
    "cross_entropy": cross_entropy,
    "swiglu": lambda x, y: x * dt.sigmoid(x) * y,
}


def piece(name: str, shape: tuple[int, int], dtype: DType = float32) -> tuple[Graph, list[Array]]:
    """The graph of a piece with its gradients, and arrays for it."""
    x = random(0, shape, dtype)
    more: list[Array] = []
    if name == "cross_entropy":
        more = [np.random.default_rng(1).integers(0, shape[1], shape[0])]
    elif name == "swiglu":
        more = [random(2, shape, dtype)]
    elif name.endswith("norm"):
        more = [random(3, shape[1:], dtype), random(4, shape[1:], dtype)]
        more = more[: 1 + (name == "layer_norm")]
    graph = with_gradients(traced(PIECES[name], x, *more))
    seeds = [random(5 + n, node.shape, node.dtype)
             for n, node in enumerate(graph.inputs[1 + len(more) :])]  # fmt: skip
    return graph, [x, *more, *seeds]
