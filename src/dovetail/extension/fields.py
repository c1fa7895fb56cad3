"""Fields of layers and optimizers: the annotated names of a class, as dataclasses have them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.extension.call_errors import (
    missing_arguments,
    repeated_argument,
    too_many_positional,
    unknown_argument,
)

REQUIRED: Any = object()


@dataclass(frozen=True)
class Field:
    """One annotated name. `is_float`: its value is a float by annotation or default."""

    name: str
    default: Any
    is_float: bool


def fields_of(owner: type, root: type, reserved: type) -> tuple[Field, ...]:
    """The fields of a class below `root`, those of its bases first.

    A redefinition keeps its place. What holds a `reserved` object is no field.
    """
    found: dict[str, Field] = {}
    for base in reversed(owner.__mro__):
        if base is root or not issubclass(base, root):
            continue
        annotations: Mapping[str, Any] = inspect.get_annotations(base)
        for name, annotation in annotations.items():
            default = base.__dict__.get(name, REQUIRED)
            if name.startswith("_") or _is_class_variable(annotation):
                continue
            if isinstance(default, reserved):
                found.pop(name, None)
                continue
            is_float = annotation in (float, "float") or type(default) is float
            found[name] = Field(name, default, is_float)
        for name in list(found):  # a base's field with a new default and no annotation
            if name in base.__dict__ and name not in annotations:
                found[name] = Field(name, base.__dict__[name], found[name].is_float)
    return tuple(found.values())


def _is_class_variable(annotation: Any) -> bool:
    return "ClassVar" in (annotation if isinstance(annotation, str) else repr(annotation))


def named(
    owner: str,
    fields: Sequence[Field],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    location: str | None,
) -> dict[str, Any]:
    """What a construction gives, by name: positions are those of the fields."""
    names = [field.name for field in fields]
    if len(args) > len(names):
        raise too_many_positional(owner, names, len(args), location)
    values = dict(zip(names, args, strict=False))
    for name in kwargs:
        if name in values:
            raise repeated_argument(owner, name, location)
    return {**values, **kwargs}


def field_values(
    owner: str,
    fields: Sequence[Field],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    location: str | None,
) -> dict[str, Any]:
    """The value of each field from a construction, defaults filled in."""
    names = [field.name for field in fields]
    values = named(owner, fields, args, kwargs, location)
    for name in values:
        if name not in names:
            raise unknown_argument(owner, name, names, location)
    missing = [f.name for f in fields if f.name not in values and f.default is REQUIRED]
    if missing:
        raise missing_arguments(owner, missing, location)
    return {field.name: values.get(field.name, field.default) for field in fields}


def as_field(field: Field, value: Any) -> Any:
    """A value as the field keeps it: an int for a float field becomes a float."""
    if field.is_float and type(value) is int:
        return float(value)
    return value
