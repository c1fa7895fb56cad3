"""Extensions in files: the same values and derivatives as maths, for every size and in any mode."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import SerialisationError, TraceError
from dovetail.files.tracing import Subject, written
from dovetail.graph.dtypes import float32
from dovetail.graph.node import ArraySpec
from tests.saving import pieces

RNG = np.random.default_rng(0)


@pytest.fixture
def again(tmp_path: Path) -> Any:
    def save_and_load(thing: Any, **options: Any) -> Any:
        path = tmp_path / "e.dovetail"
        dt.save(thing, path, **options)
        return dt.load(path)

    return save_and_load


def same(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert list(one) == list(other)
        one, other = tuple(one.values()), tuple(other.values())
    if isinstance(one, tuple):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            same(first, second)
    else:
        assert one.dtype == other.dtype
        assert np.array_equal(one, other, equal_nan=True)


def test_an_activation_for_every_rank_and_type(again: Any) -> None:
    swirl = again(pieces.swirl)
    assert (swirl.kind, str(swirl.signature)) == ("activation", "swirl(x, turn=0.5)")
    assert swirl.__doc__ == "x sin(turn x)."
    for shape in ((), (1,), (7,), (3, 1), (2, 3, 4), (1, 2, 3, 4), (0, 3)):
        for dtype in (np.float32, np.float64, dt.float16.numpy, dt.bfloat16.numpy):
            x = RNG.normal(size=shape).astype(dtype)
            same(swirl(x), pieces.swirl(x))
            same(swirl(x, turn=0.3), pieces.swirl(x, turn=0.3))
    x = RNG.normal(size=(3, 5))
    assert np.allclose(swirl(x, 0.7), x * np.sin(0.7 * x), rtol=1e-14)


def test_derivatives_and_batches(again: Any) -> None:
    swirl, x = again(pieces.swirl), RNG.normal(size=(3, 5))
    slope = np.sin(0.5 * x) + 0.5 * x * np.cos(0.5 * x)
    assert np.allclose(dt.grad(lambda x: dt.sum(swirl(x)))(x), slope, rtol=1e-13)
    second = dt.grad(lambda x: dt.sum(dt.grad(lambda x: dt.sum(swirl(x)))(x)))(x)
    curve = np.cos(0.5 * x) - 0.25 * x * np.sin(0.5 * x)
    assert np.allclose(second, curve, rtol=1e-12)
    turn = np.array([[0.5], [0.1], [0.7]])
    by_turn = dt.grad(lambda x, turn: dt.sum(swirl(x, turn)), argnums=1)
    with pytest.raises(SerialisationError, match=r"float64\[3, 1\]"):
        by_turn(x, turn)
    by_turn = dt.grad(lambda x, turn: dt.sum(swirl(x, dt.sum(turn))), argnums=1)
    expected = np.sum(x * x * np.cos(np.sum(turn) * x))
    assert np.allclose(by_turn(x, turn), expected, rtol=1e-13)
    same(dt.vmap(swirl)(x), pieces.swirl(x))


def test_a_declared_derivative(again: Any) -> None:
    pieces.stepped(np.ones((2, 3)))
    stepped, x = again(pieces.stepped), RNG.normal(size=(4, 5))
    same(stepped(x), pieces.stepped(x))
    gradient = dt.grad(lambda x: dt.sum(stepped(x)))(x)
    assert np.allclose(gradient, np.broadcast_to(x.mean(-1, keepdims=True), x.shape), rtol=1e-14)


def test_a_surrogate_is_known_as_one(again: Any) -> None:
    report = dt.check(again(pieces.stepped), quick=True, hosts=["numpy"])
    assert report, str(report)


def test_loops_literals_and_trees(again: Any) -> None:
    pieces.decayed(np.ones((3, 4)))
    decayed = again(pieces.decayed)
    for length in (0, 1, 7):
        x = RNG.normal(size=(length, 4))
        same(decayed(x), pieces.decayed(x))
    x = RNG.normal(size=(6, 4))

    def total(function: Any, x: Any) -> Any:
        found = function(x)
        return dt.sum(found["rows"] * found["last"][1])

    both = [dt.grad(functools.partial(total, f))(x) for f in (decayed, pieces.decayed)]
    same(*both)


def test_losses_keep_their_reductions_and_checks(again: Any) -> None:
    x, y = RNG.normal(size=(2, 5, 3))
    quartic, margin = again(pieces.quartic), again(pieces.margin)
    for reduction in ("mean", "sum", "none"):
        same(quartic(x, y, reduction=reduction), pieces.quartic(x, y, reduction=reduction))
    labels = np.array([0, 2, 1, -100, 2])
    for ignored in (-100, 0):
        given = np.where(labels == -100, ignored, labels)
        one, other = (f(x, given, ignore_index=ignored) for f in (margin, pieces.margin))
        same(one, other)
    with pytest.raises(dt.DovetailError, match="label"):
        margin(x, labels)


def test_static_arguments_and_keywords(again: Any) -> None:
    @dt.op
    def scaled(x: Any, /, factor: float = 2.0, *, axis: int | None = None, kind: str = "a") -> Any:
        y = x * factor if kind == "a" else x + factor
        return dt.sum(y, axis=axis)

    x = RNG.normal(size=(2, 3))
    for options in ({}, {"axis": 1}, {"axis": -1, "kind": "b"}):
        scaled(x, **options)
    loaded = again(scaled)
    for options in ({}, {"axis": 1}, {"axis": -1, "kind": "b", "factor": 1.5}):
        same(loaded(x, **options), scaled(x, **options))
    with pytest.raises(SerialisationError, match=r"float64\[2, 3\].*'c'"):
        loaded(x, kind="c")
    with pytest.raises(SerialisationError, match=r"int64\[2\]"):
        loaded(np.arange(2))


def test_sizes_that_have_to_be_equal(again: Any) -> None:
    @dt.op
    def product(x: Any, y: Any) -> Any:
        return (x @ y) / x.shape[1]

    product(np.ones((2, 4)), np.ones((4, 3)))
    loaded, x, y = again(product), RNG.normal(size=(5, 7)), RNG.normal(size=(7, 2))
    same(loaded(x, y), product(x, y))
    assert np.allclose(loaded(x, y), x @ y / 7, rtol=1e-14)
    with pytest.raises(SerialisationError, match=r"float64\[5, 7\].*float64\[5, 7\]"):
        loaded(x, x)


def test_examples_are_given(again: Any) -> None:
    @dt.op
    def outer(x: Any, y: Any) -> Any:
        return x[:, None] * y

    same(again(outer, calls=[(np.ones(3), np.ones((1, 4)))])(np.arange(2.0), np.ones((1, 5))),
         np.outer(np.arange(2.0), np.ones(5)))  # fmt: skip

    @dt.op
    def one_hot(indices: Any) -> Any:
        return dt.astype(indices[:, None] == dt.arange(3), dt.float32)

    loaded = again(one_hot, calls=[(np.arange(2),)])
    assert loaded(np.array([2, 0, 1, 1])).tolist() == np.eye(3)[[2, 0, 1, 1]].tolist()


def test_what_was_loaded_is_saved_again(again: Any) -> None:
    x = RNG.normal(size=(2, 3))
    same(again(again(pieces.swirl))(x), pieces.swirl(x))


def test_pieces_of_the_library_are_names(again: Any) -> None:
    assert again(dt.mish) is dt.mish
    assert again(dt.relu) is dt.relu
    assert again(dt.huber) is dt.huber


# What no graph can say.


@dt.op
def wide_or_narrow(x: Any) -> Any:
    """Decides by a size."""
    return x * 2.0 if x.shape[0] > 100 else x


@dt.op
def by_a_plain_number(x: Any) -> Any:
    """Decides by a size as a plain integer."""
    count = int(x.shape[-1])
    return x * 2.0 if count >= 256 else x


@dt.op
def by_its_length(x: Any) -> Any:
    """Decides by len(), which is a plain integer, too."""
    return x * 2.0 if len(x) > 100 else x


@dt.op
def by_a_product(x: Any) -> Any:
    """Decides by the number of elements."""
    return x * 2.0 if x.shape[0] * x.shape[1] % 3 == 1 else x


@dt.op
def one_by_one(x: Any) -> Any:
    """A loop of Python over a size."""
    return sum(x[number] * 0.5 for number in range(x.shape[0]))


@dt.op
def numbered(x: Any) -> Any:
    """NumPy's numbers of a size."""
    return x * np.arange(x.shape[-1])


