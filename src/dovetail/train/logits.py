"""The logits of predictions that are probabilities: the argument of the softmax or sigmoid.

The library's cross-entropies take logits, which lose no digits. Where a model ends in a softmax, as
many of Keras' do, they are given its argument: the same loss, without the rounding.
"""

from __future__ import annotations

from typing import Any

from dovetail.graph.node import Node
from dovetail.graph.softmax import SoftmaxDerivative
from dovetail.language import operands
from dovetail.language.weak import cast_node


def logits_of(predictions: Any) -> Any:
    """The argument of the softmax (along the last axis) or sigmoid that computed the predictions.

    None if they were computed otherwise.
    """
    found = _argument(predictions.node)
    if found is None:
        return None
    return operands.wrap(cast_node(found, predictions.dtype))


def _argument(node: Node) -> Node | None:
    while node.op == "cast":
        node = node.args[0]
    if node.op == "sigmoid":
        return node.args[0]
    rule = node.attr("rule") if node.op == "declared" else None
    last = len(node.shape) - 1
    if isinstance(rule, SoftmaxDerivative) and rule.axes == (last,):
        return node.args[1]
    return None
