"""Registers `dovetail::call` with PyTorch: the operator of the calls in graphs that are kept.

It is registered as soon as PyTorch is imported, so that files with it can be loaded
(torch.export.load, torch.jit.load). What it does is in graph_operator.py, which is imported when
the operator first runs.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import torch
from torch._decomp import register_decomposition

from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.namespace import python_library

_NAME = "dovetail::call"
_SCHEMA = "call(str operation, Tensor[] arrays, float[] floats) -> Tensor[]"


@functools.cache
def register() -> None:
    """Register the operator, once."""
    library = python_library()
    library.define(_SCHEMA, tags=(torch.Tag.pt2_compliant_tag,))
    library.impl("call", _later("run"), "CompositeExplicitAutograd")  # on every device
    torch.library.register_fake(_NAME, _later("fake"), lib=library)
    torch.library.register_autograd(
        _NAME, _later("backward"), setup_context=_later("setup_context"), lib=library
    )
    torch.library.register_vmap(_NAME, _later("vmap"), lib=library)
    register_decomposition(torch.ops.dovetail.call.default)(_later("decomposed"))


def _later(name: str) -> Callable[..., Any]:
    @dynamo_skip
    def function(*args: Any, **kwargs: Any) -> Any:
        module = importlib.import_module("dovetail.hosts.torch.graph_operator")
        return getattr(module, name)(*args, **kwargs)

    return function
