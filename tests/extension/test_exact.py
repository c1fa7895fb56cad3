"""Keys of caches: values that a program can tell apart have different keys."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import dovetail as dt
from dovetail.extension.exact import exact_key, float_bits
from dovetail.extension.optimizer import COMMON
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.structure import concat
from dovetail.transform.simplify import simplify

LONG = np.ones(5000)
OTHER = LONG.copy()
OTHER[2500] = 0.0


@dataclass(frozen=True)
class Setting:
    scale: Any


class Holder(dt.Layer):
    value: Any = None

    def __init__(self, value: Any = None, private: Any = None) -> None:
        super().__init__(value)
        self._private = private

    def forward(self, x: Any) -> Any:
        return x


DIFFERENT: list[tuple[Any, Any]] = [
    (0.0, -0.0), (1, True), (1, 1.0), (1.0, True), (1.0, np.float64(1.0)), ("1", 1),
    ((0.0,), (-0.0,)), ((1, 2), [1, 2]), ((1, 2), (1.0, 2.0)), ({1: 0}, {True: 0}), (None, False),
    ({"a": 0.0}, {"a": -0.0}), (frozenset({0.0}), frozenset({-0.0})), (0j, complex(0.0, -0.0)),
    (np.float32(0.5), np.float64(0.5)), (np.float32(0.0), np.float32(-0.0)), (LONG, OTHER),
    (np.zeros(3), np.zeros((3, 1))), (np.zeros(3), np.zeros(3, np.float32)),
    (np.zeros(3), -np.zeros(3)), (np.zeros(4, np.float16), np.zeros(4, ml_dtypes.bfloat16)),
    (Setting(0.0), Setting(-0.0)), (Setting(1), Setting(True)),
    (Holder(0.0), Holder(-0.0)), (Holder(LONG), Holder(OTHER)),
    (Holder(private=1.0), Holder(private=2.0)), (Holder(Holder(1)), Holder(Holder(2))),
    (dt.Adam(0.1), dt.Adam(0.2)), (lambda x: x, lambda x: x),
]  # fmt: skip


def shown(pair: tuple[Any, Any]) -> str:
    return re.sub(r" at 0x\w+", "", repr(pair))


@pytest.mark.parametrize("pair", DIFFERENT, ids=shown)
def test_different(pair: tuple[Any, Any]) -> None:
    first, second = map(exact_key, pair)
    assert first != second
    assert len({first, second}) == 2


SAME: list[tuple[Any, Any]] = [
    (math.nan, math.nan), ((math.nan,), (float("nan"),)), (LONG, LONG.copy()), ([1, {}], [1, {}]),
    (Holder(LONG), Holder(LONG.copy())), (Setting(math.nan), Setting(math.nan)), (dt.float32,) * 2,
]  # fmt: skip


@pytest.mark.parametrize("pair", SAME[:5] + SAME[6:], ids=shown)
def test_same(pair: tuple[Any, Any]) -> None:
    assert exact_key(pair[0]) == exact_key(pair[1])


def test_what_has_no_hash_is_itself() -> None:
    class Table(dict[str, int]):
        pass

    @dataclass
    class Plain:
        value: int

    class Odd:
        __hash__ = None  # type: ignore[assignment]

    odd = Odd()
    assert exact_key(odd) == exact_key(odd) != exact_key(Odd())
    assert exact_key(Plain(1)) == exact_key(Plain(1)) != exact_key(Plain(2))
    assert exact_key(Table(a=1)) != exact_key({"a": 1})
    assert float_bits((0.0,)) != float_bits((-0.0,))


def test_a_layer_that_occurs_twice_is_not_two_layers() -> None:
    shared = Holder()
    assert exact_key(Holder((shared, shared))) != exact_key(Holder((Holder(), Holder())))


def test_an_array_that_is_written_to_between_two_reads() -> None:
    table = np.zeros(3)

    @dt.op
    def both(x: Any) -> Any:
        first = x + table
        table[:] = 5.0
        return first, x + table

    first, second = both(np.zeros(3))
    assert (first == 0.0).all()
    assert (second == 5.0).all()


def test_joining_both_zeros() -> None:
    zeros = [constant(zero, (2,), dt.float32) for zero in (0.0, -0.0)]
    joined = concat(*zeros, axis=0)
    assert simplify([joined])[0] is joined
    same = concat(zeros[1], zeros[1], axis=0)
    (found,) = simplify([same])
    assert np.signbit(found.attr("value"))


@pytest.mark.parametrize("layer", [dt.Dense(4), dt.Dropout(0.5), dt.BatchNorm()], ids=repr)
def test_what_dovetail_keeps_in_a_layer_is_not_the_users(layer: dt.Layer) -> None:
    layer.build((2, 3))
    layer(np.zeros((2, 3)))
    names = {field.name for field in layer.fields}
    assert vars(layer).keys() - layer._own <= {*names, "seed"}


def test_what_dovetail_keeps_in_an_optimizer_is_not_the_users() -> None:
    rule = dt.Adam(0.1)
    rule.init(np.zeros(3))
    assert rule.numpy is not None
    names = {field.name for field in (*rule.fields, *COMMON)}
    assert vars(rule).keys() - rule._own <= names
