"""Which calls of a definition there were: what a file that holds it as maths has graphs for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from dovetail.extension.exact import exact_key
from dovetail.graph.node import ArraySpec
from dovetail.language.trace import NumberSpec, ScalarSpec, WeakSpec
from dovetail.language.tree import flatten

Use = tuple[Sequence[Any], Mapping[str, Any]]  # the arguments, with specs for arrays and floats

_MOST = 64


class Uses:
    """Calls, one for each combination of ranks, data types and static arguments."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Use] = {}

    def add(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Note a call with these arguments."""
        if len(self._known) < _MOST:
            key = kind_of((tuple(args), dict(kwargs)))
            self._known.setdefault(key, (tuple(args), dict(kwargs)))

    def __iter__(self) -> Iterator[Use]:
        return iter(tuple(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)


def kind_of(value: Any) -> Hashable:
    """The structure of arguments, with the rank and type of each array and each static value."""
    leaves, tree = flatten(value)
    return tree, tuple(_kind_of_leaf(leaf) for _, leaf in leaves)


def _kind_of_leaf(leaf: Any) -> Hashable:
    if isinstance(leaf, ArraySpec):
        return "array", len(leaf.shape), leaf.dtype.name, tuple(size == 1 for size in leaf.shape)
    if isinstance(leaf, WeakSpec):
        return "weak", len(leaf.shape), leaf.weak.name
    if isinstance(leaf, (ScalarSpec, NumberSpec)):
        return "float"
    return exact_key(leaf)
