"""Where things are defined, and the line of the user's file that is running."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from dovetail.errors import DovetailError
from dovetail.language.argument_names import check_keywords

PACKAGE = str(Path(__file__).parent.parent) + os.sep
_own_files = {functools.__file__}  # which calls our cached properties; this package's, as met

Fault = TypeVar("Fault", bound=DovetailError)
Function = TypeVar("Function", bound=Callable[..., Any])


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function, or of the class of a callable object."""
    return getattr(function, "__name__", type(function).__name__)


def location_of(function: Callable[..., Any] | type) -> str | None:
    """`file:line` of a definition, where it is known."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}"
    try:
        file = inspect.getsourcefile(function)
        return f"{file}:{inspect.getsourcelines(function)[1]}"
    except (TypeError, OSError):
        return None


def user_line() -> str | None:
    """`file:line` of the innermost frame outside this package."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        file = frame.f_code.co_filename
        if file not in _own_files:
            if not file.startswith(PACKAGE):
                return f"{file}:{frame.f_lineno}"
            _own_files.add(file)
        frame = frame.f_back
    return None


def at_user_line(error: Fault) -> Fault:
    """The error itself, with the user's line."""
    error.at(user_line())
    return error


def locating(function: Function) -> Function:
    """`function`, with the user's line in every error of Dovetail's that leaves it."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except DovetailError as error:
            at_user_line(error)
            raise
        except TypeError:
            try:
                check_keywords(function, kwargs)
            except DovetailError as error:
                raise at_user_line(error) from None
            raise

    return cast(Function, call)
