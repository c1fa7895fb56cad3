"""JAX's functions for graphs, jax.jit, and jax.vjp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from dovetail.extension.values import leaves_of
from dovetail.graph.node import Graph
from dovetail.hosts.jax import own_optimizers
from dovetail.hosts.jax.table import TABLE
from dovetail.hosts.own_functions import Call, Function, Maths, OwnFunctions
from dovetail.operations.composite import prepared
from dovetail.operations.straight_line import straight_line

COMPILER = "jax.jit"


class JaxFunctions(OwnFunctions):
    """Eager calls and jax.jit."""

    framework: ClassVar[str] = "JAX"
    compilers: ClassVar[tuple[str, ...]] = (COMPILER,)
    inside: ClassVar[tuple[str, ...]] = (COMPILER,)
    built_ins: ClassVar[Mapping[str, str]] = {
        name: f"jax.nn:{name}"
        for name in (
            "relu", "relu6", "elu", "selu", "celu", "silu", "mish", "softplus", "sigmoid",
            "log_sigmoid", "hard_tanh", "leaky_relu", "softmax", "log_softmax", "squareplus",
        )
    } | {
        "gelu": f"{__name__}:gelu", "swish": "jax.nn:silu", "softsign": "jax.nn:soft_sign",
        "tanh": "jax.numpy:tanh", "exp": "jax.numpy:exp", "matmul": "jax.numpy:matmul",
        "logsumexp": "jax.scipy.special:logsumexp",
        "sparse_categorical_cross_entropy": f"{__name__}:cross_entropy",
    }  # fmt: skip

    @staticmethod
    def array(array: Any) -> Any:
        return jnp.asarray(array)

    def composite(self, graph: Graph) -> Function:
        return straight_line(prepared(graph, TABLE), TABLE, broadcasts=False)

    def _compile(self, function: Function, compiler: str) -> Function:
        return jax.jit(lambda *arrays: function(*arrays))  # programs are kept by their function

    def forward(self, maths: Maths, arrays: Sequence[Any], compiler: str) -> Call:
        function = self.compiled(maths.function, compiler)
        return lambda: jax.block_until_ready(function(*arrays))

    def both(
        self, maths: Maths, arrays: Sequence[Any], wrt: Sequence[int], cotangents: Sequence[Any],
        compiler: str,
    ) -> Call:  # fmt: skip
        count = len(arrays)

        def both(*given: Any) -> Any:
            fixed, cotangents = list(given[:count]), given[count:]

            def real(*leaves: Any) -> Any:
                for number, leaf in zip(wrt, leaves, strict=True):
                    fixed[number] = leaf
                outputs = leaves_of(maths.function(*fixed))
                return [o for o in outputs if jnp.issubdtype(o.dtype, jnp.floating)], outputs

            found, pull, outputs = jax.vjp(real, *(given[n] for n in wrt), has_aux=True)
            typed = [jnp.asarray(c, o.dtype) for c, o in zip(cotangents, found, strict=True)]
            return [*outputs, *pull(typed)]

        function = self.compiled(both, compiler)
        given = [*arrays, *cotangents]
        return lambda: jax.block_until_ready(function(*given))

    def steps(self, optimizer: Any) -> Mapping[str, Any]:
        return own_optimizers.steps(optimizer)


def gelu(x: Any) -> Any:
    """By erf, as Dovetail's is by default."""
    return jax.nn.gelu(x, approximate=False)


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean over the rows."""
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)
    return -chosen.mean()


OWN = JaxFunctions()
