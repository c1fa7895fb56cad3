"""Configurations: layers and optimizers as plain data, for model files."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from dovetail.errors import SerialisationError, described
from dovetail.extension.constructor import has_own_init, reconstruct, settings_of
from dovetail.extension.content import holder_of, same_content
from dovetail.extension.layer import Layer
from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.sequential import Named
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.language.location import location_of

Config = dict[str, Any]


def get_config(thing: LayerTree | Optimizer | Callable[..., Any]) -> Config:
    """A layer, an optimizer, an extension or a function of a module, as plain data."""
    if isinstance(thing, (Layer, Optimizer)):
        arguments, changed = settings_of(thing)
        config: Config = {"class": _reference(type(thing))}
        if has_own_init(type(thing)):
            config["arguments"] = _plain_fields(thing.name, arguments)
            arguments = changed
        config["fields"] = _plain_fields(thing.name, arguments)
        return {**config, "seed": thing.seed} if isinstance(thing, Layer) else config
    if isinstance(thing, Named):
        return {"function": thing.__name__}
    return {"object": _reference(thing)}


def from_config(config: Mapping[str, Any]) -> Any:
    """The inverse of `get_config`; imports the modules that it names."""
    if "function" in config:
        return Named(config["function"])
    if "object" in config:
        return _resolve(config["object"])
    owner = _resolve(config["class"])
    fields = {name: _restore(value) for name, value in config["fields"].items()}
    arguments = {name: _restore(value) for name, value in config.get("arguments", {}).items()}
    made = reconstruct(owner, arguments if "arguments" in config else fields)
    if "arguments" in config:
        for name, value in fields.items():
            setattr(made, name, value)
    if config.get("seed") is not None:
        made.__dict__["seed"] = config["seed"]
    return made


def _plain_fields(owner: str, fields: Mapping[str, Any]) -> Config:
    return {name: _plain(owner, name, value) for name, value in fields.items()}


def _reference(thing: Any) -> str:
    reference = f"{thing.__module__}:{thing.__qualname__}"
    if "<" in reference:
        raise _not_plain(thing.__module__, thing.__qualname__, thing)
    holder = holder_of(thing)
    alike = isinstance(holder, type(thing)) and same_content(holder, thing)
    if holder is not None and not alike and holder is not getattr(thing, "definition", None):
        location = location_of(getattr(thing, "definition", thing))
        raise SerialisationError(
            f"{reference!r} cannot be saved by name: another definition has this name now",
            "the definition that its module has under this name",
            "give the two definitions different names",
            location,
        )
    return reference


def _not_plain(owner: str, field: str, value: object) -> SerialisationError:
    return SerialisationError(
        f"{owner}.{field} is {described(value)}, which cannot be saved as plain data",
        "numbers, text, tuples, layers, or extensions of a module",
        "name the function at the top of a module",
    )


def _resolve(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return attrgetter(name)(importlib.import_module(module))


def _plain(owner: str, field: str, value: Any) -> Any:
    """A field's value as numbers, text, lists, and dicts with one key that says what they are."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    items: Any = value
    if isinstance(value, (tuple, list)):
        return [_plain(owner, field, item) for item in items]
    if isinstance(value, DType):
        return {"dtype": value.name}
    known = isinstance(value, (Layer, Optimizer, Named))
    if known or "<" not in getattr(value, "__qualname__", "<"):
        return {"config": get_config(value)}
    raise _not_plain(owner, field, value)


def _restore(value: Any) -> Any:
    items: Any = value
    if isinstance(value, list):
        return tuple(_restore(item) for item in items)
    if isinstance(value, dict):
        return as_dtype(items["dtype"]) if "dtype" in items else from_config(items["config"])
    return value