BRANCHES = (
    wide_or_narrow, by_a_plain_number, by_its_length, by_a_product, one_by_one, numbered,
)  # fmt: skip


@pytest.mark.parametrize("extension", BRANCHES, ids=lambda each: each.__name__)
def test_a_decision_by_a_size_is_refused_by_name(extension: Any, tmp_path: Path) -> None:
    extension(np.ones((8, 6)))
    with pytest.raises(SerialisationError, match=f"{extension.__name__} cannot be saved") as error:
        dt.save(extension, tmp_path / "e.dovetail")
    assert error.value.location is not None
    assert __file__ in error.value.location
    assert list(tmp_path.iterdir()) == []


def test_the_line_of_the_decision_is_named(tmp_path: Path) -> None:
    line = wide_or_narrow.definition.__code__.co_firstlineno + 3
    with pytest.raises(SerialisationError, match=f"{Path(__file__).name}:{line}"):
        dt.save(wide_or_narrow, tmp_path / "e.dovetail", calls=[(np.ones((8, 6)),)])


def test_an_error_in_a_definition_names_its_line_if_it_has_one() -> None:
    def failing(arguments: Any) -> Any:
        raise ValueError("no such table")

    place = f", at {__file__}:{failing.__code__.co_firstlineno + 1}"
    for call, said in (failing, f"ValueError('no such table'){place}."), ([].pop, 'integer").'):
        with pytest.raises(TraceError) as error:
            written(Subject("it", None, call), [ArraySpec((2, 3), float32)], {})
        assert str(error.value).splitlines()[0].endswith(said)


def test_a_check_of_a_size_is_no_decision(again: Any) -> None:
    @dt.op
    def paired(x: Any) -> Any:
        if x.shape[0] < 2 or x.ndim != 2:
            raise ValueError("too few rows")
        return dt.reshape(x[:-1] - x[1:], (-1,))

    x = RNG.normal(size=(4, 3))
    paired(x)
    same(again(paired)(x[:3]), paired(x[:3]))


def test_what_was_never_called_says_so(tmp_path: Path) -> None:
    @dt.op
    def uneven(x: Any, y: Any) -> Any:
        return dt.reshape(x, (7919,)) @ y

    with pytest.raises(dt.DovetailError):
        dt.save(uneven, tmp_path / "e.dovetail")
    with pytest.raises(dt.DovetailError, match="thing"):
        dt.save(lambda x: x, tmp_path / "e.dovetail")
