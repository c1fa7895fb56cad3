"""The logits of predictions that are probabilities: what a softmax or a sigmoid was taken of.

The library's cross-entropies take logits, which lose no digits. A model that ends in a softmax, as
Keras' do, is trained on what is below it: the same loss, without the rounding.
"""

from __future__ import annotations

from typing import Any

from dovetail.graph.node import Node
from dovetail.graph.softmax import SoftmaxDerivative
from dovetail.language import operands
from dovetail.language.weak import cast_node


def logits_of(predictions: Any) -> Any:
    """What the softmax along the last axis, or the sigmoid, was taken of; None if there is none."""
    found = _below(predictions.node)
    if found is None:
        return None
    return operands.wrap(cast_node(found, predictions.dtype))


def _below(node: Node) -> Node | None:
    while node.op == "cast":
        node = node.args[0]
    if node.op == "sigmoid":
        return node.args[0]
    rule = node.attr("rule") if node.op == "declared" else None
    last = len(node.shape) - 1
    if isinstance(rule, SoftmaxDerivative) and rule.axes == (last,):
        return node.args[1]
    return None
