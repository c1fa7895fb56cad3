"""Errors for modules that cannot be traced, with the line of the user's code."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError, UnsupportedError


def cannot_trace(tracer: str, module: Any, reason: str) -> UnsupportedError:
    """The error for a module, which may be given by its name."""
    name = module if isinstance(module, str) else type(module).__name__
    return UnsupportedError(
        f"{name} cannot be traced by {tracer}: {reason}",
        "a module whose operations do not depend on the values of its inputs, and whose batch may "
        "have any size",
        "give this part another form, or improve the modules in it one by one",
    )


@dataclass(frozen=True)
class Located:
    """A function of a step, whose errors say where in the module it is."""

    function: Callable[..., Any]
    tracer: str
    module: str
    where: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.function(*args, **kwargs)
        except (NotImplementedError, TypeError) as reason:
            if isinstance(reason, DovetailError):
                raise
            raise cannot_trace(self.tracer, self.module, f"{reason}{self.where}") from reason


def files_of(modules: Iterable[Any], framework: str) -> set[str]:
    """The files of the classes of modules and of their bases, without those of the framework."""
    kinds = {kind for each in modules for kind in type(each).__mro__}
    found = set[str]()
    for kind in kinds:
        if not kind.__module__.startswith(f"{framework}."):
            found.add(str(getattr(sys.modules.get(kind.__module__), "__file__", "")))
            for each in vars(kind).values():  # of a notebook, which has no file
                code = getattr(inspect.unwrap(each), "__code__", None)
                found.add(code.co_filename if code else "")
    return found - {""}


def folder_of(framework: str) -> str:
    """The beginning of the names of a framework's files."""
    return os.path.dirname(str(sys.modules[framework].__file__)) + os.sep


def line_in(files: set[str], error: BaseException) -> str:
    """The line of the innermost frame of an error in these files, for the end of a message."""
    found, entry = "", error.__traceback__
    while entry is not None:
        name = entry.tb_frame.f_code.co_filename
        if name in files:
            found = f", at {name}:{entry.tb_lineno}"
        entry = entry.tb_next
    return found
