"""The embedded trainer, on NumPy arrays."""

# ruff: noqa: F403

from dovetail.train import (
    callbacks,
    classification_metrics,
    mean_metrics,
    penalties,
    saving,
    sequence_metrics,
)
from dovetail.train.buckets import Buckets
from dovetail.train.callbacks import *
from dovetail.train.classification_metrics import *
from dovetail.train.decoding import beam_search
from dovetail.train.error_rates import character_error_rate
from dovetail.train.from_flax import from_flax
from dovetail.train.from_keras import from_keras
from dovetail.train.from_torch import from_torch
from dovetail.train.functional import Input
from dovetail.train.history import History
from dovetail.train.mean_metrics import *
from dovetail.train.metrics import metric
from dovetail.train.model import Model
from dovetail.train.negative_samples import NegativeSamples
from dovetail.train.networks import Sequential
from dovetail.train.penalties import *
from dovetail.train.sequence_metrics import *
from dovetail.train.stateful_metrics import StatefulMetric

__all__ = [
    "Buckets", "History", "Input", "Model", "NegativeSamples", "Sequential", "StatefulMetric",
    "beam_search", "character_error_rate", "from_flax", "from_keras", "from_torch", "metric",
]  # fmt: skip
__all__ += callbacks.__all__
__all__ += classification_metrics.__all__
__all__ += mean_metrics.__all__
__all__ += penalties.__all__
__all__ += sequence_metrics.__all__

PUBLIC = __all__
"""The names that `dovetail` re-exports; `Sequential` here replaces that of the extension floor."""

saving.install()
