"""The embedded trainer, on NumPy arrays."""

# ruff: noqa: F403

import typing as _typing

from dovetail.train import (
    callbacks,
    classification_metrics,
    mean_metrics,
    penalties,
    saving,
    sequence_metrics,
)
from dovetail.train.buckets import Buckets as Buckets
from dovetail.train.callbacks import *
from dovetail.train.classification_metrics import *
from dovetail.train.decoding import beam_search as beam_search
from dovetail.train.error_rates import character_error_rate as character_error_rate
from dovetail.train.from_flax import from_flax as from_flax
from dovetail.train.from_keras import from_keras as from_keras
from dovetail.train.from_torch import from_torch as from_torch
from dovetail.train.functional import Input as Input
from dovetail.train.history import History as History
from dovetail.train.mean_metrics import *
from dovetail.train.metrics import metric as metric
from dovetail.train.model import Model as Model
from dovetail.train.negative_samples import NegativeSamples as NegativeSamples
from dovetail.train.networks import Sequential as Sequential
from dovetail.train.penalties import *
from dovetail.train.sequence_metrics import *
from dovetail.train.stateful_metrics import StatefulMetric as StatefulMetric

if not _typing.TYPE_CHECKING:  # type checkers know no `__all__` but a list of strings
    __all__ = [
        "Buckets", "History", "Input", "Model", "NegativeSamples", "Sequential", "StatefulMetric",
        "beam_search", "character_error_rate", "from_flax", "from_keras", "from_torch", "metric",
        *callbacks.__all__, *classification_metrics.__all__, *mean_metrics.__all__,
        *penalties.__all__, *sequence_metrics.__all__,
    ]  # fmt: skip
    # What `dovetail` re-exports; `Sequential` here replaces that of the extension floor.
    PUBLIC = __all__

saving.install()
