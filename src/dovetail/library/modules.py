"""The modules of the library."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

MODULES: tuple[ModuleType, ...] = tuple(
    import_module(f"dovetail.library.{name}")
    for name in (
        "activations", "losses", "layers", "convolution", "pooling", "resampling",
        "normalisation", "combinators", "recurrent", "attention", "positions",
        "sequence_losses", "ctc_decoding", "crf", "metric_losses", "ranking_losses",
        "augmentation", "optimizers", "optimizers_elementwise", "optimizers_of_models",
        "optimizers_of_tensors", "schedules",
    )
)  # fmt: skip
