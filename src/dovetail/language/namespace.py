"""Every function of the language, by name, and the object that gathers them."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import MappingProxyType, SimpleNamespace
from typing import Any

from dovetail.graph import dtypes
from dovetail.language import (
    creation,
    data_types,
    einsum,
    elementwise,
    indexing,
    linear_algebra,
    manipulation,
    neural,
    random,
    searching,
    statistical,
)
from dovetail.language.location import locating

_NAMES: tuple[tuple[object, str], ...] = (
    (elementwise, """
        abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert
        bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor ceil clip copysign cos cosh
        divide equal erf erfc exp exp2 expm1 floor floor_divide greater greater_equal hypot
        isfinite isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and
        logical_not logical_or logical_xor maximum minimum multiply ndtr negative not_equal positive
        pow reciprocal remainder round rsqrt sigmoid sign signbit sin sinh sqrt square subtract
        tan tanh trunc"""),
    (statistical, "all any cumulative_prod cumulative_sum diff max mean min prod std sum var"),
    (searching, """
        argmax argmin argsort count_nonzero nonzero searchsorted sort unique_all unique_counts
        unique_inverse unique_values where"""),
    (manipulation, """
        broadcast_arrays broadcast_to concat expand_dims flip moveaxis pad permute_dims repeat
        reshape roll split squeeze stack tile unstack"""),
    (indexing, "take take_along_axis"),
    (creation, """
        arange asarray empty empty_like eye full full_like linspace meshgrid one_hot ones
        ones_like tril triu zeros zeros_like"""),
    (linear_algebra, "matmul matrix_transpose outer tensordot vecdot"),
    (einsum, "einsum"),
    (data_types, "astype can_cast finfo iinfo isdtype result_type"),
    (neural, """
        celu elu gelu glu hard_sigmoid hard_swish hard_tanh layer_norm leaky_relu log_sigmoid
        log_softmax logsumexp mish relu relu6 rms_norm selu silu softmax softplus softsign
        stop_gradient swiglu"""),
    (random, "dropout fold_in random_normal random_uniform"),
)  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: locating(getattr(module, name)) for module, names in _NAMES for name in names.split()
}
FUNCTIONS["swish"] = FUNCTIONS["silu"]

# Functions without an array argument: they answer tracers inside a trace only.
CREATION: frozenset[str] = frozenset(
    {"arange", "empty", "eye", "full", "linspace", "ones", "zeros"}
)
# Functions whose answer is no array.
QUESTIONS: frozenset[str] = frozenset({"can_cast", "finfo", "iinfo", "isdtype", "result_type"})

DTYPES: dict[str, dtypes.DType] = {dtype.name: dtype for dtype in dtypes.ALL}
CONSTANTS: dict[str, Any] = {
    "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "pi": math.pi,
}  # fmt: skip

# What operators and methods of a tracer call.
OPERATIONS: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {**FUNCTIONS, "getitem": locating(indexing.getitem)}
)

# What a tracer answers to `__array_namespace__`, unless a trace is given another object.
NAMESPACE = SimpleNamespace(**FUNCTIONS, **DTYPES, **CONSTANTS, __array_api_version__="2024.12")
