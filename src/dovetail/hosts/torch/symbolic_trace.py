"""Calls inside `torch.fx.symbolic_trace`: one node each.

There the arguments are `torch.fx.Proxy`s. A call of an extension becomes a `call_function`, a call
of a module of ours a `call_module`, as a module of PyTorch's own does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch.fx import Proxy

from dovetail.errors import CallError
from dovetail.extension.values import leaves_of

_NESTED = (tuple, list, dict)


def proxy_in(values: Iterable[Any]) -> Any:
    """The first Proxy among some arguments, also in a tuple, list or dict; None without one."""
    for value in values:
        if isinstance(value, Proxy):
            return value
        if isinstance(value, _NESTED):
            found = proxy_in(leaves_of(value))
            if found is not None:
                return found
    return None


def extension_node(extension: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call of an extension as a node; NotImplemented where nothing is a Proxy."""
    proxy = proxy_in((*args, *kwargs.values()))
    if proxy is None:
        return NotImplemented
    return proxy.tracer.create_proxy("call_function", extension, args, kwargs)


def module_node(module: Any, proxy: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call of a module as a node."""
    tracer = proxy.tracer
    return tracer.create_proxy("call_module", tracer.path_of_module(module), args, kwargs)


def check_is_inside(name: str, inputs: Any) -> None:
    """Raises where a module of ours is itself what is traced: its inputs are then one Proxy."""
    if inputs.__class__ is not tuple:
        raise CallError(
            f"torch.fx.symbolic_trace was given the module {name}, which runs as one operation",
            "a module that holds it; there it becomes one node of the graph",
            f"trace torch.nn.Sequential({name}), or use torch.export",
        )
