"""The libraries that are compared: one file each, with the maths written once.

A file has `VARIANTS`, the names of its columns, and three functions:

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

from harness import Call
from problems import Adam, Array, Problem

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
    """What a file of this folder offers."""

    VARIANTS: tuple[str, ...]

    def set_threads(self, count: int) -> None: ...

    def prepare(self, problem: Problem, variant: str) -> Call: ...

    def adamw(
        self,
        parameters: Sequence[Array],
        gradients: Sequence[Array],
        settings: Adam,
        variant: str,
    ) -> Call | None: ...

    def arrays(self, result: Any) -> list[Array]: ...


def load(without: Collection[str], threads: int) -> dict[str, Peer]:
    """Column to library, for what is installed and not left out; Dovetail comes first."""
    columns: dict[str, Peer] = {}
    for name, package in FILES.items():
        if name in without or find_spec(package) is None:
            continue
        peer: Any = import_module(f"peers.{name}_peer")
        peer.set_threads(threads)
        columns |= {variant: peer for variant in peer.VARIANTS if variant not in without}
    return {name: columns[name] for name in sorted(columns, key=lambda name: name != "Dovetail")}
