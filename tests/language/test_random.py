"""Random numbers: known answers of the cipher, distributions, and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.errors import DTypeError, ShapeError
from dovetail.language.namespace import NAMESPACE

dt: Any = NAMESPACE


@pytest.mark.parametrize(
    ("key", "counter", "answer"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers_of_threefry(key: Any, counter: Any, answer: Any, run: Any) -> None:
    """From the authors' Random123 distribution, file kat_vectors, threefry2x32 with 20 rounds."""
    words = [np.asarray(pair, np.uint32) for pair in (key, counter)]
    np.testing.assert_array_equal(run(dt.fold_in, *words), answer)


KEY = np.asarray([3, 9], np.uint32)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_uniform(dtype: str, run: Any) -> None:
    draw = run(lambda k: dt.random_uniform(k, (400, 50), dtype=dtype), KEY)
    assert run.dtypes == [dtype]
    assert draw.min() >= 0 and draw.max() < 1
    assert abs(draw.mean() - 0.5) < 0.01
    assert abs(draw.var() - 1 / 12) < 0.005
    assert abs(np.corrcoef(draw[:-1].ravel(), draw[1:].ravel())[0, 1]) < 0.02
    counts = np.histogram(draw, 16, (0, 1))[0]
    assert ((counts - 1250) ** 2 / 1250).sum() < 45


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal(dtype: str, run: Any) -> None:
    draw = run(lambda k: dt.random_normal(k, (20000,), dtype=dtype), KEY)
    assert run.dtypes == [dtype]
    assert np.isfinite(draw).all()
    assert abs(draw.mean()) < 0.03 and abs(draw.std() - 1) < 0.03
    assert abs((draw**3).mean()) < 0.1 and abs((draw**4).mean() - 3) < 0.2


def test_keys(run: Any) -> None:
    def uniform(key: Any) -> Any:
        return run(lambda k: dt.random_uniform(k, (8,)), key)

    small = uniform(np.asarray(5, np.int32))
    np.testing.assert_array_equal(small, uniform(5))
    np.testing.assert_array_equal(small, uniform(np.asarray(5, np.uint64)))
    np.testing.assert_array_equal(small, uniform(np.asarray([5, 0])))
    wide = uniform(np.asarray(5 + (7 << 32)))
    np.testing.assert_array_equal(wide, uniform(5 + (7 << 32)))
    assert not np.array_equal(small, wide)
    with pytest.raises(DTypeError, match="not defined"):
        uniform(np.ones(2, np.float32))
    with pytest.raises(ShapeError):
        uniform(np.ones(3, np.int32))


def test_an_element_depends_on_key_and_place_only(run: Any) -> None:
    long = run(lambda k: dt.random_uniform(k, (100,)), KEY)
    np.testing.assert_array_equal(
        run(lambda k: dt.random_uniform(k, (5, 4)), KEY).ravel(), long[:20]
    )


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_dropout(rate: float, run: Any) -> None:
    x = np.full((100, 100), 3.0, np.float32)
    for call in (lambda x, k: dt.dropout(x, k, rate), lambda x, k, rate: dt.dropout(x, k, rate)):
        result = run(call, x, KEY, *([rate] if call.__code__.co_argcount == 3 else []))
        kept = result != 0
        assert abs(kept.mean() - (1 - rate)) < 0.02
        assert run.dtypes == ["float32"]
        if rate < 1:
            np.testing.assert_allclose(result[kept], 3.0 / (1 - rate), rtol=1e-6)


def test_fold_in_gives_unrelated_keys(run: Any) -> None:
    keys = {tuple(run(lambda k, n=n: dt.fold_in(k, n), KEY)) for n in range(50)}
    assert len(keys) == 50
