"""What the module classes made of definitions share: how they are pickled and shown."""

from __future__ import annotations

import contextlib
import copyreg
import inspect
from collections.abc import Iterable
from typing import Any


class Form(type):
    """The class of the classes made here; they are pickled by their definitions."""


def _reduce(form: Any) -> tuple[Any, ...] | str:
    # Subclasses that PyTorch makes (parametrizations, FSDP) name themselves.
    if "definition" not in vars(form):
        return form.__qualname__
    return _form_of, (form.definition,)


def _form_of(definition: Any) -> Any:
    return definition.torch


copyreg.pickle(Form, _reduce)


def make_form(base: type, definition: Any, parameters: Iterable[inspect.Parameter]) -> Any:
    """A class of modules, named and documented as its definition."""
    members = {
        "definition": definition,
        "__doc__": definition.__doc__,
        "__module__": definition.__module__,
        "__qualname__": definition.__qualname__,
    }
    form: Any = Form(definition.__name__, (base,), members)
    # An argument without a default may stand after one with a default.
    with contextlib.suppress(ValueError):
        form.__signature__ = inspect.Signature(list(parameters))
    return form


def keyword(name: str, default: Any) -> inspect.Parameter:
    """An argument that is given by its name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
