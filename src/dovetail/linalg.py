"""Linear algebra: the array API standard's extension `linalg`, and `solve_triangular`.

Batched over leading axes, with derivatives of every order, on every host's arrays.
"""

# ruff: noqa: F403

import typing as _typing

from dovetail.extension.functions import extension_of as _extension_of
from dovetail.extension.functions import linalg_extension_of as _linalg_extension_of
from dovetail.language.functions import LINALG as _LINALG
from dovetail.language.namespace import SHARED as _SHARED

if _typing.TYPE_CHECKING:
    from dovetail.language.decompositions import *
    from dovetail.language.linear_algebra import *
    from dovetail.language.matrix_functions import *

__all__ = sorted({*_LINALG, *_SHARED})

for _name in __all__:
    globals()[_name] = _linalg_extension_of(_name) if _name in _LINALG else _extension_of(_name)
