"""Ops and activations as plain functions, which is what Keras saves by name."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

from dovetail.extension.base import Extension
from dovetail.hosts.forms import path_of_form
from dovetail.hosts.keras.registration import register, register_definition


def function_form(extension: Extension, known_by_name: bool = False) -> Callable[..., Any]:
    """A function that calls an extension on tensors of the backend or symbolic ones."""

    @functools.wraps(extension.definition, updated=())
    def function(*args: Any, **kwargs: Any) -> Any:
        return extension(*args, **kwargs)

    # TensorFlow replaces an argument of a tf.function by its `__wrapped__`.
    with contextlib.suppress(ValueError):  # of a definition that shows no arguments
        function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    del function.__wrapped__
    function.__name__ = extension.__name__
    function.__qualname__ = path_of_form(extension, "keras")
    function.__module__ = extension.__module__
    function.extension = extension  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    function.is_activation = known_by_name  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    register_definition(extension)
    return register(extension, function)


# `keras.activations.get` finds it by its registered name.
activation_form = functools.partial(function_form, known_by_name=True)
