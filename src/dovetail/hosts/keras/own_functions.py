"""Keras' functions are those of its backend; it adds its own activations."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras

from dovetail.graph.node import Graph
from dovetail.hosts.keras.tensors import BACKEND, from_numpy, to_numpy
from dovetail.hosts.own_functions import Call, Function, Maths, OwnFunctions

_BACKEND: OwnFunctions = importlib.import_module(f"dovetail.hosts.{BACKEND}.own_functions").OWN


class KerasFunctions(OwnFunctions):
    """The functions, compilers and autograd of the backend."""

    framework: ClassVar[str] = "Keras"
    compilers: ClassVar[tuple[str, ...]] = _BACKEND.compilers[:1]
    inside: ClassVar[tuple[str, ...]] = _BACKEND.inside[:1]
    built_ins: ClassVar[Mapping[str, str]] = {
        name: f"keras.ops:{name}"
        for name in (
            "relu", "relu6", "elu", "selu", "celu", "silu", "softplus", "softsign", "leaky_relu",
            "softmax", "log_softmax", "log_sigmoid", "logsumexp", "hard_tanh", "squareplus",
        )
    } | {
        "gelu": f"{__name__}:gelu", "mish": "keras.activations:mish", "swish": "keras.ops:silu",
        "sigmoid": "keras.ops:sigmoid", "tanh": "keras.ops:tanh", "exp": "keras.ops:exp",
    }  # fmt: skip

    def composite(self, graph: Graph) -> Function:
        return _BACKEND.composite(graph)

    def forward(self, maths: Maths, arrays: Sequence[Any], compiler: str) -> Call:
        return _BACKEND.forward(maths, arrays, compiler)

    def both(
        self, maths: Maths, arrays: Sequence[Any], wrt: Sequence[int], cotangents: Sequence[Any],
        compiler: str,
    ) -> Call:  # fmt: skip
        return _BACKEND.both(maths, arrays, wrt, cotangents, compiler)

    def array(self, array: Any) -> Any:
        return from_numpy(array)

    def numpy(self, array: Any) -> Any:
        return to_numpy(array)

    def set_threads(self, count: int) -> None:
        _BACKEND.set_threads(count)


def gelu(x: Any) -> Any:
    """By erf, as Dovetail's is by default."""
    return keras.ops.gelu(x, approximate=False)


OWN = KerasFunctions()
