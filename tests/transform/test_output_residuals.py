"""Conditions that an output shows as well as an input does."""

from __future__ import annotations

import numpy as np
import pytest

from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph, Node, substitute, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives.row import constant, input_node
from dovetail.transform.derivative import vjp
from dovetail.transform.residuals import prefer_outputs

VALUES = [-np.inf, -3.0, -1.0, -1e-30, -0.0, 0.0, 1e-30, 1.0, 2.5, np.inf, np.nan]


def selection(comparison: str, k: float, other: float, swapped: bool, dtype: DType) -> Node:
    """select(v ? k, other, v), or with v first."""
    v = input_node("v", (len(VALUES),), dtype)
    asked = getattr(ew, comparison)(v, constant(k, v.shape, dtype))
    instead = constant(other, v.shape, dtype)
    return ew.select(asked, v, instead) if swapped else ew.select(asked, instead, v)


def gradient_of(output: Node) -> tuple[Node, Node, Node]:
    """The gradient, the input and the cotangent."""
    (v,) = [node for node in topological([output]) if node.op == "input"]
    cotangent = input_node("cotangent", output.shape, output.dtype)
    return vjp([output], [v], [cotangent])[0], v, cotangent


@pytest.mark.parametrize("dtype", [float16, bfloat16, float32, float64], ids=str)
@pytest.mark.parametrize(("comparison", "swapped"), [("less_equal", False), ("greater", True)])
@pytest.mark.parametrize("k", [0.0, 1.0, -1.0])
def test_the_output_answers(comparison: str, swapped: bool, k: float, dtype: DType) -> None:
    output = selection(comparison, k, k, swapped, dtype)
    found, v, cotangent = gradient_of(output)
    kept = input_node("kept", output.shape, dtype)
    (shown,) = prefer_outputs([output], [found])
    assert v in topological([found])
    (alone,) = substitute([shown], {output: kept})
    assert v not in topological([alone])
    values = np.array(VALUES).astype(dtype.numpy)
    weights = np.arange(1.0, 1 + len(VALUES)).astype(dtype.numpy)
    (y,) = evaluate(Graph((v,), (output,)), [values])
    (expected,) = evaluate(Graph((v, cotangent), (found,)), [values, weights])
    (got,) = evaluate(Graph((kept, cotangent), (alone,)), [y, weights])
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ("comparison", "swapped", "k", "other"),
    [
        ("less", False, 0.0, 0.0),  # at 0 it does not hold, and the output is 0 in both cases
        ("greater_equal", True, 0.0, 0.0),
        ("less_equal", True, 0.0, 0.0),
        ("greater", False, 0.0, 0.0),
        ("less_equal", False, 0.0, 1.0),
        ("greater", True, 1.0, 0.0),
    ],
)
def test_other_selections_are_left_alone(
    comparison: str, swapped: bool, k: float, other: float
) -> None:
    output = selection(comparison, k, other, swapped, float64)
    found, _, _ = gradient_of(output)
    assert prefer_outputs([output], [found]) == (found,)
