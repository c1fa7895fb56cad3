"""Trees of values, and the outputs of definitions as tracers and nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from dovetail.errors import DefinitionError, described
from dovetail.graph.node import Node, Nodes, substitute
from dovetail.language import operands
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, flatten


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """`isinstance`, with items of any type."""
    return isinstance(value, tuple)


def is_sequence(value: object) -> TypeGuard[tuple[Any, ...] | list[Any]]:
    """Whether a value is a tuple or list."""
    return isinstance(value, (tuple, list))


def is_dict(value: object) -> TypeGuard[dict[Any, Any]]:
    """`isinstance`, with keys and values of any type."""
    return isinstance(value, dict)


def leaves_of(value: Any) -> list[Any]:
    """The leaves of a tree, in order."""
    return [leaf for _, leaf in flatten(value)[0]]


def split(value: Any) -> tuple[list[Any], Tree]:
    """The leaves of a tree without their paths, and its structure."""
    leaves, structure = flatten(value)
    return [leaf for _, leaf in leaves], structure


def wrapped(nodes: Sequence[Node]) -> list[Tracer]:
    """Tracers of nodes."""
    return [operands.wrap(node) for node in nodes]


def as_tracer(value: Any) -> Tracer:
    """A tracer of the running trace for an array, a number, or a tracer."""
    return value if isinstance(value, Tracer) else operands.wrap(*operands.operand(value))


def _not_an_output(name: str, value: object, location: str | None) -> DefinitionError:
    missing = "; is a `return` missing?" if value is None else ""
    return DefinitionError(
        f"{name} returned {described(value)}",
        "an array, or a tuple, list or dict of arrays",
        f"return the result of array operations{missing}",
        location,
    )


def output_leaves(name: str, result: Any, location: str | None) -> tuple[list[Tracer], Tree]:
    """The outputs of a definition as tracers, and their tree."""
    leaves, structure = split(result)
    for leaf in leaves or [result]:
        if not leaves or not operands.is_array(leaf):
            raise _not_an_output(name, leaf, location)
    return [as_tracer(leaf) for leaf in leaves], structure


def put(outputs: Sequence[Node], old: Sequence[Node], new: Sequence[Node]) -> Nodes:
    """The outputs, with the nodes `old` replaced by `new`."""
    return substitute(outputs, dict(zip(old, new, strict=True)))
