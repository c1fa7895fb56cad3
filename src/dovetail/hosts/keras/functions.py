"""Ops and activations as plain functions, which is what Keras saves by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from keras.src import activations

from dovetail.extension.base import Extension
from dovetail.hosts.keras.registration import PACKAGE, name_of, register, remember


def function_form(extension: Extension) -> Callable[..., Any]:
    """A function that calls an extension on tensors of the backend or symbolic ones."""

    @functools.wraps(extension.definition, updated=())
    def function(*args: Any, **kwargs: Any) -> Any:
        return extension(*args, **kwargs)

    function.__name__ = extension.__name__
    function.__qualname__ = extension.__qualname__
    function.__module__ = extension.__module__
    function.extension = extension  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    remember(extension)
    return register(extension, function)


def activation_form(extension: Extension) -> Callable[..., Any]:
    """The same; `keras.activations.get` finds it by its registered name."""
    function = function_form(extension)
    by_name: dict[str, Any] = getattr(activations, "ALL_OBJECTS_DICT", {})
    by_name[f"{PACKAGE}>{name_of(extension)}"] = function
    return function
