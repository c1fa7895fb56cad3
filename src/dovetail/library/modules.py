"""The modules of the library."""

from __future__ import annotations

from types import ModuleType

from dovetail.library import (
    activations,
    combinators,
    convolution,
    crf,
    layers,
    losses,
    normalisation,
    optimizers,
    optimizers_elementwise,
    optimizers_of_models,
    optimizers_of_tensors,
    pooling,
    recurrent,
    resampling,
    schedules,
    sequence_losses,
)

MODULES: tuple[ModuleType, ...] = (
    activations, losses, layers, convolution, pooling, resampling, normalisation, combinators,
    recurrent, sequence_losses, crf, optimizers, optimizers_elementwise, optimizers_of_models,
    optimizers_of_tensors, schedules,
)  # fmt: skip
