"""Library calls by PyTorch's own functions: between segments, and as nodes of a composite.

`LIBRARY_CALLS[name](call, *tensors)`, where `call` is one of operations/splitting.py, or a node of
a graph. Its result has the call's data type. Half precisions compute in float32 in linear algebra;
products and convolutions of them are PyTorch's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dovetail.graph.node import Node
from dovetail.hosts.torch.convolutions import CONVOLUTIONS
from dovetail.hosts.torch.dtypes import THEIRS
from dovetail.hosts.torch.matrices import MATRICES
from dovetail.hosts.torch.products import product
from dovetail.operations.splitting import Call

# Types that torch.matmul and torch.sort refuse: they are taken as int64.
_AS_INT64 = frozenset({torch.bool, torch.uint16, torch.uint32, torch.uint64})


def _matmul(attrs: dict[str, Any], a: Any, b: Any) -> Any:
    if a.dtype in _AS_INT64:  # int64 wraps alike
        return torch.matmul(a.to(torch.int64), b.to(torch.int64))
    return product(a, b)


def sortable(x: Any) -> Any:
    """Values in the same order, of a type that torch.sort takes."""
    if x.dtype not in _AS_INT64:
        return x
    signed = x.to(torch.int64)
    if x.dtype is torch.uint64:  # the upper half of its values became negative
        return signed ^ torch.iinfo(torch.int64).min
    return signed


def _argsort(attrs: dict[str, Any], x: Any) -> Any:
    descending = attrs["descending"]
    return torch.argsort(sortable(x), dim=attrs["axis"], descending=descending, stable=True)


def _top_k(attrs: dict[str, Any], x: Any) -> Any:
    # torch.topk does not say which of equal elements it takes.
    order = torch.argsort(sortable(x), dim=attrs["axis"], descending=True, stable=True)
    return order.narrow(attrs["axis"], 0, attrs["k"])


def _called(function: Callable[..., Any], in_float32: bool = False) -> Callable[..., Any]:
    """The function of a call; `in_float32`: also of half precisions."""

    def run(call: Call | Node, *tensors: Any) -> Any:
        wanted = THEIRS[call.dtype]
        if in_float32:
            wide = THEIRS[call.dtype.compute]
            tensors = tuple([tensor.to(wide) for tensor in tensors])
        found = function(dict(call.attrs), *tensors)
        return found if found.dtype is wanted else found.to(wanted)

    return run


LIBRARY_CALLS: dict[str, Callable[..., Any]] = {
    "matmul": _called(_matmul),
    "argsort": _called(_argsort),
    "top_k": _called(_top_k),
    **{name: _called(function) for name, function in CONVOLUTIONS.items()},
    **{name: _called(function, in_float32=True) for name, function in MATRICES.items()},
}
