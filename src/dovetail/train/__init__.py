"""The embedded trainer, on NumPy arrays."""

from __future__ import annotations

from dovetail.train import saving
from dovetail.train.buckets import Buckets
from dovetail.train.callbacks import Callback, EarlyStopping, LearningRateSchedule
from dovetail.train.functional import Input
from dovetail.train.history import History
from dovetail.train.model import Model
from dovetail.train.networks import Sequential
from dovetail.train.penalties import L1, L1L2, L2, MaxNorm, NonNegative, UnitNorm

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "Buckets",
    "Callback",
    "EarlyStopping",
    "History",
    "Input",
    "LearningRateSchedule",
    "MaxNorm",
    "Model",
    "NonNegative",
    "Sequential",
    "UnitNorm",
]  # fmt: skip

PUBLIC = __all__
"""The names that `dovetail` re-exports; `Sequential` here replaces that of the extension floor."""

saving.install()
