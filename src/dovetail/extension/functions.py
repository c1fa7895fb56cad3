"""The functions of the language as extensions, which run eagerly on every host."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from dovetail.extension.activation import Activation
from dovetail.extension.base import Extension
from dovetail.extension.op import Op
from dovetail.extension.signature import Signature
from dovetail.language.functions import KINDS, LINALG
from dovetail.language.namespace import FUNCTIONS


class Creation(Op[..., Any]):
    """Makes arrays from numbers; all arguments but arrays are static."""

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        arguments = tuple(
            each if each.is_array else replace(each, static=True) for each in signature.arguments
        )
        return Signature(signature.name, arguments, signature.location)


@cache
def extension_of(name: str) -> Extension[..., Any]:
    """The extension of a function of the language, as an attribute of `dovetail`."""
    kind: Any = {"activation": Activation, "creation": Creation}.get(KINDS[name], Op)
    extension = kind(FUNCTIONS[name], name=name)
    extension.__module__, extension.__qualname__ = "dovetail", name
    return extension


def linalg_extension_of(name: str) -> Extension[..., Any]:
    """The extension of a function of the language, as an attribute of `dovetail.linalg`."""
    extension: Extension[..., Any] = Op(LINALG[name], name=name)
    extension.__module__, extension.__qualname__ = "dovetail.linalg", name
    return extension
