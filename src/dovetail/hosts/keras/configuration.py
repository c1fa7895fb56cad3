"""Fields of layers and optimizers in the configurations that Keras writes.

Fields hold numbers, text, lists, data types, layers, extensions and functions. What is not
plain is written as `{"dovetail": ...}`, in the form of `dt.get_config`. When a model is loaded,
names in it are looked up only in modules that are imported already and in Dovetail itself:
a file never imports a module, and only definitions are accepted.
"""

from __future__ import annotations

import sys
from typing import Any

from dovetail.errors import SerialisationError
from dovetail.extension import serialisation
from dovetail.extension.base import Extension
from dovetail.extension.layer import Layer
from dovetail.extension.sequential import Named
from dovetail.graph.dtypes import DType, as_dtype

MARK = "dovetail"


def encode(value: Any) -> Any:
    """A field's value as plain data."""
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, DType):
        return {MARK: {"dtype": value.name}}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return {MARK: serialisation.get_config(getattr(value, "extension", value))}


def decode(value: Any) -> Any:
    """The inverse of `encode`."""
    if isinstance(value, (list, tuple)):
        return tuple(decode(item) for item in value)
    if not isinstance(value, dict) or set(value) != {MARK}:
        return value
    content = value[MARK]
    if "dtype" in content:
        return as_dtype(content["dtype"])
    _check(content)
    found = serialisation.from_config(content)
    if not isinstance(found, (Extension, Layer, Named)):
        raise _unsafe(repr(found), "it is no definition of Dovetail's")
    return found


def decode_class(content: Any, base: type[Any]) -> Any:
    """The class below `base` that `serialisation.get_config` has named."""
    _check(content)
    found = serialisation.from_config(content)
    if not isinstance(found, type) or not issubclass(found, base):
        raise _unsafe(repr(found), f"it is no {base.__name__}")
    return found


def _check(content: Any) -> None:
    """Raises where a configuration names what must not be imported or made."""
    if isinstance(content, (list, tuple)):
        for item in content:
            _check(item)
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        if key in ("class", "object") and isinstance(value, str):
            module = value.partition(":")[0]
            if module not in sys.modules and module.partition(".")[0] != MARK:
                raise _unsafe(value, f"the module {module} has not been imported")
        else:
            _check(value)


def _unsafe(name: str, reason: str) -> SerialisationError:
    return SerialisationError(
        f"a saved model names {name}, which was not looked up: {reason}",
        "a definition of a module that has been imported",
        "if you trust the file, import that module before loading the model",
    )
