"""Names under which Keras saves and finds what Dovetail makes for it.

A name is `dovetail>` and the name of the definition: "dovetail>mish". Definitions of the
user's modules have the module in front, those of a script have not: "dovetail>my.pieces.swirl",
"dovetail>swirl". A definition of the same name replaces the one before, as in Keras, so that a
script or notebook cell may be run again.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras

from dovetail.errors import NotRegisteredError
from dovetail.extension.activation import Activation
from dovetail.extension.base import Extension
from dovetail.extension.layer import Layer
from dovetail.extension.loss import Loss
from dovetail.extension.op import Op
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.ready import Creation

PACKAGE = "dovetail"
_OWN = ("dovetail", "__main__")

_extensions: dict[str, Extension] = {}


def name_of(definition: Any) -> str:
    """The name of a definition, without the package in front."""
    return _name(definition.__module__ or "__main__", definition.__qualname__)


def _name(module: str, name: str) -> str:
    name = name.replace("<locals>.", "")
    return name if module.partition(".")[0] in _OWN else f"{module}.{name}"


def register(definition: Any, form: Any) -> Any:
    """Register what stands for a definition in Keras."""
    return keras.saving.register_keras_serializable(PACKAGE, name_of(definition))(form)


def remember(extension: Extension) -> str:
    """Remember an extension, for what is saved by its name alone; the name."""
    name = name_of(extension)
    _extensions[name] = extension
    return name


def extension_named(name: str) -> Extension:
    """The extension that was remembered under this name."""
    found = _extensions.get(name)
    if found is None:
        raise NotRegisteredError(name)
    return found


def definitions_in(module: ModuleType) -> list[Any]:
    """The definitions among the public names of a module."""
    names = getattr(module, "__all__", None) or [n for n in dir(module) if n[0] != "_"]
    found = [getattr(module, name) for name in names]
    bases = (Layer, Optimizer)
    return [
        each
        for each in found
        if isinstance(each, Extension)
        or (isinstance(each, type) and issubclass(each, bases) and each not in bases)
    ]


class Reference:
    """What Keras makes of the configuration of an extension: the extension."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Extension:
        """The extension that is registered under the name in a configuration."""
        return extension_named(_name(config["module"], config["name"]))


def _register_kinds() -> None:
    """Extensions themselves may be saved, too: `Dense(64, activation=mish)`."""
    for kind in (Extension, Op, Activation, Loss, Creation):
        name = f"extension.{kind.__name__}"
        keras.saving.register_keras_serializable(PACKAGE, name)(kind)
        keras.saving.get_custom_objects()[f"{PACKAGE}>{name}"] = Reference


_register_kinds()
