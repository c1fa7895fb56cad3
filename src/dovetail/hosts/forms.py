"""Classes and functions that hosts make of definitions: named, shown and pickled as those."""

from __future__ import annotations

import contextlib
import copyreg
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from dovetail.extension.fields import REQUIRED, Field
from dovetail.extension.parameters import FromInput


def pickled_by_definition(metaclass: type, host: str) -> None:
    """Pickle the classes of a metaclass by their `definition`, of which they are the form."""
    copyreg.pickle(metaclass, functools.partial(_reduce, host))


def _reduce(host: str, form: Any) -> tuple[Any, ...] | str:
    # What a framework derives from a form (parametrizations, FSDP's) names itself.
    if "definition" not in vars(form):
        return form.__qualname__
    return getattr, (form.definition, host)


def make_form(
    base: type,
    definition: Any,
    parameters: Iterable[inspect.Parameter] | None = None,
    **members: Any,
) -> Any:
    """A class named and documented as its definition, or as the class of that.

    `parameters` are those that its signature shows, if any.
    """
    named = definition if hasattr(definition, "__qualname__") else type(definition)
    names = {name: getattr(named, name) for name in ("__doc__", "__module__", "__qualname__")}
    metaclass: Any = type(base)
    form = metaclass(named.__name__, (base,), {"definition": definition, **names, **members})
    if parameters is not None:
        # Except where an argument without a default follows one with a default.
        with contextlib.suppress(ValueError):
            form.__signature__ = inspect.Signature(list(parameters))
    return form


Made = Callable[[str, Any], inspect.Parameter]


def field_parameters(
    definition: Any, fields: Iterable[Field], made: Made | None = None
) -> list[inspect.Parameter]:
    """The fields of a class as arguments; of an instance, its values are the defaults."""
    found: list[inspect.Parameter] = []
    for field in fields:
        value = field.default
        if not isinstance(definition, type):
            value = getattr(definition, field.name)
        elif value is REQUIRED:
            value = inspect.Parameter.empty
        elif isinstance(value, FromInput):
            value = None
        found.append((made or positional)(field.name, value))
    return found


def keyword(name: str, default: Any) -> inspect.Parameter:
    """An argument that is passed by name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)


def positional(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """An argument that is passed by position or by name."""
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
