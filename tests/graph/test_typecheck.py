"""The type checker finds planted faults, and passes what is well typed."""

from __future__ import annotations

import pytest

from dovetail.errors import CompileError
from dovetail.graph.dtypes import bool_, float32, float64
from dovetail.graph.node import Graph, Node, intern
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node
from dovetail.graph.typecheck import typecheck

X = input_node("x", (2, 3), float32)


def planted(like: Node, **changed: object) -> Node:
    """A node with parts that its row would not infer."""
    parts = {"shape": like.shape, "dtype": like.dtype, "attrs": like.attrs} | changed
    return intern(like.primitive, like.args, parts["attrs"], parts["shape"], parts["dtype"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fault",
    [
        planted(ew.exp(X), shape=(3, 2)),
        planted(ew.exp(X), dtype=float64),
        planted(ew.less(X, X), dtype=float32),
        planted(st.sum_(X, axes=(0,)), shape=(2,)),
        planted(st.permute(X, axes=(1, 0)), shape=(2, 3)),
        planted(ew.cast(X, dtype=float64), dtype=bool_),
    ],
)
def test_planted_faults_are_found(fault):
    for output in (fault, ew.logical_not(fault) if fault.dtype is bool_ else ew.negative(fault)):
        with pytest.raises(CompileError, match="ill-typed"):
            typecheck(Graph((X,), (output,)))


def test_a_free_input_is_found():
    with pytest.raises(CompileError, match="free input"):
        typecheck(Graph((), (ew.exp(X),)))


def test_what_is_well_typed_passes():
    graph = Graph((X,), (st.sum_(ew.add(ew.exp(X), 1.0), axes=(1,)),))
    assert typecheck(graph) is graph
