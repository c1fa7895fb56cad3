"""The definitions in a module."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from dovetail.extension.base import Extension
from dovetail.extension.derived import Derived
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer


def definitions_of(module: ModuleType) -> dict[str, Any]:
    """The extensions, layers and optimizers (classes and instances) of a module, by name.

    Imported definitions and names that begin with an underscore are left out.
    """
    found: dict[str, Any] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or isinstance(value, Derived):
            continue
        is_class = isinstance(value, type) and issubclass(value, (Layer, Optimizer))
        if is_class and getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, Extension) and value.__module__ != module.__name__:
            continue
        if is_class or isinstance(value, (Extension, Layer, Optimizer)):
            found[name] = value
    return found
