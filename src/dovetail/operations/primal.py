"""A call of an extension as an operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from dovetail.errors import DefinitionError
from dovetail.extension.base import Extension
from dovetail.graph.node import ArraySpec, Graph
from dovetail.language.trace import NumberSpec, ScalarSpec, Traced
from dovetail.language.tree import Tree
from dovetail.operations.arguments import FLOAT, NUMBER, CallTemplate
from dovetail.operations.operation import Operation, Specs
from dovetail.transform.scan_hoist import simple_loops


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
