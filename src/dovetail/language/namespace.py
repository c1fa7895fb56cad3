"""The namespace: every function of the language, the data types, and the constants.

A function registers itself where it is defined (language/functions.py); a new module of functions
is imported here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

from dovetail.graph import dtypes
from dovetail.language import (
    arithmetic,
    attention,
    convolution,
    creation,
    data_dependent,
    data_types,
    decompositions,
    einsum,
    elementwise,
    indexing,
    inspection,
    linear_algebra,
    loops,
    manipulation,
    matrix_functions,
    neural,
    random,
    resizing,
    scan,
    searching,
    segment_reductions,
    special,
    statistical,
    updates,
    windows,
)
from dovetail.language.functions import FUNCTIONS, LINALG
from dovetail.language.location import locating

MODULES = (
    arithmetic, attention, convolution, creation, data_dependent, data_types, einsum, elementwise,
    indexing, linear_algebra, loops, manipulation, neural, random, resizing, scan, searching,
    segment_reductions, special, statistical, updates, windows,
)  # fmt: skip
LINALG_MODULES = (decompositions, matrix_functions)

DTYPES: dict[str, dtypes.DType] = {dtype.name: dtype for dtype in dtypes.ALL}
CONSTANTS: dict[str, Any] = {
    "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "pi": math.pi,
}  # fmt: skip

# Functions that `dt.linalg` has as well, as in the standard.
SHARED = tuple(linear_algebra.__all__)
LINALG_NAMESPACE = SimpleNamespace(**{name: FUNCTIONS[name] for name in SHARED}, **LINALG)

# What operators and methods of a tracer call.
OPERATIONS: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {**FUNCTIONS, "getitem": locating(indexing.getitem), "at": updates.At}
)

# What `__array_namespace__` of a tracer returns, unless a trace is given another object.
NAMESPACE = SimpleNamespace(
    **FUNCTIONS, **DTYPES, **CONSTANTS, linalg=LINALG_NAMESPACE, __array_api_version__="2024.12",
    __array_namespace_info__=partial(inspection.NamespaceInfo, traced=True),
)  # fmt: skip
