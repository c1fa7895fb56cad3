"""Inside Keras, on the backend in KERAS_BACKEND: Dovetail's extensions, and keras.ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import keras
from keras import ops
from problems import EPSILON, OURS, Array, Problem

import dovetail as dt
from dovetail.timing import Call
from peers import dovetail_peer

COMPOSITE, BUILT_IN = "keras.ops", "built-in"
VARIANTS = (OURS, COMPOSITE, BUILT_IN)
BACKEND = keras.backend.backend()
LIBRARY: Any = import_module(BACKEND)


class Mode:
    """Whether the calls are compiled: by jax.jit, or tf.function."""

    compiled = False


def set_threads(count: int) -> None:
    """The threads of one operation, where the backend lets one say."""
    if BACKEND == "torch":
        LIBRARY.set_num_threads(count)


def softmax(x: Any) -> Any:
    """The usual composite."""
    powers = ops.exp(x - ops.max(x, axis=-1, keepdims=True))
    return powers / ops.sum(powers, axis=-1, keepdims=True)


def log_softmax(x: Any) -> Any:
    """The usual composite."""
    return x - ops.logsumexp(x, axis=-1, keepdims=True)


def layer_norm(x: Any, scale: Any, bias: Any) -> Any:
    """The usual composite."""
    centred = x - ops.mean(x, axis=-1, keepdims=True)
    variance = ops.mean(centred * centred, axis=-1, keepdims=True)
    return centred * ops.rsqrt(variance + EPSILON) * scale + bias


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The usual composite."""
    return -ops.mean(ops.take_along_axis(log_softmax(logits), labels[:, None], axis=-1))


def built_in_cross_entropy(logits: Any, labels: Any) -> Any:
    """Keras' own loss."""
    return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))


AS_WRITTEN: Mapping[str, Callable[..., Any]] = {
    "mish": lambda x: x * ops.tanh(ops.softplus(x)),
    "gelu": lambda x: 0.5 * x * (1.0 + ops.erf(x * 0.7071067811865476)),
    "swiglu": lambda x, gate: x * gate * ops.sigmoid(gate),
    "softmax": softmax,
    "log_softmax": log_softmax,
    "rms_norm": lambda x, scale: (
        x * ops.rsqrt(ops.mean(x * x, axis=-1, keepdims=True) + EPSILON) * scale
    ),
    "layer_norm": layer_norm,
    "cross_entropy": cross_entropy,
    "relu": lambda x: ops.where(x > 0.0, x, 0.0),
}
BUILT_INS: Mapping[str, Callable[..., Any]] = {
    "mish": keras.activations.mish,
    "gelu": lambda x: keras.activations.gelu(x, approximate=False),
    "swiglu": lambda x, gate: x * keras.activations.silu(gate),
    "softmax": lambda x: ops.softmax(x, axis=-1),
    "log_softmax": lambda x: ops.log_softmax(x, axis=-1),
    "rms_norm": lambda x, scale: ops.rms_normalization(x, scale, axis=-1, epsilon=EPSILON),
    "layer_norm": lambda x, scale, bias: ops.layer_normalization(
        x, scale, bias, axis=-1, epsilon=EPSILON
    ),
    "cross_entropy": built_in_cross_entropy,
    "relu": keras.activations.relu,
}
DOVETAIL: Mapping[str, Callable[..., Any]] = {
    name: function if name == "cross_entropy" else getattr(function, "keras", function)
    for name, function in {**dovetail_peer.FORWARD, "relu": dt.relu}.items()
}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation, or its value and gradients by the backend's autograd."""
    functions = {OURS: DOVETAIL, COMPOSITE: AS_WRITTEN}.get(variant, BUILT_INS)
    function = functions[problem.operation]
    inputs = [ops.convert_to_tensor(array) for array in problem.arrays]
    cotangent = ops.convert_to_tensor(1.0 if problem.cotangent is None else problem.cotangent)
    return BY_BACKEND[BACKEND](problem, function, inputs, cotangent)


def _torch(problem: Problem, function: Callable[..., Any], inputs: Any, cotangent: Any) -> Call:
    if problem.direction == "forward":
        return lambda: function(*inputs)
    leaves = [inputs[i].requires_grad_() for i in problem.floating]

    def both() -> Any:
        value = function(*inputs)
        return value, *LIBRARY.autograd.grad(value, leaves, cotangent)

    return both


def _jax(problem: Problem, function: Callable[..., Any], inputs: Any, cotangent: Any) -> Call:
    count = len(problem.floating)

    def forward(cotangent: Any, *inputs: Any) -> Any:
        return function(*inputs)

    def both(cotangent: Any, *inputs: Any) -> Any:
        last = inputs[count:]
        value, pull = LIBRARY.vjp(lambda *floats: function(*floats, *last), *inputs[:count])
        return value, *pull(cotangent)

    run = forward if problem.direction == "forward" else both
    run = LIBRARY.jit(run) if Mode.compiled else run
    return lambda: LIBRARY.block_until_ready(run(cotangent, *inputs))


def _tensorflow(
    problem: Problem, function: Callable[..., Any], inputs: Any, cotangent: Any
) -> Call:
    def forward(cotangent: Any, *inputs: Any) -> Any:
        return function(*inputs)

    def both(cotangent: Any, *inputs: Any) -> Any:
        leaves = [inputs[i] for i in problem.floating]
        with LIBRARY.GradientTape() as tape:
            tape.watch(leaves)
            value = function(*inputs)
        return value, *tape.gradient(value, leaves, output_gradients=cotangent)

    run: Any = forward if problem.direction == "forward" else both
    run = LIBRARY.function(run) if Mode.compiled else run
    return lambda: run(cotangent, *inputs)


BY_BACKEND: Mapping[str, Callable[..., Call]] = {
    "torch": _torch, "jax": _jax, "tensorflow": _tensorflow,
}  # fmt: skip


def adamw(*_: Any) -> Call:
    """keras_host.py trains a model with the optimizers."""
    raise NotImplementedError


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    found = result if isinstance(result, (tuple, list)) else [result]
    return [keras.ops.convert_to_numpy(each) for each in found]
