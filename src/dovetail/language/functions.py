"""The functions of the namespace: each registers itself where it is defined.

Decorators: `op` and `activation` (an extension, which runs eagerly on any host's arrays and has a
form for each host), `creation` (an extension without an array argument), `eager` (computed with
values, outside of traces), `query` (no array).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, cast

from dovetail.language.location import locating

Arguments = ParamSpec("Arguments")
Query = TypeVar("Query", bound=Callable[..., Any])
Kind = Literal["op", "activation", "creation", "eager", "query"]

FUNCTIONS: dict[str, Callable[..., Any]] = {}  # errors that leave one name the user's line
KINDS: dict[str, Kind] = {}
EVALUATIONS: dict[str, Callable[..., Any]] = {}  # of eager functions, on NumPy arrays
LINALG: dict[str, Callable[..., Any]] = {}  # those of `dt.linalg`


class Function(Protocol[Arguments]):
    """A function of the namespace: it takes and returns arrays of any host, or tracers."""

    __name__: str

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Any:
        """The result for these arrays."""
        ...

    def __getattr__(self, name: str) -> Any:
        """An attribute of the extension that users hold, such as its form for a host."""
        ...


def _register(function: Callable[..., Any], kind: Kind) -> Any:
    FUNCTIONS[function.__name__] = locating(function)
    KINDS[function.__name__] = kind
    return function


def op(function: Callable[Arguments, Any]) -> Function[Arguments]:
    """A function of arrays."""
    return _register(function, "op")


def activation(function: Callable[Arguments, Any]) -> Function[Arguments]:
    """One array in, the same shape out, and used between layers."""
    return _register(function, "activation")


def creation(function: Callable[Arguments, Any]) -> Function[Arguments]:
    """A function without an array argument: it makes tracers inside a trace only."""
    return _register(function, "creation")


def eager(function: Callable[Arguments, Any], evaluate: Callable[..., Any]) -> Function[Arguments]:
    """A function whose shapes depend on values: `evaluate` is for NumPy arrays; a trace raises."""
    EVALUATIONS[function.__name__] = evaluate
    return _register(function, "eager")


def linalg(function: Callable[Arguments, Any]) -> Function[Arguments]:
    """A function of arrays in `dt.linalg`, the standard's extension for linear algebra."""
    LINALG[function.__name__] = locating(function)
    return cast(Any, function)


def query(function: Query) -> Query:
    """A function that returns no array."""
    return cast(Query, _register(function, "query"))


def also(name: str, function: Function[Arguments]) -> Function[Arguments]:
    """A second name of a function."""
    FUNCTIONS[name], KINDS[name] = FUNCTIONS[function.__name__], KINDS[function.__name__]
    return function
