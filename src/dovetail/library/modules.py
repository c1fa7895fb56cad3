"""The modules of the library."""

from __future__ import annotations

from types import ModuleType

from dovetail.library import (
    activations,
    combinators,
    convolution,
    layers,
    losses,
    normalisation,
    optimizers,
    pooling,
    resampling,
)

MODULES: tuple[ModuleType, ...] = (
    activations, losses, layers, convolution, pooling, resampling, normalisation, combinators,
    optimizers,
)  # fmt: skip
