"""Which trace is running: a scope for each, the running one in a context variable."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from dovetail.errors import TraceError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node


class Scope:
    """One running trace: what its tracers need.

    `functions`: called by operators and methods. `namespace`: returned by `__array_namespace__`.
    `captured`: by id, the captured arrays, kept alive, with their nodes. `resolved`: by dtype,
    what weak nodes became (language/weak.py).
    """

    __slots__ = ("captured", "depth", "functions", "namespace", "open", "parent", "resolved")

    def __init__(
        self, functions: Mapping[str, Callable[..., Any]], namespace: Any, parent: Scope | None
    ) -> None:
        self.functions = functions
        self.namespace = namespace
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.open = True
        self.captured: dict[int, tuple[Any, Node]] = {}
        self.resolved: dict[DType, dict[Node, Node | None]] = {}

    def encloses(self, other: Scope) -> bool:
        """Whether `other` is this scope or runs inside it."""
        scope: Scope | None = other
        while scope is not None:
            if scope is self:
                return True
            scope = scope.parent
        return False


_running: ContextVar[Scope | None] = ContextVar("dovetail_trace", default=None)


def running() -> Scope | None:
    """The innermost trace that is running in this thread, if any."""
    return _running.get()


def require_running() -> Scope:
    scope = _running.get()
    if scope is None:
        raise TraceError(
            "a function of the language ran outside a trace, and on no tracer",
            "a call inside a function that is being traced",
            "call the extension of the same name, dt.NAME, on arrays",
        )
    return scope


@contextmanager
def opened(functions: Mapping[str, Callable[..., Any]], namespace: Any) -> Generator[Scope]:
    """A new trace inside the running one; its tracers cannot be used after the block."""
    scope = Scope(functions, namespace, _running.get())
    token = _running.set(scope)
    try:
        yield scope
    finally:
        scope.open = False
        _running.reset(token)
