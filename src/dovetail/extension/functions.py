"""The functions of the language as extensions, which run eagerly on every host."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from dovetail.extension.activation import Activation
from dovetail.extension.base import Extension
from dovetail.extension.dispatch import Caller, Host, hosts, untraced
from dovetail.extension.op import Op
from dovetail.extension.signature import Signature
from dovetail.extension.values import leaves_of
from dovetail.language.functions import EVALUATIONS, KINDS, LINALG
from dovetail.language.namespace import FUNCTIONS
from dovetail.language.operands import data_dependent
from dovetail.language.scope import running
from dovetail.language.tracer import Tracer
from dovetail.language.tree import map_leaves


class Creation(Op[..., Any]):
    """Makes arrays from numbers; all arguments but arrays are static."""

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        arguments = tuple(
            each if each.is_array else replace(each, static=True) for each in signature.arguments
        )
        return Signature(signature.name, arguments, signature.location)


class Eager(Op[..., Any]):
    """Computed by NumPy with the values of arrays of any host; a trace has no values."""

    @untraced
    def dispatch(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Inline in a trace, which raises; else on the values."""
        leaves = leaves_of((args, kwargs))
        if running() is not None or any(isinstance(leaf, Tracer) for leaf in leaves):
            return self.inline(*args, **kwargs)
        (value,) = self.signature.bind(args, kwargs)
        host = hosts().host_of(leaves, self.name)
        found = EVALUATIONS[self.name](np.asarray(self._values(host, value)))
        return map_leaves(host.from_numpy, found)

    def _values(self, host: Host, value: Any) -> Any:
        """The values of an array, where its host knows them."""
        if not host.owns(value):
            return value
        try:
            return host.to_numpy(value)
        except (AttributeError, RuntimeError, NotImplementedError, TypeError) as reason:
            raise data_dependent(self.name, "call it where the array has values") from reason

    def caller_on(self, host: Host) -> Caller:
        """What forms call."""
        return self.dispatch

    @untraced
    def _seek(self, kind: type) -> bool:
        return False


@cache
def extension_of(name: str) -> Extension[..., Any]:
    """The extension of a function of the language, as an attribute of `dovetail`."""
    kinds: dict[str, Any] = {"activation": Activation, "creation": Creation, "eager": Eager}
    kind = kinds.get(KINDS[name], Op)
    extension = kind(FUNCTIONS[name], name=name)
    extension.__module__, extension.__qualname__ = "dovetail", name
    return extension


def linalg_extension_of(name: str) -> Extension[..., Any]:
    """The extension of a function of the language, as an attribute of `dovetail.linalg`."""
    extension: Extension[..., Any] = Op(LINALG[name], name=name)
    extension.__module__, extension.__qualname__ = "dovetail.linalg", name
    return extension
