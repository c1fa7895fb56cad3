"""The embedded trainer, on NumPy arrays."""

from __future__ import annotations

from dovetail.train import saving
from dovetail.train.buckets import Buckets
from dovetail.train.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateSchedule,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TensorBoard,
    TerminateOnNaN,
)
from dovetail.train.classification_metrics import (
    AUC,
    CohenKappa,
    ConfusionMatrix,
    F1Score,
    MatthewsCorrelation,
    Precision,
    Recall,
)
from dovetail.train.decoding import beam_search
from dovetail.train.error_rates import character_error_rate
from dovetail.train.from_flax import from_flax
from dovetail.train.from_keras import from_keras
from dovetail.train.from_torch import from_torch
from dovetail.train.functional import Input
from dovetail.train.history import History
from dovetail.train.mean_metrics import (
    NDCG,
    HitRate,
    Perplexity,
    R2Score,
    RootMeanSquaredError,
    TopKAccuracy,
)
from dovetail.train.metrics import metric
from dovetail.train.model import Model
from dovetail.train.negative_samples import NegativeSamples
from dovetail.train.networks import Sequential
from dovetail.train.penalties import L1, L1L2, L2, MaxNorm, NonNegative, UnitNorm
from dovetail.train.sequence_metrics import CharacterErrorRate
from dovetail.train.stateful_metrics import StatefulMetric

__all__ = [
    "AUC",
    "L1",
    "L1L2",
    "L2",
    "NDCG",
    "BackupAndRestore",
    "Buckets",
    "CSVLogger",
    "Callback",
    "CharacterErrorRate",
    "CohenKappa",
    "ConfusionMatrix",
    "EarlyStopping",
    "F1Score",
    "History",
    "HitRate",
    "Input",
    "LambdaCallback",
    "LearningRateSchedule",
    "LearningRateScheduler",
    "MatthewsCorrelation",
    "MaxNorm",
    "Model",
    "ModelCheckpoint",
    "NegativeSamples",
    "NonNegative",
    "Perplexity",
    "Precision",
    "R2Score",
    "Recall",
    "ReduceLROnPlateau",
    "RootMeanSquaredError",
    "Sequential",
    "StatefulMetric",
    "TensorBoard",
    "TerminateOnNaN",
    "TopKAccuracy",
    "UnitNorm",
    "beam_search",
    "character_error_rate",
    "from_flax",
    "from_keras",
    "from_torch",
    "metric",
]  # fmt: skip

PUBLIC = __all__
"""The names that `dovetail` re-exports; `Sequential` here replaces that of the extension floor."""

saving.install()
