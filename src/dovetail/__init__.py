"""Dovetail: write a layer, an activation, a loss or an optimizer once, as array maths.

Importing this package imports no framework and no compiler. The functions of the
language are extensions here: they run eagerly on any host's arrays, are traced through
inside a definition, and have `.torch`, `.keras`, `.jax`, `.tensorflow` and `.numpy` forms.
"""

# ruff: noqa: F403

import importlib as _importlib
import importlib.util as _util
import types as _types
import typing as _typing

from dovetail import linalg as linalg
from dovetail.compile.cpu.kept_memory import keep_memory as keep_memory
from dovetail.errors import DovetailError as DovetailError
from dovetail.extension import dispatch as _dispatch
from dovetail.extension.activation import activation as activation
from dovetail.extension.batching import vmap as vmap
from dovetail.extension.functions import extension_of as _extension_of
from dovetail.extension.gradients import grad as grad
from dovetail.extension.gradients import value_and_grad as value_and_grad
from dovetail.extension.layer import Layer as Layer
from dovetail.extension.loss import loss as loss
from dovetail.extension.op import op as op
from dovetail.extension.optimizer import Optimizer as Optimizer
from dovetail.extension.parameters import Parameter as Parameter
from dovetail.extension.parameters import RandomKey as RandomKey
from dovetail.extension.parameters import Shared as Shared
from dovetail.extension.parameters import State as State
from dovetail.extension.parameters import from_input as from_input
from dovetail.extension.pullback import jvp as jvp
from dovetail.extension.pullback import vjp as vjp
from dovetail.extension.schedule import Schedule as Schedule
from dovetail.extension.serialisation import from_config as from_config
from dovetail.extension.serialisation import get_config as get_config
from dovetail.graph.dtypes import DType as DType
from dovetail.graph.dtypes import bfloat16 as bfloat16
from dovetail.graph.dtypes import bool_ as _bool
from dovetail.graph.dtypes import float16 as float16
from dovetail.graph.dtypes import float32 as float32
from dovetail.graph.dtypes import float64 as float64
from dovetail.graph.dtypes import int8 as int8
from dovetail.graph.dtypes import int16 as int16
from dovetail.graph.dtypes import int32 as int32
from dovetail.graph.dtypes import int64 as int64
from dovetail.graph.dtypes import uint8 as uint8
from dovetail.graph.dtypes import uint16 as uint16
from dovetail.graph.dtypes import uint32 as uint32
from dovetail.graph.dtypes import uint64 as uint64
from dovetail.hosts.registry import REGISTRY as _REGISTRY
from dovetail.language.functions import KINDS as _KINDS
from dovetail.language.inspection import NamespaceInfo as _NamespaceInfo
from dovetail.language.namespace import FUNCTIONS as _FUNCTIONS

# For type checkers and editors; these names are there when the package runs, too (see below).
if _typing.TYPE_CHECKING:
    from dovetail import improve as improve
    from dovetail.files import load as load
    from dovetail.files import load_weights as load_weights
    from dovetail.files import save as save
    from dovetail.files import save_weights as save_weights
    from dovetail.hosts.show import show as show
    from dovetail.language.arithmetic import *
    from dovetail.language.attention import *
    from dovetail.language.convolution import *
    from dovetail.language.creation import *
    from dovetail.language.data_dependent import *
    from dovetail.language.data_types import *
    from dovetail.language.einsum import *
    from dovetail.language.elementwise import *
    from dovetail.language.indexing import *
    from dovetail.language.linear_algebra import *
    from dovetail.language.loops import *
    from dovetail.language.manipulation import *
    from dovetail.language.neural import *
    from dovetail.language.random import *
    from dovetail.language.resizing import *
    from dovetail.language.scan import *
    from dovetail.language.searching import *
    from dovetail.language.segment_reductions import *
    from dovetail.language.special import *
    from dovetail.language.statistical import *
    from dovetail.language.updates import *
    from dovetail.language.windows import *
    from dovetail.library import *
    from dovetail.measure import bench as bench
    from dovetail.train import *
    from dovetail.verify import check as check

__version__ = "0.1.0"
__array_api_version__ = "2024.12"


def __array_namespace_info__() -> _NamespaceInfo:  # noqa: N807
    """What the namespace can do, on arrays and not in a trace."""
    return _NamespaceInfo(traced=False)


_dispatch.install(_REGISTRY)
_REGISTRY.await_frameworks()

e = 2.718281828459045
inf = float("inf")
nan = float("nan")
newaxis = None
bool = _bool
pi = 3.141592653589793

# The functions of the language, as extensions.
for _name, _function in _FUNCTIONS.items():
    if _KINDS[_name] == "query":
        globals()[_name] = _function
    elif _name == _function.__name__:
        globals()[_name] = _extension_of(_name)
for _name, _function in _FUNCTIONS.items():
    globals().setdefault(_name, globals()[_function.__name__])  # a second name

# What stands above the extensions is loaded when it is first asked for.
_LATER = (
    "dovetail.library", "dovetail.train", "dovetail.files", "dovetail.hosts.show",
    "dovetail.verify", "dovetail.measure",
)  # fmt: skip


def _names() -> list[str]:
    """Every public name."""
    here = [
        name
        for name, value in globals().items()
        if not name.startswith("_") and not isinstance(value, _types.ModuleType)
    ]
    later = (name for module in _LATER for name in _importlib.import_module(module).PUBLIC)
    return sorted({*here, *later})


def __dir__() -> list[str]:
    return _names()


if not _typing.TYPE_CHECKING:  # which would take any name for one of the package

    def __getattr__(name: str) -> _typing.Any:
        if name == "__all__":
            return _names()
        if name == "improve":
            return _importlib.import_module("dovetail.improve")
        if not name.startswith("_") and _util.find_spec(f"{__name__}.{name}") is None:
            for module in map(_importlib.import_module, _LATER):
                if name in module.PUBLIC:
                    value = globals()[name] = getattr(module, name)
                    return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
