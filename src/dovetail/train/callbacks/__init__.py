"""Callbacks of `fit`, with Keras' names and arguments."""

from __future__ import annotations

from dovetail.train.callbacks.base import Callback
from dovetail.train.callbacks.checkpoints import BackupAndRestore, ModelCheckpoint
from dovetail.train.callbacks.logs import CSVLogger, LambdaCallback, TensorBoard
from dovetail.train.callbacks.rates import (
    LearningRateSchedule,
    LearningRateScheduler,
    ReduceLROnPlateau,
)
from dovetail.train.callbacks.stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "EarlyStopping", "LambdaCallback",
    "LearningRateSchedule", "LearningRateScheduler", "ModelCheckpoint", "ReduceLROnPlateau",
    "TensorBoard", "TerminateOnNaN",
]  # fmt: skip
