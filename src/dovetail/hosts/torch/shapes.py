"""The shapes of outputs where those of inputs are symbolic (torch.compile, torch.export).

A graph is traced for plain sizes. Its output sizes as functions of its input sizes are
found by trial: the sizes that vary are set to others, independently, the graph is traced
again, and a formula is sought that gives the right size each time: a constant, one of the
input sizes, a product or a sum of some. Where there is none, or the maths does not work
at other sizes, the sizes are fixed at their example values, by a guard.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from dovetail.errors import DovetailError
from dovetail.hosts.operation import Operation
from dovetail.hosts.torch.dtypes import hint, ours
from dovetail.language.trace import ArraySpec

Shape = tuple[int, ...]
_TRIALS = (3, 7, 12)  # what is added to the first varying size; the others get more
_TERMS = 4  # sizes in one product or sum


def output_shapes(operation: Operation, tensors: Sequence[Any]) -> list[list[Any]]:
    """The sizes of each output; symbolic where they depend on symbolic sizes."""
    shapes = [tuple(tensor.shape) for tensor in tensors]
    dtypes = [ours(tensor.dtype) for tensor in tensors]

    def traced(sizes: Sequence[Sequence[int]]) -> list[Shape]:
        specs = tuple(ArraySpec(tuple(s), d) for s, d in zip(sizes, dtypes, strict=True))
        return [spec.shape for spec in operation.outputs(specs)]

    example = [tuple(map(hint, shape)) for shape in shapes]
    found = traced(example)
    symbols = _symbols(shapes)
    if symbols:
        try:
            trials = [_at(shapes, symbols, extra) for extra in _TRIALS]
            results = [traced(trial) for trial in trials]
        except DovetailError:
            results = []
        if results and all([len(s) for s in r] == [len(s) for s in found] for r in results):
            sizes = list(dict.fromkeys(itertools.chain(*shapes)))
            columns = [
                [dict(zip(itertools.chain(*shapes), itertools.chain(*trial), strict=True))[size]
                 for trial in (example, *trials)]
                for size in sizes
            ]  # fmt: skip
            formulas = [
                [
                    _formula([r[o][d] for r in (found, *results)], sizes, columns)
                    for d in range(len(shape))
                ]
                for o, shape in enumerate(found)
            ]
            if all(formula is not None for row in formulas for formula in row):
                return formulas
    for size in itertools.chain(*shapes):
        int(size)  # a guard: another size is another graph
    return [list(shape) for shape in found]


def _symbols(shapes: Sequence[Sequence[Any]]) -> list[Any]:
    """The independent symbols in the sizes."""
    found: dict[Any, None] = {}
    for size in itertools.chain(*shapes):
        if type(size) is not int:
            found.update(dict.fromkeys(sorted(size.node.expr.free_symbols, key=str)))
    return list(found)


def _at(shapes: Sequence[Sequence[Any]], symbols: list[Any], extra: int) -> list[Shape]:
    """All sizes, with other values for the symbols."""

    def value(size: Any) -> int:
        if type(size) is int:
            return size
        values = {symbol: base[symbol] + extra * (n + 1) + n for n, symbol in enumerate(symbols)}
        return int(size.node.expr.xreplace(values))

    base: dict[Any, int] = {}
    for size in itertools.chain(*shapes):
        if type(size) is not int:
            for symbol in size.node.expr.free_symbols:
                base[symbol] = int(size.node.shape_env.backed_var_to_val.get(symbol, 5)) \
                    if hasattr(size.node.shape_env, "backed_var_to_val") \
                    else int(size.node.shape_env.var_to_val.get(symbol, 5))  # fmt: skip
    return [tuple(map(value, shape)) for shape in shapes]


def _formula(values: list[int], sizes: list[Any], columns: list[list[int]]) -> Any:
    """An expression in the sizes with these values in the example and the trials, or None."""
    if len(set(values)) == 1:
        return values[0]
    for size, column in zip(sizes, columns, strict=True):
        if column == values:
            return size
    varying = list(zip(sizes, columns, strict=True))
    for count in range(2, _TERMS + 1):
        for terms in itertools.combinations(varying, count):
            combine: Callable[..., Any]
            for combine in (math.prod, sum):
                if [combine(row) for row in zip(*(c for _, c in terms), strict=True)] == values:
                    result = terms[0][0]
                    for size, _ in terms[1:]:
                        result = result * size if combine is math.prod else result + size
                    return result
    return None
