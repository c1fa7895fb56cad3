"""Optimizers by name are those of Keras, with its defaults.

The library's follow the papers and PyTorch, where `eps` is added to the root of the corrected
second moment. Keras adds it before the correction (Kingma & Ba 2015, at the end of section 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dovetail.errors import UnknownNameError
from dovetail.extension.optimizer import Optimizer
from dovetail.library.optimizer_names import OPTIMIZERS
from dovetail.library.optimizers import Adam, AdamW


@dataclass(frozen=True)
class UncorrectedEps:
    """The `eps` of Adam at a step, where Keras adds `eps` to the second moment as it is."""

    eps: float
    beta2: float

    def __call__(self, step: int) -> float:
        return self.eps / math.sqrt(1.0 - self.beta2**step)


_KERAS: Mapping[str, Callable[[], Optimizer]] = MappingProxyType({
    "adam": lambda: Adam(eps=UncorrectedEps(1e-7, 0.999)),  # pyright: ignore[reportArgumentType]
    "adamw": lambda: AdamW(
        eps=UncorrectedEps(1e-7, 0.999), weight_decay=0.004  # pyright: ignore[reportArgumentType]
    ),
})  # fmt: skip


def optimizer_named(name: str) -> Optimizer:
    """The optimizer of a name, in letters of any size."""
    key = name.lower()
    if key not in OPTIMIZERS:
        raise UnknownNameError("optimizer", name, OPTIMIZERS)
    return _KERAS.get(key, OPTIMIZERS[key])()
