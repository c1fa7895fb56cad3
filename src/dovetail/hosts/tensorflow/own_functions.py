"""TensorFlow's functions for graphs, tf.function with and without XLA, and GradientTape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import tensorflow as tf

from dovetail.extension.values import leaves_of
from dovetail.graph.node import Graph
from dovetail.hosts.own_functions import Call, Function, Maths, OwnFunctions
from dovetail.hosts.tensorflow.dtypes import from_numpy
from dovetail.hosts.tensorflow.table import TABLE
from dovetail.operations.composite import by_arrays, prepared
from dovetail.operations.straight_line import straight_line


def _conv(node: Any, x: Any, kernel: Any) -> Any:
    """By tf.nn.convolution, channels last; leading axes of both are calls of their own."""
    attrs: dict[str, Any] = dict(node.attrs)
    space = len(attrs["steps"])
    if len(x.shape) > space + 2:
        pairs = zip(tf.unstack(x), tf.unstack(kernel), strict=True)
        return tf.stack([_conv(node, one, other) for one, other in pairs])
    padding = [(0, 0), *zip(attrs["lows"], attrs["highs"], strict=True), (0, 0)]
    if any(map(any, padding)):
        x = tf.pad(x, padding)
    groups = attrs["groups"]
    parts = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
    found = [
        tf.nn.convolution(one, other, list(attrs["steps"]), "VALID",
                          dilations=list(attrs["dilations"]))
        for one, other in parts
    ]  # fmt: skip
    return found[0] if groups == 1 else tf.concat(found, -1)


TABLE_OF_USERS = replace(TABLE, rules={
    **TABLE.rules,
    "conv": _conv,
    **{name: by_arrays(found) for name, found in {
        "ndtr": tf.math.special.ndtr if hasattr(tf.math.special, "ndtr") else None,
        "lgamma": tf.math.lgamma, "digamma": tf.math.digamma, "erfinv": tf.math.erfinv,
        "sinh": tf.sinh,
    }.items() if found is not None},
})  # fmt: skip

FUNCTION, XLA = "tf.function", "tf.function, XLA"


class TensorFlowFunctions(OwnFunctions):
    """Eager calls, and tf.function without and with XLA."""

    framework: ClassVar[str] = "TensorFlow"
    compilers: ClassVar[tuple[str, ...]] = (FUNCTION, XLA)
    inside: ClassVar[tuple[str, ...]] = (FUNCTION,)
    built_ins: ClassVar[Mapping[str, str]] = {
        name: f"tensorflow:nn.{name}"
        for name in (
            "relu", "relu6", "elu", "selu", "gelu", "silu", "softplus", "softsign", "leaky_relu",
            "softmax", "log_softmax", "sigmoid",
        )
    } | {
        "swish": "tensorflow:nn.silu", "tanh": "tensorflow:tanh", "exp": "tensorflow:exp",
        "log_sigmoid": "tensorflow:math.log_sigmoid", "matmul": "tensorflow:matmul",
        "sparse_categorical_cross_entropy": f"{__name__}:cross_entropy",
    }  # fmt: skip

    array = staticmethod(from_numpy)

    def composite(self, graph: Graph) -> Function:
        return straight_line(prepared(graph, TABLE_OF_USERS), TABLE_OF_USERS, broadcasts=True)

    def _compile(self, function: Function, compiler: str) -> Function:
        return tf.function(function, jit_compile=compiler == XLA, autograph=False)

    def forward(self, maths: Maths, arrays: Sequence[Any], compiler: str) -> Call:
        function = self.compiled(lambda *given: maths.function(*given), compiler)
        return lambda: function(*arrays)

    def both(
        self, maths: Maths, arrays: Sequence[Any], wrt: Sequence[int], cotangents: Sequence[Any],
        compiler: str,
    ) -> Call:  # fmt: skip
        count = len(arrays)

        def both(*given: Any) -> Any:
            leaves = [given[number] for number in wrt]
            with tf.GradientTape() as tape:
                tape.watch(leaves)
                outputs = leaves_of(maths.function(*given[:count]))
            real = [each for each in outputs if each.dtype.is_floating]
            found = tape.gradient(
                real, leaves, output_gradients=list(given[count:]),
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )  # fmt: skip
            return [*outputs, *map(tf.convert_to_tensor, found)]

        function = self.compiled(both, compiler)
        given = [*arrays, *cotangents]
        return lambda: function(*given)

    def set_threads(self, count: int) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(count)
        tf.config.threading.set_inter_op_parallelism_threads(count)


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean over the rows."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


OWN = TensorFlowFunctions()
