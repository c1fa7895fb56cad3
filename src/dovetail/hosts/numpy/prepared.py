"""An extension prepared for many calls on the same arrays, some of which it changes.

The extension is traced and planned once, and each call is one native call
(compile/cpu/prepared.py). The trainer makes its steps so.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from dovetail.compile.cpu.prepared import PreparedProgram
from dovetail.compile.pipeline import lower_graph
from dovetail.extension.base import Extension
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Graph
from dovetail.language.trace import ArraySpec, ScalarSpec
from dovetail.language.tree import flatten, unflatten


class PreparedCall:
    """A call of an extension, whose arguments are trees of NumPy arrays in C order and floats.

    It returns (a tree like its first argument, other outputs). The former overwrites the arrays of
    the first argument. `finite`: of the other outputs, so many must be finite, otherwise nothing is
    overwritten. What is passed here is used until `bind` or `put` replaces it.
    """

    def __init__(self, extension: Extension[..., Any], *args: Any, finite: int = 0) -> None:
        leaves = [[leaf for _, leaf in flatten(arg)[0]] for arg in args]
        arrays, floats = itertools.count(), itertools.count()
        # For each leaf of each argument its place: among `scalars`, or what `put` takes.
        self.positions: list[list[int]] = []
        specs: list[Any] = []
        for arg, values in zip(args, leaves, strict=True):
            self.positions.append(
                [next(floats) if isinstance(value, float) else next(arrays) for value in values]
            )
            specs.append(unflatten(flatten(arg)[1], list(map(_spec, values))))
        traced = extension.traced(specs, {})
        graph, count = traced.graph, len(leaves[0])
        changed = [
            number for number in range(count) if graph.outputs[number] is not graph.inputs[number]
        ]
        others = range(count, len(graph.outputs))
        graph = Graph(graph.inputs, tuple(graph.outputs[n] for n in (*changed, *others)))
        given = [value for values in leaves for value in values if not isinstance(value, float)]
        strides = iter(given)
        program = lower_graph(
            graph, [None if n.flag("scalar") else next(strides).strides for n in graph.inputs]
        )
        checked = range(len(changed), len(changed) + finite)
        self._program = PreparedProgram(program, list(enumerate(changed)), checked)
        self.scalars = self._program.scalars
        for number, values in enumerate(leaves):
            self.bind(number, values)
        _, rest = traced.output_tree.children
        self.outputs = unflatten(rest, self._program.outputs[len(changed) :])
        self.run = self._program.run
        self.put = self._program.bind_address

    def bind(self, number: int, values: Sequence[Any]) -> None:
        """Use these for the leaves of an argument from now on."""
        for position, value in zip(self.positions[number], values, strict=True):
            if isinstance(value, float):
                self.scalars[position] = value
            else:
                self._program.bind(position, value)


def _spec(value: Any) -> Any:
    if isinstance(value, float):
        return ScalarSpec()
    return ArraySpec(value.shape, as_dtype(value.dtype))
