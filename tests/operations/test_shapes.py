"""Shapes that are known in part: what is known of the outputs, and which sizes must agree."""

from __future__ import annotations

from typing import Any

import pytest

import dovetail as dt
from dovetail.errors import ShapeError
from dovetail.graph.dtypes import float32
from dovetail.operations.operation import Operation, Primal
from dovetail.operations.shapes import Partial, output_shapes, trials


def operation(function: Any, arrays: int) -> Operation:
    return Primal("tried", None, function, [True] * arrays)


def known(function: Any, *shapes: Partial) -> list[Partial]:
    made = operation(function, len(shapes))
    return output_shapes(made, trials(made, shapes, [float32] * len(shapes)))


@pytest.mark.parametrize(("function", "shapes", "want"), [
    (dt.tanh, [(None, 3)], (None, 3)),
    (dt.tanh, [(2, 3)], (2, 3)),
    (dt.tanh, [None], None),
    (lambda x: dt.sum(x, axis=0), [(None, 3)], (3,)),
    (lambda x: dt.sum(x, axis=1), [(None, 3)], (None,)),
    (lambda x: dt.reshape(x, (-1,)), [(None, 3)], (None,)),
    (lambda x, y: x + y, [(None, 4), (4,)], (None, 4)),
    (lambda x, y: x + y, [(None,), (None,)], (None,)),
    (lambda x, y: x + y, [(None, None), (None,)], (None, None)),
    (dt.matmul, [(None, None), (None, None)], (None, None)),
    (lambda x: dt.matmul(x, dt.tanh(x)), [(None, 8)], (8, 8)),
    (lambda x, y: dt.concat([x, y], axis=0), [(None, 2), (3, 2)], (None, 2)),
])  # fmt: skip
def test_what_is_known_of_an_output(function: Any, shapes: list[Partial], want: Partial) -> None:
    assert known(function, *shapes) == [want]


def test_only_what_must_be_equal_is_made_equal() -> None:
    made = operation(dt.matmul, 2)
    classes = trials(made, [(None, None), (None, None)], [float32] * 2).classes
    assert classes[0, 1] == classes[1, 0]
    assert len({classes[0, 0], classes[0, 1], classes[1, 1]}) == 3


def test_what_works_at_no_size_raises() -> None:
    with pytest.raises(ShapeError):
        known(lambda x, y: x + y, (None, 3), (4,))
    with pytest.raises(ShapeError):
        known(lambda x, y: x + y, (2,), (3,))
