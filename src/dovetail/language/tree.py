"""Trees of tuples, lists, dicts and named tuples: flatten and unflatten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Tree:
    """A structure without its leaves. `kind` is None for a leaf."""

    kind: type[Any] | None
    keys: tuple[Any, ...] = ()
    children: tuple[Tree, ...] = ()

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        return 1 if self.kind is None else sum(child.leaves for child in self.children)


LEAF = Tree(None)


def _fields(kind: Any) -> tuple[str, ...] | None:
    """The names of a named tuple's parts."""
    named = issubclass(kind, tuple) and hasattr(cast(Any, kind), "_fields")
    return cast(Any, kind)._fields if named else None


def _parts(value: Any, kind: type[Any]) -> list[tuple[Any, str, Any]] | None:
    """(key, path, child) of a container; None for a leaf."""
    fields = _fields(kind)
    if fields is not None:
        return [(name, f".{name}", getattr(value, name)) for name in fields]
    if issubclass(kind, (tuple, list)):
        return [(index, f"[{index}]", item) for index, item in enumerate(value)]
    if issubclass(kind, dict):
        return [(key, f"[{key!r}]", item) for key, item in value.items()]
    return None


def flatten(value: Any, path: str = "") -> tuple[list[tuple[str, Any]], Tree]:
    """The leaves with their paths, in order, and the structure."""
    if not isinstance(value, (tuple, list, dict)):
        return [(path, value)], LEAF
    kind: type[Any] = cast(Any, value).__class__
    parts = _parts(value, kind)
    if parts is None:
        return [(path, value)], LEAF
    leaves: list[tuple[str, Any]] = []
    children: list[Tree] = []
    for _, step, item in parts:
        found, child = flatten(item, path + step)
        leaves += found
        children.append(child)
    return leaves, Tree(kind, tuple(key for key, _, _ in parts), tuple(children))


def unflatten(tree: Tree, leaves: Iterable[Any]) -> Any:
    """The value with this structure and these leaves."""
    return _build(tree, iter(leaves))


def _build(tree: Tree, leaves: Iterator[Any]) -> Any:
    kind: Any = tree.kind
    if kind is None:
        return next(leaves)
    items = [_build(child, leaves) for child in tree.children]
    if issubclass(kind, dict):
        return cast(Any, kind)(zip(tree.keys, items, strict=True))
    return kind(*items) if _fields(kind) is not None else kind(items)


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """The same structure with `function` applied to every leaf."""
    leaves, tree = flatten(value)
    return unflatten(tree, [function(leaf) for _, leaf in leaves])
