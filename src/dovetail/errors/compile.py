"""Kernels: their code, their cache, and what they are run on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dovetail.errors.base import DovetailError


class CacheWarning(UserWarning):
    """The cache on disk cannot be used, so every process compiles its kernels anew."""

    def __init__(self, folder: object, reason: object) -> None:
        super().__init__(
            f"the kernel cache in {folder} is not used: {reason}.\n"
            f"  expected: a folder that belongs to you and that nobody else may write to\n"
            f"  remedy: name another one in DOVETAIL_CACHE_DIR, or set DOVETAIL_CACHE=0"
        )


class CodeRejected(DovetailError, RuntimeError):
    """LLVM does not accept generated code: a fault of Dovetail's own."""

    def __init__(self, reason: object, ir: str) -> None:
        super().__init__(
            f"LLVM rejected generated code: {str(reason).strip()}\n"
            f"  This is a fault of Dovetail; please report it with this code:\n{ir}"
        )


class CodeNotLinked(DovetailError, RuntimeError):
    """Compiled code refers to a function that this process does not have."""

    def __init__(self, name: str, reason: object) -> None:
        super().__init__(
            f"compiled code for {name!r} cannot be linked: {str(reason).strip()}\n"
            f"  expected: a function of that name in the code, and every function that it\n"
            f"  calls in this process or named by define_symbol"
        )


class InvalidAddress(DovetailError, ValueError):
    def __init__(self, name: str, value: object) -> None:
        super().__init__(
            f"{name} is {value!r}.\n  expected: the address of something in memory, as an integer"
        )


class NotAnArray(DovetailError, TypeError):
    def __init__(self, position: int, value: object) -> None:
        super().__init__(
            f"buffer {position} of a kernel is {type(value).__name__} {value!r}.\n"
            f"  expected: a numpy.ndarray"
        )


class PlanMismatchError(DovetailError, TypeError):
    """A compiled program met buffers of other types or sizes than it was made for."""

    def __init__(self, name: str, given: Iterable[str], expected: Iterable[str]) -> None:
        super().__init__(
            f"the program of {name} was given {', '.join(given) or 'no arrays'}.\n"
            f"  expected: {', '.join(expected) or 'no arrays'}, for which it was made\n"
            f"  remedy: trace or compile again for these arrays. If every cotangent, output and "
            f"replayed graph of yours has the expected types and shapes, please report this"
        )


class IndexOutOfRangeError(DovetailError, IndexError):
    """An index points outside of the array that it is taken from.

    `nodes`: the nodes of a graph whose index it may be.
    """

    def __init__(self, nodes: Iterable[Any]) -> None:
        ranges: dict[tuple[str, str], str] = {}
        for node in nodes:
            expected, along, where = _range_of(node)
            ranges[expected, where] = along or ranges.get((expected, where), "")
        super().__init__(
            "an index lies outside of its array."
            + "".join(
                f"\n  expected: {expected}{along}{where}"
                for (expected, where), along in ranges.items()
            )
            + "\n  remedy: check labels and indices against the number of classes or rows"
        )


class EmptyAxisError(IndexOutOfRangeError):
    """There are indices, but no elements that they could point to."""

    def __init__(self, axis: int, shape: tuple[int, ...], indices: tuple[int, ...]) -> None:
        DovetailError.__init__(
            self,
            f"an index lies outside of its array, which has no elements along axis {axis}.\n"
            f"  got: indices {indices} into {shape}\n"
            f"  remedy: check that the array was filled, or leave the call out where it is empty",
        )


def _range_of(node: Any) -> tuple[str, str, str]:
    """What an index had to be, along which axis, and at which line."""
    where = f", at {node.source}" if node.source else ""
    if node.op == "checked_index":
        extent = node.attr("extent")
        if dict(node.attrs).get("from_end", True):
            return f"{-extent} to {extent - 1}", "", where
        return f"labels from 0 to {extent - 1}, or ignore_index= to leave some out", "", where
    axis = node.attr("axis")
    extent = node.args[0].shape[axis] if node.op == "gather" else node.shape[axis]
    return f"{-extent} to {extent - 1}", f" along axis {axis}", where


class NotKernelsAlone(DovetailError, TypeError):
    """A program was to run natively as a whole, and has a step that is a library's."""

    def __init__(self, op: str) -> None:
        super().__init__(
            f"a step of this program is the library call {op!r}.\n"
            "  expected: kernels alone\n"
            "  remedy: cut the graph at its library calls first (operations/segments.py)"
        )
