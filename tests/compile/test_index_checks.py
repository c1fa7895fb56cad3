"""An index out of bounds is an error also for views, constants and unused elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail
from dovetail.compile import pipeline
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.errors import IndexingError

from .harness import Array, dt, strides_of, traced, with_gradients

X = np.linspace(0.5, 2.0, 4, dtype=np.float32)
KNOWN = np.arange(3, dtype=np.float32)


def wide(x: Any) -> Any:
    """Three rows that are the same."""
    return dt.broadcast_to(x, (3, 4))


def gradient(function: Callable[[Any], Any], x: Any) -> Any:
    value, back = dovetail.vjp(function, x)
    return back(dt.ones_like(value))[0]


Function = Callable[[Any, Any], Any]

# A function, and indices of which one is just out of bounds.
OUTSIDE: dict[str, tuple[Function, Any]] = {
    "a broadcast": (lambda x, i: dt.take(wide(x), i, axis=0), [3]),
    "a constant": (lambda x, i: dt.sum(x) + dt.take(dt.zeros((3,)), i, axis=0), [3]),
    "a captured array": (lambda x, i: dt.sum(x) + dt.take(KNOWN, i, axis=0), [-4]),
    "one element": (lambda x, i: dt.take(dt.sum(x, keepdims=True), i, axis=0), [1]),
    "one row": (lambda x, i: dt.take(dt.reshape(x, (1, 4)), i, axis=0), [-2]),
    "nothing": (lambda x, i: dt.take(x[:0], i, axis=0), [0]),
    "rows of nothing": (lambda x, i: dt.take(dt.reshape(x[:0], (0, 3)), i, axis=1), [3]),
    "sums of broadcasts": (
        lambda x, i: dt.take(dt.exp(wide(x)) + dt.reshape(dt.ones(4), (1, 4)), i, axis=0), [3],
    ),
    "a broadcast and an array": (
        lambda x, i: dt.take(dt.exp(wide(x)) + dt.reshape(x[:3], (3, 1)), i, axis=0), [3],
    ),
    "small integers": (lambda x, i: dt.take(wide(x), i, axis=0), np.array([200], np.uint8)),
    "sliced afterwards": (lambda x, i: dt.take(x, i, axis=0)[:1], [1, 2, 4]),
    "every second from the end": (lambda x, i: dt.exp(dt.take(x, i, axis=0)[::-2]), [1, -5, 1]),
    "none of them used": (lambda x, i: dt.take(x, i, axis=0)[:0], [4]),
    "reshaped, then sliced": (
        lambda x, i: dt.reshape(dt.take(x, i, axis=0), (2, 2))[0], [0, 1, 2, 4],
    ),
    "joined, then sliced": (lambda x, i: dt.concat([x, dt.take(x, i, axis=0)])[:3], [4]),
    "one of several": (lambda x, i: dt.unstack(dt.take(x, i, axis=0))[0], [0, 4]),
    "two axes of a broadcast": (lambda x, i: wide(x)[i, i][:1], [1, 3]),
    "along an axis": (lambda x, i: dt.take_along_axis(wide(x)[:2], i, axis=1), [[0], [4]]),
    "picked from what was picked": (lambda x, i: dt.take(x, i, axis=0)[np.array([0])], [0, 4]),
    "in the branch not taken": (lambda x, i: dt.where(True, x[:1], dt.take(x, i, axis=0)), [4]),
    "times nothing": (lambda x, i: dt.sum(x) + dt.take(dt.arange(4), i, axis=0) * 0, [4]),
    "known to be outside": (lambda x, i: dt.take(wide(x), np.array([3]), axis=0) + 0 * i, [0]),
    "a running sum": (
        lambda x, i: dt.cumulative_sum(dt.take(wide(x), i, axis=0), axis=0)[:1], [0, 3],
    ),
    "a gradient of a broadcast": (
        lambda x, i: gradient(lambda y: dt.take(wide(y), i, axis=0), x), [3],
    ),
    "a gradient": (lambda x, i: gradient(lambda y: dt.take(y, i, axis=0), x)[:2], [0, 4]),
    "a tangent": (
        lambda x, i: dovetail.jvp(lambda y: dt.take(wide(y), i, axis=0), (x,), (x,))[1], [3],
    ),
    "a batch": (lambda x, i: dovetail.vmap(lambda j: dt.take(wide(x), j, axis=0))(i), [[0], [3]]),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_index_outside_is_refused(name: str) -> None:
    function, indices = OUTSIDE[name]
    call = dovetail.op(function)
    given = np.asarray(indices)
    with pytest.raises(IndexingError, match=r"test_index_checks\.py:\d+"):
        call(X, given)
    if name not in ("nothing", "known to be outside"):  # the same program, called again
        call(X, np.zeros_like(given))


def test_an_axis_without_elements_has_nothing_to_point_to() -> None:
    call = dovetail.op(lambda x, i: dt.take(x, i, axis=0))
    empty = np.zeros((0, 4), np.float32)
    with pytest.raises(IndexingError, match="axis 0"):
        call(empty, np.array([0]))
    assert call(empty, np.array([], np.int64)).shape == (0, 4)
    assert call(np.zeros((3, 0), np.float32), np.array([2])).shape == (1, 0)


def test_indices_of_a_broadcast_count_from_the_end() -> None:
    call = dovetail.op(lambda x, i: dt.take(wide(x), i, axis=0))
    result = call(X, np.array([-3, 2, 0]))
    np.testing.assert_array_equal(result, np.take(np.broadcast_to(X, (3, 4)), [-3, 2, 0], axis=0))


def losses(x: Any, labels: Any) -> Any:
    logits = x - dt.max(x, axis=-1, keepdims=True)
    return -dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]


def embedded(x: Any, labels: Any) -> Any:
    return dt.exp(dt.take(x, labels, axis=0)) * 2.0


@pytest.mark.parametrize("function", [losses, embedded])
@pytest.mark.parametrize("differentiated", [False, True])
def test_no_check_is_made_twice(
    function: Function, differentiated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that a gather makes needs no separate kernel."""
    x, labels = np.ones((50, 7), np.float32), np.arange(50) % 7
    graph = traced(function, x, labels)
    arrays: list[Array | None] = [x, labels]
    if differentiated:
        graph = with_gradients(graph, [0])
        arrays.append(np.ones(graph.outputs[0].shape, np.float32))
    strides = [None if a is None else a.strides for a in arrays]
    program = lower_graph(graph, strides)
    assert any(isinstance(s, KernelCall) and s.lowered.nest.checks for s in program.steps)
    monkeypatch.setattr(pipeline, "with_checks", lambda graph: graph)
    assert len(lower_graph(graph, strides).steps) == len(program.steps)


def test_what_is_known_to_lie_inside_is_not_checked() -> None:
    def function(x: Any) -> Any:
        return dt.take(wide(x), np.array([2, -3]), axis=0), dt.sort(x)[:2]

    program = lower_graph(traced(function, X), strides_of([X]))
    names = [node.op for node in program.graph]
    assert "checked_index" not in names
