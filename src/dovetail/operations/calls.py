"""Calls of extensions as operations, for hosts that work with these."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self, TypeVar

from dovetail.errors import DefinitionError
from dovetail.extension.base import Extension
from dovetail.graph.node import ArraySpec, Graph
from dovetail.language.trace import NumberSpec, ScalarSpec, Traced
from dovetail.language.tree import LEAF, Tree, unflatten
from dovetail.operations.arguments import FLOAT, NUMBER, CallTemplate, ForeignValue
from dovetail.operations.operation import Operation, Specs, remember
from dovetail.transform.scan_hoist import simple_loops

Value = TypeVar("Value")


@dataclass(frozen=True)
class ExtensionCall:
    """A call of an extension: its arguments, with placeholders for arrays and floats.

    `variant`: a number that tells operations of one call apart, which have other outputs.
    """

    extension: Extension
    values: Sequence[Any]
    order: Sequence[str]
    variant: int = 0


class OtherOutputsError(DefinitionError):
    """An extension returned another tree of arrays than for the shapes before."""


class Primal(Operation):
    """A call of an extension with everything static fixed.

    `traced(leaves)` is the graph of a call with specs of its arrays and floats in
    their positions; `order` says for each leaf what it is (arguments.py).
    """

    def __init__(
        self,
        name: str,
        location: str | None,
        traced: Callable[[Sequence[Any]], Traced],
        order: Sequence[str],
    ) -> None:
        label = re.sub(r"\W+", "_", name).strip("_") or "operation"
        floats = order.count(FLOAT)
        super().__init__(label, len(order) - floats, floats)
        self._traced = traced
        self._order = tuple(order)
        self._named = name, location
        self.tree: Tree | None = None  # of the outputs, once it is known
        self.content: Any = None  # what it is made of, where names.py can write it down

    @classmethod
    def of(cls, extension: Extension, collected: CallTemplate, variant: int = 0) -> Self:
        """The operation of calls of an extension with arguments like these."""

        def traced(leaves: Sequence[Any]) -> Traced:
            return extension.traced(*collected.spread()(leaves))

        made = cls(extension.name, extension.location, traced, collected.order)
        made.content = ExtensionCall(extension, collected.values, collected.order, variant)
        return made

    def _build(self, specs: Specs) -> Graph:
        arrays = iter(specs)
        leaves = [_leaf(kind, arrays) for kind in self._order]
        traced = self._traced(leaves)
        if self.tree is None:
            self.tree = traced.output_tree
        elif self.tree != traced.output_tree:
            name, location = self._named
            raise OtherOutputsError(
                f"{name} returned {traced.output_tree.leaves} arrays",
                f"{self.tree.leaves} arrays in one structure, as for other sizes",
                "give the sizes that the number of arrays follows from: it may differ from call "
                "to call, but not while sizes are unknown",
                location,
            )
        inputs = traced.graph.inputs
        in_order = tuple(sorted(inputs, key=lambda node: node.flag("scalar")))
        graph = simple_loops(traced.graph)
        return graph if in_order == inputs else Graph(in_order, graph.outputs)


def _leaf(kind: str, arrays: Iterator[ArraySpec]) -> Any:
    """What a leaf of this kind is traced as."""
    if kind == FLOAT:
        return ScalarSpec()
    spec = next(arrays)
    return NumberSpec(spec.dtype) if kind == NUMBER else spec


# Calling.


class Variants:
    """The operations of calls with one set of static arguments.

    There is one, unless the number or structure of the outputs follows from sizes: an operation
    has a fixed one, so then there is an operation for each.
    """

    def __init__(self, make: Callable[[int], Primal]) -> None:
        self._make = make
        self._operations = [make(0)]
        self._chosen: dict[str, Primal] = {}  # by the shapes and types of the arrays

    def call(
        self, run: Callable[[Primal, Any], Value], collected: CallTemplate
    ) -> tuple[Primal, Value]:
        """The operation that fits, and what `run` makes of it; its `tree` is then known."""
        first = self._operations[0]
        if len(self._operations) == 1:
            try:
                return first, run(first, collected)
            except OtherOutputsError:
                pass
        key = repr([(array.shape, array.dtype) for array in collected.arrays])
        chosen = self._chosen.get(key)
        others = [each for each in self._operations if each is not chosen]
        for operation in others if chosen is None else [chosen, *others]:
            try:
                return self._remembered(key, operation, run(operation, collected))
            except OtherOutputsError:
                continue
        operation = self._make(len(self._operations))
        found = run(operation, collected)
        self._operations.append(operation)
        return self._remembered(key, operation, found)

    def _remembered(self, key: str, operation: Primal, found: Value) -> tuple[Primal, Value]:
        remember(self._chosen, key, operation)
        return operation, found


class OperationCaller(ABC):
    """Calls one extension on a host's arrays: one operation for each set of static arguments."""

    arguments: ClassVar[type[CallTemplate]]

    def __init__(self, host: Any, extension: Extension) -> None:
        self.host = host  # its `hand_over` handles calls on arrays that are not its own
        self.extension = extension
        self.plain = extension.signature.plain
        self._operations: dict[Any, Variants] = {}

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The call itself."""
        extension, signature = self.extension, self.extension.signature
        try:
            collected = self.arguments(signature, signature.bind(args, kwargs))
        except ForeignValue as found:
            return self.host.hand_over(extension, args, kwargs, found.error)
        key = tuple(collected.key)
        variants = self._operations.get(key)
        if variants is None:
            made = Variants(partial(self.operation, collected.without_arrays()))
            variants = self._operations.setdefault(key, made)
        operation, results = variants.call(self.results, collected)
        tree = operation.tree
        assert tree is not None, "the operation has not been traced"
        if tree != LEAF:
            return unflatten(tree, results)
        if not kwargs and len(args) == self.plain == operation.arrays:
            self.install_fast_path(operation, collected)
        return results[0]

    def operation(self, collected: Any, variant: int) -> Primal:
        """The operation of calls like this one; one more for each number `variant`."""
        return Primal.of(self.extension, collected, variant)

    @abstractmethod
    def results(self, operation: Any, collected: Any) -> Sequence[Any]:
        """The outputs of the operation, whose `tree` is then known."""

    @abstractmethod
    def install_fast_path(self, operation: Any, collected: Any) -> None:
        """Use a fast path for calls like this one: as many arrays, nothing else, one output."""
