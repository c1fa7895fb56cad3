"""The embedded trainer, on NumPy arrays."""

from __future__ import annotations

from dovetail.train.callbacks import Callback, EarlyStopping, LearningRateSchedule
from dovetail.train.history import History
from dovetail.train.model import Model, Sequential

__all__ = [
    "Callback", "EarlyStopping", "History", "LearningRateSchedule", "Model", "Sequential",
]  # fmt: skip

PUBLIC = __all__
"""The names that `dovetail` re-exports; `Sequential` here replaces that of the extension floor."""
