"""Symbolic sizes (`jax.export.symbolic_shape`): sizes of outputs and of nodes as formulas of them.

The variables of the size search (operations/sizes.py) are the names in the sizes. JAX compares
symbolic sizes itself, so an operation for which two of them would have to be equal is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dovetail.errors import DovetailError, UnsupportedError
from dovetail.graph.node import ArraySpec, Graph
from dovetail.hosts.jax.dtypes import ours
from dovetail.hosts.jax.table import TABLE
from dovetail.operations.composite import prepared
from dovetail.operations.operation import Attachment, Operation, Specs, remember
from dovetail.operations.sized_composite import NoFormulaError, SizedGraph, sized_graph
from dovetail.operations.sizes import Group, SizeRule, Values, infer_sizes
from dovetail.operations.unknown_sizes import example_size

_rules = Attachment[dict[str, SizeRule]](lambda operation: {})
_sized = Attachment[dict[str, SizedGraph]](lambda operation: {})


def is_symbolic(operands: Sequence[Any]) -> bool:
    """Whether the sizes of some operands are symbolic."""
    return any(not isinstance(size, int) for each in operands for size in each.shape)


class Symbols:
    """The names in the sizes of an operation's arrays."""

    def __init__(self, operation: Operation, operands: Sequence[Any]) -> None:
        arrays = operands[: operation.arrays]
        self._operation = operation
        self._shapes = [tuple(each.shape) for each in arrays]
        self._dtypes = [ours(each.dtype) for each in arrays]
        symbolic = [size for size in itertools.chain(*self._shapes) if not isinstance(size, int)]
        self.names = sorted(set[str]().union(*(size._get_vars() for size in symbolic)))
        self._scope = symbolic[0].scope if symbolic else None
        self.example = tuple(example_size(number) for number in range(len(self.names)))
        self.key = repr((self._shapes, self._dtypes))

    def at(self, values: Values) -> Specs:
        """The specs of the arrays where the names have these values."""
        known = dict(zip(self.names, values, strict=True))
        return tuple(
            ArraySpec(tuple(_evaluated(size, known) for size in shape), dtype)
            for shape, dtype in zip(self._shapes, self._dtypes, strict=True)
        )

    def sizes(self, groups: Sequence[Group]) -> list[Any]:
        """The symbolic size of each group; an error where not every name is free."""
        if list(groups) != [(number,) for number in range(len(self.names))]:
            bound = [name for n, name in enumerate(self.names) if (n,) not in groups]
            raise self.refused(f"its maths does not work for every {' and '.join(bound)}")
        return [jax.export.symbolic_shape(name, scope=self._scope)[0] for name in self.names]

    def found(self, search: Callable[[], Any]) -> Any:
        """What a search of the sizes gives; its errors name the symbolic sizes."""
        try:
            return search()
        except (DovetailError, NoFormulaError) as reason:
            tried = ", ".join(f"{n} = {v}" for n, v in zip(self.names, self.example, strict=True))
            raise self.refused(f"with {tried}: {reason}") from reason

    def refused(self, reason: str) -> UnsupportedError:
        """The error for maths that the sizes do not fit."""
        shapes = ", ".join(f"({', '.join(map(str, shape))})" for shape in self._shapes)
        return UnsupportedError(
            f"{self._operation.name} on arrays of the symbolic shapes {shapes}: {reason}",
            "maths that works for all sizes, each a product or a sum of the inputs' sizes",
            "give sizes that must be equal the same name, or export with plain numbers for them",
        )


def output_shapes(operation: Operation, operands: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The shapes of the outputs, with symbolic sizes."""
    symbols = Symbols(operation, operands)

    def trace(values: Values) -> tuple[Hashable, list[int]]:
        shapes = [each.shape for each in operation.outputs(symbols.at(values))]
        return tuple(map(len, shapes)), list(itertools.chain(*shapes))

    known = _rules.of(operation)
    if symbols.key not in known:
        rule = symbols.found(lambda: infer_sizes(trace, symbols.example))
        remember(known, symbols.key, rule)
    rule = known[symbols.key]
    sizes = symbols.sizes(rule.groups)
    remaining = iter([formula(sizes) for formula in rule.formulas])
    return [tuple(itertools.islice(remaining, rank)) for rank in rule.form]


def example_specs(operation: Operation, operands: Sequence[Any]) -> Specs:
    """Specs for some sizes: for what does not depend on sizes."""
    symbols = Symbols(operation, operands)
    specs = symbols.at(symbols.example)
    symbols.found(lambda: operation.graph(specs))
    return specs


def evaluate_symbolic(operation: Operation, inputs: Sequence[Any]) -> list[Any]:
    """The outputs in JAX's own functions, for inputs (arrays, then floats) of symbolic sizes."""
    symbols = Symbols(operation, inputs)

    def graph_at(values: Values) -> Graph:
        return prepared(operation.graph(symbols.at(values)), TABLE)

    known = _sized.of(operation)
    if symbols.key not in known:
        made = symbols.found(lambda: sized_graph(graph_at, symbols.example))
        remember(known, symbols.key, made)
    sized = known[symbols.key]
    return sized.evaluate(TABLE, inputs, symbols.sizes(sized.groups), _as_float)


def _as_float(size: Any) -> Any:
    return jnp.asarray(size).astype(np.float64)


def _evaluated(size: Any, values: dict[str, int]) -> int:
    return size if isinstance(size, int) else int(size._evaluate(values))
