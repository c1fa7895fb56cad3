"""Ready-made extensions, each a few lines of maths with its paper."""

# ruff: noqa: F403

import typing as _typing

from dovetail.library.activations import *
from dovetail.library.attention import *
from dovetail.library.augmentation import *
from dovetail.library.combinators import *
from dovetail.library.convolution import *
from dovetail.library.crf import *
from dovetail.library.ctc_decoding import *
from dovetail.library.layers import *
from dovetail.library.losses import *
from dovetail.library.metric_losses import *
from dovetail.library.normalisation import *
from dovetail.library.optimizers import *
from dovetail.library.optimizers_elementwise import *
from dovetail.library.optimizers_of_models import *
from dovetail.library.optimizers_of_tensors import *
from dovetail.library.pooling import *
from dovetail.library.positions import *
from dovetail.library.ranking_losses import *
from dovetail.library.recurrent import *
from dovetail.library.resampling import *
from dovetail.library.schedules import *
from dovetail.library.sequence_losses import *

if not _typing.TYPE_CHECKING:  # type checkers know no `__all__` but a list of strings
    from dovetail.library.modules import MODULES

    __all__ = [name for module in MODULES for name in module.__all__]
    PUBLIC = __all__  # what `dovetail` re-exports from here
