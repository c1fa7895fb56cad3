"""TensorFlow: tf.nn where it has the function, in tf.function, with and without XLA."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from problems import EPSILON, Adam, Array, Problem

from dovetail.timing import Call

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read while TensorFlow is imported
tf: Any = import_module("tensorflow")
keras: Any = import_module("keras")

PLAIN, XLA = "tf.function", "tf XLA"
VARIANTS = (PLAIN, XLA)
OPTIMIZERS = (PLAIN,)


def set_threads(count: int) -> None:
    """The threads of one operation, and of operations side by side."""
    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(count)


def mish(x: Any) -> Any:
    """x tanh(softplus(x))."""
    return x * tf.tanh(tf.nn.softplus(x))


def swiglu(x: Any, gate: Any) -> Any:
    """x silu(gate)."""
    return x * tf.nn.silu(gate)


def rms_norm(x: Any, scale: Any) -> Any:
    """x / sqrt(mean(x^2) + eps) scale."""
    return x * tf.math.rsqrt(tf.reduce_mean(x * x, -1, keepdims=True) + EPSILON) * scale


def layer_norm(x: Any, scale: Any, bias: Any) -> Any:
    """(x - mean) / sqrt(var + eps) scale + bias."""
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, bias, scale, EPSILON)


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The built-in loss, averaged."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


FORWARD: Mapping[str, Callable[..., Any]] = {
    "mish": mish,
    "gelu": tf.nn.gelu,
    "swiglu": swiglu,
    "softmax": tf.nn.softmax,
    "log_softmax": tf.nn.log_softmax,
    "rms_norm": rms_norm,
    "layer_norm": layer_norm,
    "cross_entropy": cross_entropy,
}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation, or its value and gradients, as one graph."""
    operation = FORWARD[problem.operation]
    inputs = [tf.constant(array) for array in problem.arrays]

    if problem.direction == "forward":
        forward = tf.function(lambda *given: operation(*given), jit_compile=variant == XLA)
        return lambda: forward(*inputs)
    cotangent = tf.constant(1.0 if problem.cotangent is None else problem.cotangent)
    floating = problem.floating

    @tf.function(jit_compile=variant == XLA)
    def both(cotangent: Any, *inputs: Any) -> tuple[Any, ...]:
        leaves = [inputs[i] for i in floating]
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            value = operation(*inputs)
        return value, *tape.gradient(value, leaves, output_gradients=cotangent)

    return lambda: both(cotangent, *inputs)


def adamw(
    parameters: Sequence[Array], gradients: Sequence[Array], settings: Adam, variant: str
) -> Call:
    """keras.optimizers.AdamW in tf.function.

    Keras adds eps before it corrects the bias of the variance; this eps gives the same first
    step, which is the one that is compared.
    """
    variables = [tf.Variable(array) for array in parameters]
    fixed = [tf.constant(array) for array in gradients]
    optimizer = keras.optimizers.AdamW(
        settings.lr,
        weight_decay=settings.weight_decay,
        beta_1=settings.beta1,
        beta_2=settings.beta2,
        epsilon=settings.eps * (1 - settings.beta2) ** 0.5,
    )
    optimizer.build(variables)

    @tf.function
    def update(gradients: Any) -> None:
        optimizer.apply(gradients, variables)

    def call() -> list[Any]:
        update(fixed)
        return variables

    return call


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    found = result if isinstance(result, (tuple, list)) else [result]
    return [tensor.numpy() for tensor in found]
