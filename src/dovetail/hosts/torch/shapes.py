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
from dovetail.operations.sizes import TRIALS, Group, SizeRule, infer_sizes, varied

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
    symbols = Symbols(tensors)
    if not symbols.sizes:
        return sizes(symbols.at(())), [symbols.at(())]
    example = symbols.example
    if symbols.key not in rules:
        rules[symbols.key] = infer_sizes(lambda values: sizes(symbols.at(values)), example)
    rule = rules[symbols.key]
    values = symbols.values(rule.groups)
    trials = [symbols.at(varied(example, rule.groups, turn)) for turn in range(TRIALS)]
    return (rule.form, [formula(values) for formula in rule.formulas]), trials


class Symbols:
    """The symbols in the sizes of tensors: the variables of the size search."""

    def __init__(self, tensors: Sequence[Any]) -> None:
        self._shapes = [tuple(tensor.shape) for tensor in tensors]
        self._dtypes = [ours(tensor.dtype) for tensor in tensors]
        self.sizes = _symbols(self._shapes)
        self.example = tuple(symbol_value(symbol, size) for symbol, size in self.sizes.items())

    @property
    def key(self) -> str:
        """What formulas depend on."""
        return repr((self._shapes, self._dtypes, self.example))

    def at(self, values: Sequence[int]) -> Specs:
        """The specs of the tensors where the symbols have these values."""
        known = dict(zip(self.sizes, values, strict=True))
        return tuple(
            ArraySpec(tuple(_at(size, known) for size in shape), dtype)
            for shape, dtype in zip(self._shapes, self._dtypes, strict=True)
        )

    def values(self, groups: Sequence[Group]) -> list[Any]:
        """The symbolic value of each group, once guards hold what the groups require."""
        variables = [_variable(symbol, size) for symbol, size in self.sizes.items()]
        free = set(itertools.chain(*groups))
        for number, variable in enumerate(variables):
            if number not in free:
                int(variable)  # a guard: another value is another graph
        for first, *others in groups:
            for other in others:
                torch._check(variables[first] == variables[other])
        return [variables[group[0]] for group in groups]


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
