"""The shapes of outputs where those of inputs are symbolic (torch.compile, torch.export).

The variables of the size search (operations/sizes.py) are the symbols in the sizes. That two of
them are equal, or that one keeps its example value, is required by a guard, and no more.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch

from dovetail.hosts.torch.dtypes import ours, symbol_value
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Attachment, Operation, Specs
from dovetail.operations.sizes import TRIALS, SizeRule, infer_sizes, varied

Numbers = tuple[Hashable, Sequence[Any]]  # what is alike at all sizes, and the sizes sought
SizeRules = dict[str, SizeRule]

_output_rules = Attachment[SizeRules](lambda operation: {})


def output_shapes(operation: Operation, tensors: Sequence[Any]) -> list[list[Any]]:
    """The sizes of each output; symbolic where they depend on symbolic sizes."""

    def sizes(specs: Specs) -> Numbers:
        shapes = [spec.shape for spec in operation.outputs(specs)]
        return tuple(map(len, shapes)), list(itertools.chain(*shapes))

    (ranks, found), _ = symbolic_sizes(_output_rules.of(operation), tensors, sizes)
    remaining = iter(found)
    return [list(itertools.islice(remaining, rank)) for rank in ranks]


def symbolic_sizes(
    rules: SizeRules, tensors: Sequence[Any], sizes: Callable[[Specs], Numbers]
) -> tuple[tuple[Any, Sequence[Any]], list[Specs]]:
    """What `sizes` gives for the tensors, symbolic where they are; and specs to try.

    The specs are those of the example values, then some with other values of what is
    symbolic. Rules once found are kept in `rules`.
    """
    shapes = [tuple(tensor.shape) for tensor in tensors]
    dtypes = [ours(tensor.dtype) for tensor in tensors]
    symbols = _symbols(shapes)
    example = tuple(symbol_value(symbol, size) for symbol, size in symbols.items())

    def at(values: Sequence[int]) -> Specs:
        known = dict(zip(symbols, values, strict=True))
        return tuple(
            ArraySpec(tuple(_at(size, known) for size in shape), dtype)
            for shape, dtype in zip(shapes, dtypes, strict=True)
        )

    if not symbols:
        return sizes(at(())), [at(())]
    key = repr((shapes, dtypes, example))
    if key not in rules:
        rules[key] = infer_sizes(lambda values: sizes(at(values)), example)
    rule = rules[key]
    variables = [_variable(symbol, size) for symbol, size in symbols.items()]
    for number in rule.fixed:
        int(variables[number])  # a guard: another value is another graph
    for first, *others in rule.groups:
        for other in others:
            torch._check(variables[first] == variables[other])
    values = [variables[group[0]] for group in rule.groups]
    trials = [at(varied(example, rule.groups, turn)) for turn in range(TRIALS)]
    return (rule.form, [formula(values) for formula in rule.formulas]), trials


def _symbols(shapes: Sequence[Sequence[Any]]) -> dict[Any, Any]:
    """The symbols in the sizes, each with a size that it is in."""
    found: dict[Any, Any] = {}
    for size in itertools.chain(*shapes):
        if type(size) is not int:
            for symbol in sorted(size.node.expr.free_symbols, key=str):
                found.setdefault(symbol, size)
    return found


def _variable(symbol: Any, size: Any) -> Any:
    if size.node.expr == symbol:
        return size
    value = symbol_value(symbol, size)
    return size.node.shape_env.create_symintnode(symbol, hint=value)


def _at(size: Any, values: dict[Any, int]) -> int:
    return size if type(size) is int else int(size.node.expr.xreplace(values))
