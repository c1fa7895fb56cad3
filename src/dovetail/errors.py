"""Every error that Dovetail raises: a few classes, each with fields.

A message names what was found, what was expected, what to do about it, and the line of the
user's definition where it is known. The words are at the place that raises; where several
places share them, in a function beside those. A whole message as the only argument makes the
error, too: so Keras raises the errors of a layer again.
"""

from __future__ import annotations

import copyreg
import functools
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from numpy.linalg import LinAlgError

_PACKAGE = str(Path(__file__).parent) + os.sep
_OURS = _PACKAGE, functools.__file__  # whose cached properties call definitions


def _folded(found: TracebackType | None) -> tuple[TracebackType | None, int]:
    """A traceback without the frames of this package, and how many these are."""
    entries: list[TracebackType] = []
    while found is not None:
        entries.append(found)
        found = found.tb_next
    users = [entry for entry in entries if not _own(entry)]
    kept: TracebackType | None = None
    for entry in reversed(users):
        kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept, len(entries) - len(users)


def _own(entry: TracebackType) -> bool:
    return entry.tb_frame.f_code.co_filename.startswith(_OURS)


def _users(error: BaseException) -> tuple[TracebackType | None, int]:
    """The traceback from our first frame on without our frames, and how many these are."""
    begun = error.__traceback__
    while begun is not None and not _own(begun):
        begun = begun.tb_next
    return _folded(begun)


def raised_at(error: BaseException) -> str:
    """The end of a message: the innermost line of the code that Dovetail called.

    It is empty if that code has no lines, such as a function of C.
    """
    entry, _ = _users(error)
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return "" if entry is None else f", at {entry.tb_frame.f_code.co_filename}:{entry.tb_lineno}"


def folded(error: BaseException, remedy: str) -> str | None:
    """The traceback of an error in code that Dovetail called, with its own frames folded.

    It ends in that code's line, and is None for an error in Dovetail itself. `remedy`: how to see
    the other frames.
    """
    users, count = _users(error)
    if users is None:
        return None
    first, *lines = traceback.format_exception(type(error), error, users, chain=False)
    return "".join([first, f"  [... {count} frames of Dovetail; {remedy}]\n", *lines])


def _in_ipython(error: BaseException) -> list[str]:
    """What IPython shows of an error."""
    shell = sys.modules["IPython"].get_ipython()
    users, folded = _folded(error.__traceback__)
    lines: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, users)
    if folded:
        lines.insert(-1, f"    [... {folded} frames of Dovetail; traceback.print_exc shows them]\n")
    return lines


def fold_in_ipython(error: BaseException) -> None:
    """Have IPython fold our frames in an error of the user's own code, too."""
    if "IPython" in sys.modules and not hasattr(error, "_render_traceback_"):
        vars(error)["_render_traceback_"] = functools.partial(_in_ipython, error)


def described(value: object) -> str:
    """A value for a message: its type and the beginning of its repr, if that can be had."""
    try:
        return f"{type(value).__name__} {value!r:.80}"
    except Exception:  # a variable of Keras while a graph is traced, for example
        return f"a {type(value).__name__}"


class DovetailError(Exception):
    """Base of every error that Dovetail raises on purpose.

    found: what is wrong, as a sentence without its full stop. expected: what it had to be.
    remedy: what to do. location: `file:line` of the user's definition.
    """

    def __init__(
        self, found: str, expected: str = "", remedy: str = "", location: str | None = None
    ) -> None:
        self.found, self.expected, self.remedy = found, expected, remedy
        self.location = location
        super().__init__(str(self))  # frameworks read the first of `args`

    def at(self, location: str | None) -> None:
        """Add the line of the definition, unless the error has one."""
        self.location = self.location or location
        self.args = (str(self),)

    def __str__(self) -> str:
        text = self.found if self.found.endswith(".") else f"{self.found}."
        rows = ("expected: ", self.expected), ("remedy: ", self.remedy)
        text += "".join(f"\n  {label}{words}" for label, words in rows if words)
        return f"{text}\n  defined at {self.location}" if self.location else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def _render_traceback_(self) -> list[str]:
        """For IPython, which asks for it: the traceback up to the user's line, ours folded."""
        return _in_ipython(self)

    def __reduce__(self) -> tuple[object, ...]:  # whatever the constructor takes
        return copyreg.__newobj__, (type(self), str(self)), vars(self)  # type: ignore[attr-defined]


# Definitions and calls.


class CallError(DovetailError, TypeError):
    """A call with other arguments than its signature has."""


class ArgumentError(CallError, ValueError):
    """An argument with a value that cannot be used."""

    def __init__(
        self, call: str, argument: str = "", value: object = None, expected: str = "",
        remedy: str = "", location: str | None = None,
    ) -> None:  # fmt: skip
        self.call, self.argument, self.value = call, argument, described(value)
        if not argument:
            super().__init__(call)
            return
        of = f" of {call}" if call else ""
        super().__init__(f"{argument}{of} is {self.value}", expected, remedy, location)


