"""Classes and functions that hosts make of definitions: named, shown and pickled as those."""

from __future__ import annotations

import contextlib
import copyreg
import functools
import inspect
from collections.abc import Iterable
from typing import Any


def pickled_by_definition(metaclass: type, host: str) -> None:
    """Pickle the classes of a metaclass by their `definition`, of which they are the form."""
    copyreg.pickle(metaclass, functools.partial(_reduce, host))


def _reduce(host: str, form: Any) -> tuple[Any, ...] | str:
    # What a framework derives from a form (parametrizations, FSDP's) names itself.
    if "definition" not in vars(form):
        return form.__qualname__
    return getattr, (form.definition, host)


def make_form(
    metaclass: Any, base: type, definition: Any, parameters: Iterable[inspect.Parameter]
) -> Any:
    """A class named and documented as its definition, or as the class of that."""
    named = definition if hasattr(definition, "__qualname__") else type(definition)
    members = {
        "definition": definition,
        "__doc__": named.__doc__,
        "__module__": named.__module__,
        "__qualname__": named.__qualname__,
    }
    form = metaclass(named.__name__, (base,), members)
    # Not where an argument without a default stands after one with a default.
    with contextlib.suppress(ValueError):
        form.__signature__ = inspect.Signature(list(parameters))
    return form


def keyword(name: str, default: Any) -> inspect.Parameter:
    """An argument that is given by its name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)


def positional(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """An argument that is given by its place or its name."""
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
