"""Inside TensorFlow: Dovetail's extensions on tensors, and TensorFlow functions for the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from problems import EPSILON, IN_XLA, OURS, WAYS, Array, Problem

import dovetail as dt
from dovetail.timing import Call
from peers import dovetail_peer, tensorflow_peer
from peers.tensorflow_peer import tf

COMPOSITE, COMPILED, COMPILED_XLA = "composite", "tf.function", "tf XLA"
VARIANTS = (*WAYS, COMPOSITE, COMPILED, COMPILED_XLA)


def set_threads(count: int) -> None:
    """The threads of one operation; Dovetail's are set by the environment."""
    tensorflow_peer.set_threads(count)


def gelu(x: Any) -> Any:
    """The usual composite."""
    return 0.5 * x * (1.0 + tf.math.erf(x * 0.7071067811865476))


def softmax(x: Any) -> Any:
    """The usual composite."""
    powers = tf.exp(x - tf.reduce_max(x, -1, keepdims=True))
    return powers / tf.reduce_sum(powers, -1, keepdims=True)


def log_softmax(x: Any) -> Any:
    """The usual composite."""
    return x - tf.reduce_logsumexp(x, -1, keepdims=True)


def layer_norm(x: Any, scale: Any, bias: Any) -> Any:
    """The usual composite."""
    centred = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(centred * centred, -1, keepdims=True)
    return centred * tf.math.rsqrt(variance + EPSILON) * scale + bias


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The usual composite."""
    return -tf.reduce_mean(tf.gather(log_softmax(logits), labels, axis=-1, batch_dims=1))


def relu(x: Any) -> Any:
    """The usual composite."""
    return tf.where(x > 0.0, x, 0.0)


AS_WRITTEN: Mapping[str, Callable[..., Any]] = {
    **tensorflow_peer.FORWARD, "gelu": gelu, "softmax": softmax, "log_softmax": log_softmax,
    "layer_norm": layer_norm, "cross_entropy": cross_entropy, "relu": relu,
}  # fmt: skip
BUILT_INS: Mapping[str, Callable[..., Any]] = {
    **tensorflow_peer.FORWARD, "gelu": lambda x: tf.nn.gelu(x), "relu": tf.nn.relu,
}  # fmt: skip
DOVETAIL: Mapping[str, Callable[..., Any]] = {**dovetail_peer.FORWARD, "relu": dt.relu}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation, or its value and gradients: eagerly, or as one graph."""
    functions = {**dict.fromkeys(WAYS, DOVETAIL), COMPOSITE: AS_WRITTEN}.get(variant, BUILT_INS)
    operation = functions[problem.operation]
    inputs = [tf.constant(array) for array in problem.arrays]
    cotangent = tf.constant(1.0 if problem.cotangent is None else problem.cotangent)
    floating = problem.floating

    def forward(*inputs: Any) -> Any:
        return operation(*inputs)

    def both(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        leaves = [inputs[i] for i in floating]
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            value = operation(*inputs)
        return value, *tape.gradient(value, leaves, output_gradients=cotangent)

    run: Any = forward if problem.direction == "forward" else both
    given = inputs if problem.direction == "forward" else [cotangent, *inputs]
    if variant not in (OURS, COMPOSITE):
        run = tf.function(run, jit_compile=variant in (IN_XLA, COMPILED_XLA))
    return lambda: run(*given)


def adamw(*_: Any) -> Call:
    """The optimizers are Keras'."""
    raise NotImplementedError


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    return tensorflow_peer.arrays(result)
