"""Short rows: as the lanes of vectors, by transposed tiles; or one masked vector at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import dovetail as dt
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.loops import MASKED_ROW
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace

Array = npt.NDArray[Any]

LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "whole": np.ascontiguousarray,
    "rows apart": lambda x: np.concatenate([x, x], axis=1)[:, : x.shape[1]],
    "columns apart": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "column by column": np.asfortranarray,
}


@dt.op
def shares(x: Any) -> Any:
    """A kernel whose rows become lanes; it reads and writes rows."""
    return dt.softmax(x, axis=-1)


@dt.op
def decayed(x: Any, rate: Any) -> Any:
    """A kernel with a number for each row."""
    return dt.exp(x * rate[:, None])


def expected_shares(x: Array) -> Array:
    powers = np.exp(x.astype(np.float64) - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("columns", [2, 7, 8, 9, 10, 15, 16, 17, 33, 64])
def test_rows_as_lanes(columns: int, dtype: str, layout: str) -> None:
    """Every part of a tile, whole and cut off."""
    for rows in (64, 65, 79, 127, 200):
        x = np.random.default_rng(rows).normal(size=(rows, columns)).astype(dtype)
        found = shares(LAYOUTS[layout](x))
        tolerance = 1e-3 if dtype == "float16" else 8 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, expected_shares(x), rtol=tolerance)


def test_rows_as_lanes_touch_nothing_beside_them() -> None:
    whole = np.full((70, 30), 7.0, np.float32)
    x = np.random.default_rng(0).normal(size=(66, 10)).astype(np.float32)
    place = whole[2:68, 10:20]
    shares.into([place], x)
    np.testing.assert_allclose(place, expected_shares(x), rtol=1e-6)
    place[...] = 7.0
    assert (whole == 7.0).all()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [1, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 63, 65])
def test_masked_rows(columns: int, dtype: str, layout: str) -> None:
    generator = np.random.default_rng(columns)
    x = generator.normal(size=(37, columns)).astype(dtype)
    rate = generator.normal(size=37).astype(dtype)
    found = decayed(LAYOUTS[layout](x), rate)
    wide = np.exp(x.astype(np.float64) * rate[:, None])
    np.testing.assert_allclose(found, wide, rtol=16 * np.finfo(dtype).eps)


def printed(extension: Any, *shapes: tuple[int, ...]) -> str:
    specs = [ArraySpec(shape, as_dtype("float32")) for shape in shapes]
    program = lower_graph(trace(lambda *x: extension(*x), specs).graph, [None] * len(specs))
    (nest,) = (step.lowered.nest for step in program.steps if isinstance(step, KernelCall))
    return print_module(nest)


@dt.op
def shifted_sums(x: Any, shift: Any) -> Any:
    """A kernel that adds up in its rows: their sums are those of whole rows, to the bit."""
    return dt.sum(x - shift[:, None], axis=-1)


def test_which_rows_are_masked() -> None:
    wanted = '!{!"llvm.loop.vectorize.predicate.enable", i1 true}'
    for columns in (1, 2, 17, MASKED_ROW, MASKED_ROW + 1, 500):
        assert (wanted in printed(decayed, (50, columns), (50,))) == (1 < columns <= MASKED_ROW)
        assert wanted not in printed(shifted_sums, (50, columns), (50,))


def test_which_tiles_are_transposed_in_registers() -> None:
    text = printed(shares, (100, 10))
    assert len(re.findall(r"call void @dt_tile_in_32", text)) == 1
    assert len(re.findall(r"call void @dt_tile_out_32", text)) == 1


@dt.op
def shares_but_one(x: Any, y: Any) -> Any:
    """The number of each row, of eight bits, is read again in the second pass over the columns."""
    hit = dt.astype(dt.arange(x.shape[1]), dt.uint8) == y[:, None]
    powers = dt.exp(x)
    chosen = dt.sum(dt.where(hit, powers, 0.0), axis=1, keepdims=True)
    return dt.where(hit, powers, powers / chosen)


def test_integers_of_eight_bits_are_kept_as_integers() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(100, 5)), generator.integers(0, 5, 100).astype(np.uint8)
    hit, powers = np.arange(5) == y[:, None], np.exp(x)
    expected = np.where(hit, powers, powers / np.where(hit, powers, 0).sum(1, keepdims=True))
    np.testing.assert_allclose(shares_but_one(x, y), expected, rtol=1e-12)