class UnknownNameError(DovetailError, KeyError, ValueError):
    """A name that means nothing: of an activation, a loss, a parameter."""

    def __init__(
        self, kind: str, name: object = None, known: Iterable[str] = (),
        remedy: str = "correct the name, or pass the object itself",
    ) -> None:  # fmt: skip
        self.kind, self.name = kind, name
        if name is None:
            super().__init__(kind)
            return
        found, expected = f"{name!r} is no {kind}", f"one of {', '.join(sorted(known))}"
        super().__init__(found, expected, remedy)


class DefinitionError(DovetailError, TypeError, ValueError):
    """A definition that cannot be used: its signature, its names, or what it returns."""


class NotBuiltError(DovetailError, RuntimeError):
    """A layer or optimizer whose arrays do not exist yet."""


class UnresolvedFieldError(NotBuiltError, AttributeError):
    """A field that is taken from the first input, before there was one."""


class GradientError(DovetailError, TypeError, ValueError):
    """A derivative that does not exist, or a declared one that does not fit."""


class StructureError(DovetailError, ValueError, TypeError):
    """Arrays that do not correspond to others: in nesting, number, shape or type."""

    def __init__(
        self, what: str, given: object = None, expected: object = None,
        remedy: str = "pass the same nesting, shapes and order",
    ) -> None:  # fmt: skip
        self.what, self.given = what, str(given)
        if expected is None:
            super().__init__(what)
            return
        super().__init__(f"{what}: got {given}", str(expected), remedy)


class SerialisationError(DovetailError, ValueError, LookupError):
    """Something that cannot be written down, or not be made again from what was written."""


class ChangedSinceMadeError(SerialisationError):
    """A layer or optimizer that its class, called with the same arguments, does not make again."""


# Maths.


class TraceError(DovetailError, TypeError):
    """Something that cannot be traced."""


class ShapeError(DovetailError, ValueError):
    """Shapes that do not fit together."""

    def __init__(
        self, operation: str, shapes: Iterable[object] = (), expected: str = "",
        remedy: str = "", location: str | None = None,
    ) -> None:  # fmt: skip
        self.operation, self.shapes = operation, tuple(shapes)
        if not expected:
            super().__init__(operation)
            return
        listed = " and ".join(map(str, self.shapes))
        super().__init__(f"{operation}: got {listed}", expected, remedy, location)


class DTypeError(DovetailError, TypeError):
    """A data type that Dovetail does not compute with, or not in this operation."""


class LinearAlgebraError(DovetailError, LinAlgError):
    """A matrix that an operation has no result for: singular, or not positive definite."""


class IndexingError(DovetailError, IndexError, ValueError):
    """An index, an axis or a label that does not exist."""


# Dovetail itself, and what it runs in.


class HostError(DovetailError, TypeError, RuntimeError):
    """A framework that is not known, or arrays of it that cannot be used."""


class HostNotInstalledError(HostError, ImportError):
    """A framework that cannot be imported."""

    def __init__(self, what: str, host: str, reason: object) -> None:
        found = f"{what} needs {host}, which cannot be imported: {reason}"
        super().__init__(found, f"an installed {host}", f"pip install 'dovetail[{host}]'")
        self.host = host


class UnsupportedError(HostError, NotImplementedError):
    """What a host has no kernels for, or no form of."""


class CompileError(DovetailError, RuntimeError):
    """A fault of Dovetail's own: an ill-typed graph, or code that cannot be compiled."""


class LinkError(CompileError):
    """Compiled code that refers to a function which this process does not have."""


class CacheWarning(UserWarning):
    """The cache on disk cannot be used, so every process compiles its kernels anew."""

    def __init__(self, folder: object, reason: object) -> None:
        super().__init__(
            f"the kernel cache in {folder} is not used: {reason}.\n"
            f"  expected: a folder that belongs to you and that nobody else may write to\n"
            f"  remedy: name another one in DOVETAIL_CACHE_DIR, or set DOVETAIL_CACHE=0"
        )


class OptionError(DovetailError, ValueError):
    """An option, of the environment or of the command line, that cannot be used."""

    def __init__(
        self, name: str, value: object, expected: str,
        remedy: str = "correct it, or leave it unset for the default",
    ) -> None:  # fmt: skip
        super().__init__(f"{name} is {value!r}", expected, remedy)
        self.name, self.value = name, value


class CheckError(DovetailError, AssertionError, ValueError):
    """What `dt.check` cannot check, or a check that did not pass."""


class TrainingError(DovetailError, RuntimeError, ArithmeticError):
    """A model that cannot be trained, or whose loss is no longer finite."""
