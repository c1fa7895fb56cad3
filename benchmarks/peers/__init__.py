"""The libraries that are compared: one file each, with the maths written once.

A file has `VARIANTS`, the names of its columns, `OPTIMIZERS`, those of its columns for AdamW,
and three functions:

- `set_threads(count)`, called once before anything else;
- `prepare(problem, variant)`: a call without arguments, on arrays of the library's own kind;
- `adamw(parameters, gradients, settings, variant)`: a call that makes one update and
  returns the parameters;

beside `arrays(result)`, which gives a result as a list of NumPy arrays. Calls return when
their results are ready.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from problems import ADAMW, OURS, Adam, Array, Problem

from dovetail.timing import Call

# Each file and the package that it needs, in the order in which they are imported: torch
# first, because its OpenMP runtime has to be the one that others find.
FILES = {
    "torch": "torch",
    "dovetail": "dovetail",
    "numpy": "numpy",
    "jax": "jax",
    "tensorflow": "tensorflow",
}


class Peer(Protocol):
    """The interface of a file in this folder."""

    VARIANTS: tuple[str, ...]
    OPTIMIZERS: tuple[str, ...]

    def set_threads(self, count: int) -> None: ...

    def prepare(self, problem: Problem, variant: str) -> Call: ...

    def adamw(
        self,
        parameters: Sequence[Array],
        gradients: Sequence[Array],
        settings: Adam,
        variant: str,
    ) -> Call: ...

    def arrays(self, result: Any) -> list[Array]: ...


def load(without: Collection[str], threads: int) -> list[Peer]:
    """The libraries that are installed and not left out."""
    found: list[Peer] = []
    for name, package in FILES.items():
        if name not in without and find_spec(package) is not None:
            peer: Any = import_module(f"peers.{name}_peer")
            peer.set_threads(threads)
            found.append(peer)
    return found


def columns_of(found: Sequence[Peer], operation: str, without: Collection[str]) -> dict[str, Peer]:
    """Column to library; Dovetail's comes first."""
    columns = {
        name: peer
        for peer in found
        for name in (peer.OPTIMIZERS if operation == ADAMW else peer.VARIANTS)
        if name not in without
    }
    return {name: columns[name] for name in sorted(columns, key=lambda name: name != OURS)}
