"""Keras' functions are those of its backend; it adds its own activations."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import keras

from dovetail.hosts.keras import own_optimizers
from dovetail.hosts.keras.tensors import BACKEND, from_numpy

_Backend: Any = type(importlib.import_module(f"dovetail.hosts.{BACKEND}.own_functions").OWN)


class KerasFunctions(_Backend):  # type: ignore[misc]  # which of three depends on Keras
    """The functions, compilers and autograd of the backend."""

    framework: ClassVar[str] = "Keras"
    compilers: ClassVar[tuple[str, ...]] = _Backend.compilers[:1]
    inside: ClassVar[tuple[str, ...]] = _Backend.inside[:1]
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

    array = staticmethod(from_numpy)

    def steps(self, optimizer: Any) -> Mapping[str, Any]:
        return own_optimizers.steps(optimizer)


def gelu(x: Any) -> Any:
    """By erf, as Dovetail's is by default."""
    return keras.ops.gelu(x, approximate=False)


OWN = KerasFunctions()
