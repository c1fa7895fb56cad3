"""Operations by PyTorch's own functions, for graphs that are decomposed: ONNX, Inductor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from dovetail.graph.node import Graph
from dovetail.hosts.torch.devices import common_device, wide_float
from dovetail.hosts.torch.dtypes import spec
from dovetail.hosts.torch.shapes import Symbols
from dovetail.hosts.torch.table import TABLE, table_on
from dovetail.operations.composite import Table, prepared
from dovetail.operations.operation import Attachment, Operation, Specs, remember
from dovetail.operations.sized_composite import NoFormulaError, SizedGraph, sized_graph
from dovetail.operations.sizes import Values
from dovetail.operations.straight_line import straight_line
from dovetail.transform.batch import batch
from dovetail.transform.scan_batch import without_independent_loops

_sized = Attachment[dict[str, SizedGraph]](lambda operation: {})


def composite(operation: Operation, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    """The outputs of an operation, for tensors whose sizes may be symbolic."""
    device = common_device(operation.name, arrays)
    table = table_on(device)

    def number(value: Any) -> Any:
        return torch.full((), value, dtype=wide_float(device), device=device)

    inputs = [*arrays, *map(number, floats)]
    symbols = Symbols(arrays)
    if not symbols.sizes:
        graph = maths(operation, tuple(map(spec, arrays)), table)
        return straight_line(graph, table)(*inputs)
    sized = _sized_graph(operation, symbols)
    return sized.evaluate(table, inputs, symbols.values(sized.groups), number)


def maths(operation: Operation, specs: Specs, table: Table) -> Graph:
    """The maths of an operation. PyTorch has no loops: only those with a carry are step by step."""
    return prepared(without_independent_loops(operation.graph(specs), batch), table)


def _sized_graph(operation: Operation, symbols: Symbols) -> SizedGraph:
    def graph_at(values: Values) -> Graph:
        return maths(operation, symbols.at(values), TABLE)

    known = _sized.of(operation)
    if symbols.key not in known:
        try:
            remember(known, symbols.key, sized_graph(graph_at, symbols.example))
        except NoFormulaError as reason:
            raise reason.explained(
                f"{operation.name} cannot be decomposed for dynamic sizes",
                "export with static shapes, or leave out the dynamic dimension",
            ) from None
    return known[symbols.key]
