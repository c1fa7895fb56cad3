"""The optimizers of the library by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dovetail.extension.optimizer import Optimizer
from dovetail.library import (
    optimizers,
    optimizers_elementwise,
    optimizers_of_models,
    optimizers_of_tensors,
)

OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType({
    name.lower(): getattr(module, name)
    for module in (
        optimizers, optimizers_elementwise, optimizers_of_tensors, optimizers_of_models,
    )
    for name in module.__all__
})  # fmt: skip
"""The names that `model.compile(optimizer=...)` understands, in lower case."""
