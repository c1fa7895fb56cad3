"""The composite of a graph whose sizes are not known before it runs.

The variables of the size search (operations/sizes.py) are the unknown dimensions of the inputs;
numbers in the graph that follow from them become tensors (operations/sized_composite.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from dovetail.operations.composite import Table, prepared
from dovetail.operations.operation import Operation
from dovetail.operations.sized_composite import NoFormulaError, sized_graph
from dovetail.operations.unknown_sizes import UnknownSizes


def evaluate_sized(
    operation: Operation, found: UnknownSizes, table: Table, inputs: Sequence[Any]
) -> list[Any]:
    """The outputs for tensors of which some sizes are not known."""
    try:
        sized = sized_graph(
            lambda values: prepared(operation.graph(found.at(values)), table),
            found.example,
            found.groups,
        )
    except NoFormulaError as reason:
        raise reason.explained(
            f"{operation.name} cannot be put into a graph for XLA with sizes that are not known",
            "give the inputs full shapes (input_signature, drop_remainder=True), or leave out "
            "jit_compile=True",
        ) from None
    sizes: list[Any] = []
    for first, *_ in found.groups:
        array, dim = found.dims[first]
        sizes.append(tf.shape(inputs[array])[dim])
    return sized.evaluate(
        table, _checked(found, inputs, sizes), sizes, lambda size: tf.cast(size, tf.float64)
    )


def _checked(found: UnknownSizes, inputs: Sequence[Any], sizes: Sequence[Any]) -> list[Any]:
    """The inputs, reshaped so that XLA refuses other sizes than those that were assumed."""
    known: dict[Any, Any] = dict(zip(found.dims, found.example, strict=True))
    for group, size in zip(found.groups, sizes, strict=True):
        known |= {found.dims[variable]: size for variable in group}
    return [
        tf.reshape(tensor, [known.get((n, d), extent) for d, extent in enumerate(tensor.shape)])
        if n < len(found.shapes) and tensor.shape.rank
        else tensor
        for n, tensor in enumerate(inputs)
    ]
