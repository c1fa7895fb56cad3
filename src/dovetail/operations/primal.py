"""A call of an extension as an operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from dovetail.extension.base import Extension
from dovetail.extension.call_errors import output_count
from dovetail.graph.node import Graph
from dovetail.language.trace import ScalarSpec, trace
from dovetail.language.tree import Tree
from dovetail.operations.arguments import CallTemplate
from dovetail.operations.operation import Operation, Specs


class Primal(Operation):
    """A call of an extension with everything static fixed.

    `call(leaves)` calls the extension with its arrays and floats (specs, here) in
    their positions; `order` says for each leaf whether it is an array.
    """

    def __init__(
        self, name: str, location: str | None, call: Callable[..., Any], order: Sequence[bool]
    ) -> None:
        label = re.sub(r"\W+", "_", name).strip("_") or "operation"
        super().__init__(label, sum(order), len(order) - sum(order))
        self._call = call
        self._order = tuple(order)
        self._named = name, location
        self.tree: Tree | None = None  # of the outputs, once it is known

    @classmethod
    def of(cls, extension: Extension, collected: CallTemplate) -> Primal:
        """The operation of calls of an extension with arguments like these."""
        call = collected.call(extension)
        return cls(extension.name, extension.location, call, collected.order)

    def _build(self, specs: Specs) -> Graph:
        arrays = iter(specs)
        leaves = [next(arrays) if is_array else ScalarSpec() for is_array in self._order]
        traced = trace(self._call, leaves)
        if self.tree is None:
            self.tree = traced.output_tree
        elif self.tree != traced.output_tree:
            name, location = self._named
            expected = f"{self.tree.leaves} arrays, as for other shapes"
            raise output_count(name, expected, traced.output_tree.leaves, location)
        inputs = traced.graph.inputs
        first = [node for node in inputs if not node.flag("scalar")]
        last = [node for node in inputs if node.flag("scalar")]
        return Graph((*first, *last), traced.graph.outputs)
