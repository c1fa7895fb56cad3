"""Ready-made extensions, each a few lines of maths with its paper."""

# ruff: noqa: F403

import typing as _typing

from dovetail.library.activations import *
from dovetail.library.layers import *
from dovetail.library.losses import *
from dovetail.library.optimizers import *

if not _typing.TYPE_CHECKING:  # type checkers know no `__all__` but a list of strings
    from dovetail.library import activations, layers, losses, optimizers

    __all__ = [
        *activations.__all__, *layers.__all__, *losses.__all__, *optimizers.__all__,
    ]  # fmt: skip
    PUBLIC = __all__  # what `dovetail` re-exports from here
