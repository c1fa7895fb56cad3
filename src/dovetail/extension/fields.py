"""Fields of layers and optimizers: the annotated names of a class, as in dataclasses.

Type checkers read subclasses of `HasFields` as dataclasses (PEP 681), so that they know the
arguments. Annotated names that are not fields are marked as `attribute` or ClassVar.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self, dataclass_transform

from dovetail.errors import ArgumentError
from dovetail.extension.call_errors import (
    missing_arguments,
    repeated_argument,
    too_many_positional,
    unknown_argument,
)
from dovetail.extension.exact import Structured
from dovetail.extension.parameters import Declaration

REQUIRED: Any = object()
_NUMBERS = ("bool", "int", "float")  # annotations, as they are written
_SCHEDULED = "Scheduled"  # the annotation of a number or a schedule of numbers


@dataclass(frozen=True)
class Field:
    """One annotated name. `is_float`: its value is a float by annotation or default."""

    name: str
    default: Any
    is_float: bool
    annotation: Any = inspect.Parameter.empty


def option(*, default: Any, kw_only: Literal[True]) -> Any:
    """A field of every class of its kind, given by name."""
    return default


def attribute(*, default: Any, init: Literal[False]) -> Any:
    """An annotated attribute that is no field."""
    return default


def init_signature(owner: type) -> inspect.Signature:
    """The signature of a class' own `__init__`, without self."""
    whole = inspect.signature(owner.__init__)
    return whole.replace(parameters=[*whole.parameters.values()][1:])


class ConstructorSignature:
    """The `__signature__` of classes: fields and options, or the arguments of their `__init__`."""

    def __init__(self, init: Callable[..., None], options: Sequence[Field]) -> None:
        self.init, self.options = init, options

    def __get__(self, instance: Any, owner: type[HasFields]) -> inspect.Signature:
        if instance is not None:  # its signature is that of `__call__`
            raise AttributeError("__signature__")
        if owner.__init__ is not self.init:
            return init_signature(owner)
        kind = inspect.Parameter
        try:
            return inspect.Signature([
                kind(field.name, where, annotation=field.annotation,
                     default=kind.empty if field.default is REQUIRED else field.default)
                for where, fields in ((kind.POSITIONAL_OR_KEYWORD, owner.fields),
                                      (kind.KEYWORD_ONLY, self.options))
                for field in fields
            ])  # fmt: skip
        except ValueError as reason:  # a field without a default after one that has one
            raise AttributeError("__signature__") from reason


@dataclass_transform(eq_default=False, field_specifiers=(option, attribute))
class HasFields(Structured):
    """The base of layers and optimizers: annotated names are constructor arguments."""

    _reserves = True
    fields: ClassVar[tuple[Field, ...]] = ()
    declared: ClassVar[dict[str, Declaration]] = {}
    _taken: ClassVar[frozenset[str]] = frozenset()  # names that may not be set

    # The constructor arguments, for classes with an `__init__` of their own (constructor.py).
    _given: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Keeps the arguments."""
        made = object.__new__(cls)
        made.__dict__["_given"] = args, kwargs
        return made


def fields_of(owner: type, root: type, reserved: type) -> tuple[Field, ...]:
    """The fields of a class below `root`, those of its bases first.

    A redefined field keeps its position. A name with a `reserved` object is not a field.
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
            found[name] = Field(name, default, is_float, annotation)
        for name in list(found):  # a base's field with a new default and no annotation
            if name in base.__dict__ and name not in annotations:
                found[name] = replace(found[name], default=base.__dict__[name])
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
    """Constructor arguments by name; positional ones are in the order of the fields."""
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
    """The value of each field from constructor arguments, defaults filled in."""
    names = [field.name for field in fields]
    values = named(owner, fields, args, kwargs, location)
    for name in values:
        if name not in names:
            raise unknown_argument(owner, name, names, location)
    missing = [f.name for f in fields if f.name not in values and f.default is REQUIRED]
    if missing:
        raise missing_arguments(owner, missing, location)
    for field in fields:
        if field.name in values:
            require_number(owner, field, values[field.name], location)
    return {field.name: values.get(field.name, field.default) for field in fields}


def require_number(owner: str, field: Field, value: Any, location: str | None) -> None:
    """Raise an error if a field that is annotated as a number gets text, or an integer a float.

    Arrays pass, because a hyperparameter may be learned.
    """
    annotation = field.annotation
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    kinds = {each.strip() for each in text.split("|")}
    if kinds.isdisjoint((*_NUMBERS, _SCHEDULED)) or any(map(_takes_text, kinds)):
        return
    fits = not isinstance(value, (str, bytes))
    if kinds <= {*_NUMBERS, "None"}:
        if value is None:
            fits = "None" in kinds or field.default is None
        elif isinstance(value, Real) and not isinstance(value, Integral):
            fits = "float" in kinds or isinstance(field.default, float)
    if not fits:
        number = isinstance(field.default, (int, float))
        example = field.default if number else 0.5 if field.is_float else 1
        remedy = f"write, for example, {field.name}={example!r}"
        expected = text.replace(_SCHEDULED, "a number, or a function of the step")
        raise ArgumentError(owner, field.name, value, expected, remedy, location)


def _takes_text(kind: str) -> bool:
    return kind.startswith(("str", "Any", "object", "Literal"))


def as_field(field: Field, value: Any) -> Any:
    """A value as the field keeps it: an int for a float field becomes a float."""
    return float(value) if field.is_float and type(value) is int else value
