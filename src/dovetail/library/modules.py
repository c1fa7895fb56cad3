"""The modules of the library."""

from __future__ import annotations

from types import ModuleType

from dovetail.library import (
    activations,
    attention,
    augmentation,
    combinators,
    convolution,
    crf,
    ctc_decoding,
    layers,
    losses,
    metric_losses,
    normalisation,
    optimizers,
    optimizers_elementwise,
    optimizers_of_models,
    optimizers_of_tensors,
    pooling,
    positions,
    ranking_losses,
    recurrent,
    resampling,
    schedules,
    sequence_losses,
)

MODULES: tuple[ModuleType, ...] = (
    activations, losses, layers, convolution, pooling, resampling, normalisation, combinators,
    recurrent, attention, positions, sequence_losses, ctc_decoding, crf,
    metric_losses, ranking_losses, augmentation, optimizers, optimizers_elementwise,
    optimizers_of_models, optimizers_of_tensors, schedules,
)  # fmt: skip
