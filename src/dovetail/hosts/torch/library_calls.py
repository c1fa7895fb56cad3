"""Library calls by PyTorch's own functions: between segments, and as nodes of a composite.

`LIBRARY_CALLS[name](call, *tensors)`, where `call` is one of operations/splitting.py, or a node of
a graph. Its result has the call's data type. Half precisions compute in float32 in linear algebra;
products and convolutions of them are PyTorch's own. A row of linear algebra with several results is
packed as its primitive says (graph/primitives/matrices.py, spectral.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dovetail.graph.node import Node
from dovetail.hosts.torch.convolutions import CONVOLUTIONS
from dovetail.hosts.torch.dtypes import THEIRS
from dovetail.hosts.torch.products import product
from dovetail.operations.splitting import Call

# Types that torch.matmul and torch.sort refuse: they are taken as int64.
_AS_INT64 = frozenset({torch.bool, torch.uint16, torch.uint32, torch.uint64})


def _matmul(attrs: dict[str, Any], a: Any, b: Any, bias: Any = None) -> Any:
    if a.dtype in _AS_INT64:  # int64 wraps alike
        return torch.matmul(a.to(torch.int64), b.to(torch.int64))
    return product(a, b, bias)


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


# Linear algebra by torch.linalg: its errors and its derivatives.


def _packed(*parts: Any) -> Any:
    """Matrices, and vectors with a last axis of 1, side by side along one axis."""
    return torch.cat([part.flatten(-2) for part in parts], dim=-1)


def _eigh(attrs: dict[str, Any], a: Any) -> Any:
    values, vectors = torch.linalg.eigh(a)
    return torch.cat([values.unsqueeze(-2), vectors], dim=-2)


def _svd(attrs: dict[str, Any], a: Any) -> Any:
    u, s, vh = torch.linalg.svd(a, full_matrices=attrs["full"])
    return _packed(u, s.unsqueeze(-1), vh)


def _qr(attrs: dict[str, Any], a: Any) -> Any:
    return _packed(*torch.linalg.qr(a, "complete" if attrs["complete"] else "reduced"))


def _cofactor(attrs: dict[str, Any], a: Any) -> Any:
    value, vjp = torch.func.vjp(torch.linalg.det, a)[:2]
    return vjp(torch.ones_like(value))[0]


def _solve_triangular(attrs: dict[str, Any], a: Any, b: Any) -> Any:
    upper, unit = not attrs["lower"], attrs["unit_diagonal"]
    return torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unit)


_MATRICES: dict[str, Callable[..., Any]] = {  # of attributes and tensors
    "cholesky": lambda attrs, a: torch.linalg.cholesky(a),
    "solve_triangular": _solve_triangular,
    "solve": lambda attrs, a, b: torch.linalg.solve(a, b),
    "inv": lambda attrs, a: torch.linalg.inv(a),
    "det": lambda attrs, a: torch.linalg.det(a),
    "cofactor": _cofactor,
    "slogdet": lambda attrs, a: torch.stack(torch.linalg.slogdet(a), dim=-1),
    "pinv": lambda attrs, a: torch.linalg.pinv(a, rtol=attrs["rtol"]),
    "eigh": _eigh,
    "eigvalsh": lambda attrs, a: torch.linalg.eigvalsh(a),
    "svd": _svd,
    "svdvals": lambda attrs, a: torch.linalg.svdvals(a),
    "qr": _qr,
}


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
    **{name: _called(function, in_float32=True) for name, function in _MATRICES.items()},
}
