"""Names under which Keras saves and finds definitions.

A name is `dovetail>` and the name of the definition: "dovetail>mish". Definitions of the
user's modules have the module in front, those of a script have not: "dovetail>my.pieces.swirl",
"dovetail>swirl". One that a function makes has the values that it was made with behind it:
"dovetail>make.swirl(a=0.1)".

A definition with the same content as the one before takes its name, so that a script or notebook
cell may be run again. With other content, the one that its module holds has the name, and the
other gets a name for this process only: models in memory are cloned and saved with what
they hold, and a file with such a name cannot be loaded elsewhere.
"""

from __future__ import annotations

import itertools
import secrets
import sys
import threading
from types import ModuleType
from typing import Any

import keras
from keras.src import activations

from dovetail.errors import SerialisationError
from dovetail.extension.activation import Activation
from dovetail.extension.base import Extension
from dovetail.extension.content import holder_at, holder_of, same_content, values_text
from dovetail.extension.functions import Creation
from dovetail.extension.layer import Layer
from dovetail.extension.loss import Loss
from dovetail.extension.op import Op
from dovetail.extension.optimizer import Optimizer

PACKAGE = "dovetail"
_OWN = ("dovetail", "__main__")

_lock = threading.RLock()
_extensions: dict[str, Extension] = {}
_names: dict[Any, str] = {}  # of definitions
_holders: dict[str, Any] = {}  # the definition that has a name now
_forms: dict[Any, Any] = {}  # what Keras knows by a definition's name
_by_name: dict[str, Any] = getattr(activations, "ALL_OBJECTS_DICT", {})  # what Keras looks up
_process, _numbers = secrets.token_hex(4), itertools.count(1)  # for names of this process only


def name_of(definition: Any) -> str:
    """The name of a definition, without the package in front."""
    with _lock:
        name = _names.get(definition)
        if name is None:
            name = _names[definition] = _claimed(definition)
        return name


def _claimed(definition: Any) -> str:
    """The name for a definition; another one may lose it."""
    name = _full_name(definition)
    holder = _holders.get(name)
    if holder is None or same_content(holder, definition):
        _holders[name] = definition
        return name
    named_by_its_module = "<" not in definition.__qualname__ and holder_of(holder) is not holder
    if holder_of(definition) is definition or named_by_its_module:
        _rename(name, holder)
        _holders[name] = definition
        return name
    if isinstance(holder, Ambiguous) or holder_of(holder) is holder:
        return _name_here(name)
    _rename(name, holder)
    refusal = _holders[name] = Ambiguous(name)
    keras.saving.get_custom_objects()[f"{PACKAGE}>{name}"] = refusal
    return _name_here(name)


def _full_name(definition: Any) -> str:
    name = _name(definition.__module__ or "__main__", definition.__qualname__)
    if "<" not in definition.__qualname__:
        return name
    values = values_text(definition)
    return f"{name}({values})" if values else name


def _name_here(name: str) -> str:
    return f"{name}@{_process}.{next(_numbers)}"


def _rename(name: str, holder: Any) -> None:
    """Give a definition a name of this process; another one takes its own."""
    if isinstance(holder, Ambiguous):
        return
    new = _name_here(name)
    _extensions.pop(name, None)
    _by_name.pop(f"{PACKAGE}>{name}", None)
    for each in [each for each, known in _names.items() if known == name]:  # of equal content
        _names[each] = new
        if isinstance(each, Extension):
            _extensions[new] = each
        if each in _forms:
            _enter(new, _forms[each])


def _name(module: str, name: str) -> str:
    name = name.replace("<locals>.", "")
    return name if module.partition(".")[0] in _OWN else f"{module}.{name}"


class Ambiguous:
    """Registered under a name that several definitions have."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise _ambiguous(self.name)

    def from_config(self, config: Any) -> Any:
        """Raises: it is not known which of them is meant."""
        raise _ambiguous(self.name)


def register(definition: Any, form: Any) -> Any:
    """Register a definition's form in Keras."""
    with _lock:
        name = name_of(definition)
        _forms[definition] = form
        return _enter(name, form)


def _enter(name: str, form: Any) -> Any:
    if getattr(form, "is_activation", False):
        _by_name[f"{PACKAGE}>{name}"] = form
    return keras.saving.register_keras_serializable(PACKAGE, name)(form)


def register_definition(extension: Extension) -> str:
    """Register an extension, for what is saved by its name alone; the name."""
    name = name_of(extension)
    _extensions[name] = extension
    return name


def definition_named(name: str) -> Any:
    """The definition of this name in Dovetail, an imported module or `__main__`, or None."""
    parts = name.split(".")
    modules = (".".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
    places = [(module, name.removeprefix(f"{module}.")) for module in modules]
    places += [(module, name) for module in _OWN]
    held = (holder_at(module, path) for module, path in places if module in sys.modules)
    found = [each for each in held if _is_definition(each)]
    if any(not same_content(found[0], other) for other in found[1:]):
        raise _ambiguous(name)
    return found[0] if found and name_of(found[0]) == name else None


def extension_named(name: str) -> Extension:
    """The extension registered under this name, or found by it."""
    found = _extensions.get(name)
    if found is None and name not in _holders:
        definition = definition_named(name)
        found = definition if isinstance(definition, Extension) else None
    if found is None and isinstance(_holders.get(name), Ambiguous):
        raise _ambiguous(name)
    if found is None:
        raise _not_registered(name)
    return found


def definitions_in(module: ModuleType) -> list[Any]:
    """The definitions among the public names of a module."""
    names = getattr(module, "__all__", None) or [n for n in dir(module) if n[0] != "_"]
    return list(filter(_is_definition, (getattr(module, name) for name in names)))


def _is_definition(value: Any) -> bool:
    bases = (Layer, Optimizer)
    is_class = isinstance(value, type) and issubclass(value, bases) and value not in bases
    return is_class or isinstance(value, Extension)


class Reference:
    """What Keras makes of the configuration of an extension: the extension."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Extension:
        """The extension that is registered under the name in a configuration."""
        known = config.get("known_as")
        return extension_named(known or _name(config["module"], config["name"]))


def _register_kinds() -> None:
    """Extensions themselves may be saved, too: `Dense(64, activation=mish)`."""
    for kind in (Extension, Op, Activation, Loss, Creation):
        name = f"extension.{kind.__name__}"
        keras.saving.register_keras_serializable(PACKAGE, name)(kind)
        keras.saving.get_custom_objects()[f"{PACKAGE}>{name}"] = Reference


_register_kinds()
Extension.naming = staticmethod(register_definition)


def _ambiguous(name: str) -> SerialisationError:
    return SerialisationError(
        f"a saved model names Dovetail's {name!r}, and several definitions have this name",
        "one definition of each name",
        "give each a name of its own (its __qualname__), or let the function that makes them take "
        "numbers, texts or arrays, which become part of the name; where one in __main__ has the "
        "name of one of Dovetail's, ask for .keras of the one that is meant before loading",
    )


def _not_registered(name: str) -> SerialisationError:
    several = (
        "; where its name has an @, it was one of several definitions of one name, which the "
        "process that saved it could tell apart: give each a name of its own"
    )
    return SerialisationError(
        f"a saved model names Dovetail's {name!r}, which this process does not know",
        f"a definition of this name in a module that is imported{several if '@' in name else ''}",
        "import the module that defines it before loading",
    )
