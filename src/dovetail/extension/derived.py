"""What the transforms share: extensions made of functions, and arguments as nodes.

Derivatives and batches are taken with respect to fresh inputs, which are then replaced by the
actual arguments. So a function may also capture an array that it is given as an argument, and
only the argument counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from dovetail.extension.base import Extension
from dovetail.extension.call_errors import not_an_array, not_callable
from dovetail.extension.exact import exact_key
from dovetail.extension.op import Op
from dovetail.extension.signature import Signature, read_signature
from dovetail.extension.values import is_dict, split
from dovetail.graph.node import Node
from dovetail.graph.primitives.row import fresh_input
from dovetail.language import operands
from dovetail.language.location import name_of
from dovetail.language.tracer import Tracer
from dovetail.language.tree import Tree, unflatten


class Derived(Op[..., Any]):
    """An extension that a transform has made of a function; pickles as that transform."""

    def __init__(
        self,
        transform: Callable[..., Any],
        function: Callable[..., Any],
        options: dict[str, Any],
        definition: Callable[..., Any],
    ) -> None:
        name = f"{transform.__name__}({name_of(function)})"
        super().__init__(definition, name=name)
        self.__doc__ = f"{name}, made by dt.{transform.__name__}."
        self.function = self.__wrapped__ = function  # whose arguments it takes
        self._recipe = (transform, options)

    def _read_signature(self) -> Signature:
        inner = signature_of(self.function)
        return Signature(self.name, inner.arguments, inner.location)

    @property
    def location(self) -> str | None:
        return signature_of(self.function).location

    def __reduce__(self) -> tuple[Any, ...]:
        transform, options = self._recipe
        return _again, (transform, self.function, options)


def _again(transform: Callable[..., Any], function: Any, options: dict[str, Any]) -> Any:
    return transform(function, **options)


def derived(
    transform: Callable[..., Any],
    function: Callable[..., Any],
    options: dict[str, Any],
    definition: Callable[..., Any],
) -> Extension[..., Any]:
    """The extension that a transform makes of a function.

    It is cached on the function, so that `dt.grad(f)(x)` in a loop traces f once.
    """
    if not callable(function):
        raise not_callable(f"dt.{transform.__name__}", function)
    key = (transform.__name__, exact_key(options))
    kept: dict[Any, Extension[..., Any]] | None = None
    namespace: Any = getattr(function, "__dict__", None)
    if is_dict(namespace):
        kept = cast(dict[Any, Any], namespace.setdefault("__dovetail_derived__", {}))
        known = kept.get(key)
        if known is not None:
            return known
    extension = Derived(transform, function, options, definition)
    return extension if kept is None else kept.setdefault(key, extension)


def signature_of(function: Callable[..., Any]) -> Signature:
    """The signature of an extension, a layer, or a plain function."""
    known = getattr(function, "signature", None)
    return known if isinstance(known, Signature) else read_signature(function, name_of(function))


def argument_name(signature: Signature, position: int) -> str:
    """The name of the positional argument at this position."""
    if position < len(signature.positional):
        return signature.positional[position].name
    assert signature.variadic is not None
    return f"{signature.variadic.name}[{position - len(signature.positional)}]"


def array_count(signature: Signature, given: list[Any]) -> int:
    """How many of the positional arguments are arrays."""
    fixed = sum(argument.is_array for argument in signature.positional)
    return fixed + len(given) - len(signature.positional)


@dataclass(frozen=True)
class Variables:
    """Leaves of arguments as nodes: the actual ones, and the fresh inputs in their place."""

    actual: tuple[Node, ...]
    fresh: tuple[Node, ...]
    structure: Tree
    names: tuple[str, ...]

    def tracers(self) -> Any:
        """The arguments, with the fresh inputs in them."""
        return unflatten(self.structure, [operands.wrap(node) for node in self.fresh])


def variables(call: str, names: Sequence[str], values: Sequence[Any]) -> Variables:
    """The arrays in `values`, each of which is an array or a tree of arrays."""
    actual: list[Node] = []
    labels: list[str] = []
    for name, value in zip(names, values, strict=True):
        for leaf in split(value)[0]:
            if not operands.is_array(leaf):
                raise not_an_array(call, name, leaf, None)
            actual.append(operands.array(leaf))
            labels.append(name)
    fresh = tuple(fresh_input(node, "variable") for node in actual)
    return Variables(tuple(actual), fresh, split(list(values))[1], tuple(labels))


def wrapped(nodes: Sequence[Node]) -> list[Tracer]:
    return [operands.wrap(node) for node in nodes]
