"""Makes layers, extensions and values from records. A record names only records before it."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from dovetail.errors import DovetailError, SerialisationError
from dovetail.extension.base import Extension
from dovetail.extension.constructor import reconstruct
from dovetail.extension.initializers import INITIALIZERS
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Declaration, Parameter, RandomKey, State
from dovetail.extension.sequential import Named
from dovetail.files import definitions, trees
from dovetail.files.calls import SavedCall
from dovetail.files.definitions import is_class_name
from dovetail.files.layers import SavedLayer, class_of, is_attribute
from dovetail.files.library import BASES, FORMS, piece
from dovetail.files.records import FileFault, Record
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Array
from dovetail.language.functions import FUNCTIONS

_MOST_AXES = 32
_MOST_ELEMENTS = 2**40  # of a parameter
# What constructors raise for the values in a hostile file.
FAULTS = (
    TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError,
    AssertionError, MemoryError,
)  # fmt: skip


class Reader:
    """The layers and extensions of one file, made as they are listed."""

    def __init__(self, record: Record, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays
        self._layers: list[Layer] = []
        self._extensions: list[Extension[..., Any]] = []
        for each in record.records("extensions"):
            self._extensions.append(definitions.read(each, arrays))
        for each in record.records("layers"):
            self._layers.append(self._layer(each))

    # Values.

    def value(self, value: Any, path: str) -> Any:
        """A value of a field or argument."""
        return trees.read(value, path, self._other)

    def _other(self, record: Record) -> Any:
        if "piece" in record:
            return piece(record.text("piece"))
        if "layer" in record:
            return self.layer(record, "layer")
        if "extension" in record:
            number = record.integer("extension", least=0, most=len(self._extensions) - 1)
            return self._extensions[number]
        if "named" in record:
            return Named(record.chosen("named", tuple(FUNCTIONS)))
        if "partial" in record:
            parts = record.items_of("partial")
            function, args, kwargs = (
                self.value(part, f"{record.path}partial") for part in (*parts, None, None, None)[:3]
            )
            fits = callable(function) and isinstance(args, tuple) and isinstance(kwargs, dict)
            if not fits:
                raise record.wrong("partial", "a function, arguments, and arguments by name")
            return functools.partial(function, *args, **kwargs)
        if "object" in record:
            owner = piece(record.text("object"))
            config = self.value(record.value("fields"), f"{record.path}fields")
            if not isinstance(owner, type) or not isinstance(config, dict):
                raise record.wrong("object", "the name of a class, with its configuration")
            return made_of(record, lambda: owner(**config))
        raise FileFault(f"{record.path[:-1]} is a value of an unknown kind")

    def layer(self, record: Record, name: str) -> Layer:
        """The layer of a number, which is before the one that names it."""
        return self._layers[record.integer(name, least=0, most=len(self._layers) - 1)]

    def fields(self, record: Record, name: str) -> dict[str, Any]:
        """Values by name."""
        given = record.record(name)
        return {key: self.value(given.value(key), f"{given.path}{key:.40}") for key in given}

    # Layers.

    def _layer(self, record: Record) -> Layer:
        if "form" in record:
            made: Layer = FORMS[record.chosen("form", tuple(FORMS))].read(record, self)
        elif "piece" not in record:
            attributes = self._attributes(record)
            owner = self._class(record, copy.deepcopy(attributes))
            own: SavedLayer = made_of(record, owner)
            # The file's own layers, which another layer of the file may hold as well.
            own.hold(attributes)
            made = own
        else:
            owner = piece(record.text("piece"))
            if not isinstance(owner, type) or not issubclass(owner, Layer):
                raise record.wrong("piece", "the name of a layer")
            fields = self.fields(record, "fields")
            made = made_of(record, lambda: reconstruct(owner, fields))
            changed = self.fields(record, "changed") if "changed" in record else {}
            known = {field.name for field in owner.fields}
            for key, value in changed.items():
                if key not in known:
                    raise record.wrong("changed", "values of fields")
                made_of(record, lambda key=key, value=value: setattr(made, key, value))
        if isinstance(made, SavedLayer):
            made.remember_uses()
        made.__dict__["seed"] = record.optional("seed", record.integer)
        _check_extents(record, made)
        return made

    def _class(self, record: Record, attributes: Mapping[str, Any]) -> Any:
        name = record.text("class")
        if not is_class_name(name):
            raise record.wrong("class", "the name of a class")
        training = record.flag("training")
        calls: dict[bool, list[SavedCall]] = {False: [], True: []}
        for each in record.records("calls"):
            calls[each.flag("training")].append(
                SavedCall(each, self.arrays, name, (dict, tuple, dict), 0)
            )
        if not training:
            calls[True] = calls[False]
        signature, _, _ = definitions.read_signature_of(record)
        itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        signature = inspect.Signature([itself, *signature.parameters.values()])
        base = BASES[record.chosen("base", tuple(BASES))]
        declared = {key: _declaration(said, key) for key, said in definitions.declared_in(record)}
        return class_of(
            name, base, declared, signature, calls, attributes, record.text("doc"), training
        )

    def _attributes(self, record: Record) -> dict[str, Any]:
        """The attributes that hold layers."""
        found = self.value(record.value("attributes"), f"{record.path}attributes")
        if not isinstance(found, dict) or not all(map(is_attribute, found)):
            raise record.wrong("attributes", "values by name")
        return found


def made_of(record: Record, make: Callable[[], Any]) -> Any:
    """What a constructor returns; its errors become faults of the file."""
    try:
        return make()
    except SerialisationError:
        raise
    except DovetailError as reason:
        raise FileFault(f"{record.path[:-1]}: {reason.found}") from reason
    except FAULTS as reason:
        raise FileFault(f"{record.path[:-1]} cannot be made: {reason!r:.120}") from reason


def _declaration(record: Record, name: str) -> Declaration:
    kind = record.chosen("kind", ("parameter", "state", "key"))
    if kind == "key":
        return RandomKey()
    shape = record.integers("shape", least=0, most=_MOST_ELEMENTS)
    if len(shape) > _MOST_AXES:
        raise record.wrong("shape", f"of at most {_MOST_AXES} dimensions")
    dtype = record.optional("dtype", record.text)
    init = trees.read(record.value("init"), f"{record.path}init")
    if init is None:
        init = _no_initial_value(name)
    elif not isinstance(init, (bool, int, float)) and init not in INITIALIZERS:
        raise record.wrong("init", f"a number, or one of {', '.join(INITIALIZERS)}")
    make = Parameter if kind == "parameter" else State
    return make(*shape, init=init, dtype=None if dtype is None else as_dtype(dtype))


def _no_initial_value(name: str) -> Callable[..., Any]:
    def draw(rng: Any, shape: Any, dtype: Any) -> Any:
        raise SerialisationError(
            f"{name} has no initial value: a function computed it, which is not in the file",
            "the arrays of the file",
            "use the loaded layer itself, with its arrays",
        )

    return draw


def _check_extents(record: Record, layer: Layer) -> None:
    """Raises where a parameter would be larger than any memory."""
    if not layer.sizes_known:
        return
    for declaration in layer.declared.values():
        count = 1
        for extent in made_of(record, lambda each=declaration: each.extents(layer)):
            count *= extent
        if count > _MOST_ELEMENTS:
            raise FileFault(f"{record.path}{declaration.name} would have {count} elements")
