"""Sizes that are not known: formulas, what is known of outputs, and which must be equal."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

import dovetail as dt
from dovetail.errors import ShapeError
from dovetail.graph.dtypes import float32
from dovetail.language.trace import trace
from dovetail.operations.calls import Primal
from dovetail.operations.operation import Operation
from dovetail.operations.sizes import SizeRule, infer_sizes
from dovetail.operations.unknown_sizes import Partial, example_size, find_sizes, output_shapes


def operation(function: Any, arrays: int) -> Operation:
    return Primal("tried", None, partial(trace, function), [True] * arrays)


def known(function: Any, *shapes: Partial) -> list[Partial]:
    made = operation(function, len(shapes))
    return output_shapes(made, find_sizes(made, shapes, [float32] * len(shapes)))


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
    (dt.matmul, [(None, None), (64, 32)], (None, 32)),
    (lambda x, y: x + y, [(None,), (5,)], (5,)),
    (lambda x: dt.matmul(x, dt.tanh(x)), [(None, 8)], (8, 8)),
    (lambda x, y: dt.concat([x, y], axis=0), [(None, 2), (3, 2)], (None, 2)),
])  # fmt: skip
def test_what_is_known_of_an_output(function: Any, shapes: list[Partial], want: Partial) -> None:
    assert known(function, *shapes) == [want]


def test_only_what_must_be_equal_is_made_equal() -> None:
    found = find_sizes(operation(dt.matmul, 2), [(None, None), (None, None)], [float32] * 2)
    assert sorted(sorted(found.dims[n] for n in group) for group in found.groups) == [
        [(0, 0)], [(0, 1), (1, 0)], [(1, 1)],
    ]  # fmt: skip


def test_pairs_of_equal_sizes_stay_two_pairs() -> None:
    def twice(x: Any, y: Any, z: Any, w: Any) -> Any:
        return dt.concat([x + y, z + w], axis=0)

    found = find_sizes(operation(twice, 4), [(None,)] * 4, [float32] * 4)
    assert sorted(found.groups) == [(0, 1), (2, 3)]


def rule(number: Any, *example: int) -> SizeRule:
    return infer_sizes(lambda values: (None, [number(*values)]), example)


@pytest.mark.parametrize(("number", "example"), [
    (lambda n: 7, (4,)),
    (lambda n: 3 * n + 1, (4,)),
    (lambda n, m: n * m - n, (4, 6)),
    (lambda n, m: n * n + m, (4, 4)),
    (lambda n: (n + 3) // 2, (9,)),
])  # fmt: skip
def test_a_size_is_a_formula_of_the_unknown_ones(number: Any, example: tuple[int, ...]) -> None:
    found = rule(number, *example)
    assert sorted(sum(found.groups, ())) == list(range(len(example)))
    for extra in (0, 1, 14, 40):
        values = [size + extra for size in example]
        assert found.formulas[0](values) == number(*values)


@pytest.mark.parametrize("number", [lambda n: n % 3, lambda n: n % 11, lambda n: 2 ** (n % 5)])
def test_a_size_without_a_formula_is_fixed(number: Any) -> None:
    assert rule(number, 6).groups == ()


def test_example_sizes_differ() -> None:
    sizes = [example_size(number) for number in range(200)]
    assert len(set(sizes)) == len(sizes)
    assert min(sizes) > 1


def test_what_works_at_no_size_raises() -> None:
    with pytest.raises(ShapeError):
        known(lambda x, y: x + y, (None, 3), (4,))
    with pytest.raises(ShapeError):
        known(lambda x, y: x + y, (2,), (3,))
