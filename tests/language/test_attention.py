"""`dt.attention` against PyTorch's functions of whole matrices: values, derivatives, errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tests.language.attention_cases import CASES, Case, formula, positions
from tests.optional import torch

import dovetail as dt
from dovetail.compile import pipeline
from dovetail.errors import ArgumentError, DTypeError, ShapeError, TraceError
from dovetail.language import attention_loops

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch.func.jvp

# Of any arguments: what is refused, and lists of arrays.
attention: Any = dt.attention
grad: Any = dt.grad
jvp: Any = dt.jvp
RNG = np.random.default_rng(11)


@pytest.fixture(autouse=True)
def _small_tiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tiles of which there are several, and which do not fill the arrays."""
    for name, size in (("ROWS", 8), ("KEYS", 9), ("BAND", 4), ("BAND_KEYS", 9)):
        monkeypatch.setattr(attention_loops, name, size)
    yield


def close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(
        np.asarray(found), expected.detach().numpy(), rtol=tolerance, atol=tolerance
    )


def attended(case: Case) -> Callable[..., Any]:
    return lambda q, k, v: attention(q, k, v, **case.arguments)


def squared(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arrays: dt.sum(function(*arrays) ** 2)


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    case = CASES[name]
    arrays = case.arrays()
    cotangent = RNG.normal(size=(2, 4, case.queries, 5))

    def value(q: Any, k: Any, v: Any) -> Any:
        return dt.sum(attended(case)(q, k, v) * cotangent)

    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    expected = case.expected(*tensors)
    close(attended(case)(*arrays), expected)
    gradients = torch.autograd.grad(expected, tensors, torch.tensor(cotangent))
    for mine, theirs in zip(grad(value, (0, 1, 2))(*arrays), gradients, strict=True):
        close(mine, theirs)


@pytest.mark.parametrize("name", ["other lengths", "mask of heads", "causal window"])
def test_second_order_and_forward_mode(name: str) -> None:
    case = CASES[name]
    arrays = case.arrays()
    vectors = tuple(RNG.normal(size=x.shape) for x in arrays)
    tensors, directions = tuple(map(torch.tensor, arrays)), tuple(map(torch.tensor, vectors))
    numbers = (0, 1, 2)
    tangent = jvp(attended(case), arrays, vectors)[1]
    close(tangent, torch.func.jvp(case.expected, tensors, directions)[1])

    def ours(*given: Any) -> Any:
        return dt.sum(dt.sin(attended(case)(*given)))

    def along(*given: Any) -> Any:
        found = grad(ours, numbers)(*given)
        return sum(dt.sum(g * v) for g, v in zip(found, vectors, strict=True))

    def theirs(*given: Any) -> Any:
        return torch.sin(case.expected(*given)).sum()

    def their_along(*given: Any) -> Any:
        found = torch.func.grad(theirs, numbers)(*given)
        return sum((g * v).sum() for g, v in zip(found, directions, strict=True))

    second = grad(along, numbers)(*arrays)
    for mine, theirs in zip(second, torch.func.grad(their_along, numbers)(*tensors), strict=True):
        close(mine, theirs, 1e-11)


@pytest.mark.parametrize("causal", [False, True])
def test_scaled_dot_product_attention_of_pytorch(causal: bool) -> None:
    arrays = Case(21, 21, 2).arrays(np.float32)
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    functional = torch.nn.functional
    theirs = functional.scaled_dot_product_attention(*tensors, is_causal=causal, enable_gqa=True)
    close(attention(*arrays, causal=causal), theirs, 1e-5)
    gradients = torch.autograd.grad(theirs.sum(), tensors)
    ours = grad(lambda *x: dt.sum(attention(*x, causal=causal)), (0, 1, 2))(*arrays)
    for mine, other in zip(ours, gradients, strict=True):
        close(mine, other, 1e-5)


def test_reverse_mode_over_forward_mode() -> None:
    case = CASES["causal, more keys"]
    arrays = case.arrays()
    vectors = tuple(RNG.normal(size=x.shape) for x in arrays)
    tensors, directions = tuple(map(torch.tensor, arrays)), tuple(map(torch.tensor, vectors))

    def ours(*given: Any) -> Any:
        return dt.sum(dt.sin(jvp(attended(case), given, vectors)[1]))

    def theirs(*given: Any) -> Any:
        return torch.sin(torch.func.jvp(case.expected, given, directions)[1]).sum()

    expected = torch.func.grad(theirs, (0, 1, 2))(*tensors)
    for mine, other in zip(grad(ours, (0, 1, 2))(*arrays), expected, strict=True):
        close(mine, other, 1e-11)


def test_a_query_that_attends_to_nothing() -> None:
    arrays = CASES["mask of heads"].arrays()
    mask = CASES["mask of heads"].arguments["mask"]
    q, k, v = arrays
    for given in ({"mask": mask}, {"bias": np.where(mask, 0.0, -np.inf)}):
        call = attended(Case(21, 21, 1, given))
        assert not call(q, k, v)[:, :, 5].any()
        found = grad(squared(call), (0, 1, 2))(*arrays)
        assert not found[0][:, :, 5].any()
        assert all(np.isfinite(each).all() for each in found)
    nothing = attention(q, k, v, mask=np.zeros((1, 1), bool))
    assert not nothing.any()


def test_what_a_score_function_reads_has_gradients() -> None:
    q, k, v = Case(13, 21, 2).arrays()
    i, j = positions(13, 21)
    slopes, table = RNG.normal(size=(4, 1, 1)), RNG.normal(size=(4, 41))
    far = RNG.normal(size=(2, 1, 1, 1))
    attention(q, k, v, causal=True)  # finds the host of NumPy arrays, which must not compute ours

    def ours(slopes: Any, table: Any, far: Any) -> Any:
        def score(s: Any, i: Any, j: Any) -> Any:
            return s * far + slopes * (j - i) + dt.take(table, i - j + 20, axis=1)

        return dt.sum(dt.sin(attention(q, k, v, score=score, causal=True)))

    def theirs(slopes: Any, table: Any, far: Any) -> Any:
        def score(s: Any, i: Any, j: Any) -> Any:
            return s * far + slopes * (j - i) + table[:, i - j + 20]

        tensors = map(torch.tensor, (q, k, v))
        return torch.sin(formula(*tensors, attends=j <= i, score=score)).sum()

    tensors = [torch.tensor(x, requires_grad=True) for x in (slopes, table, far)]
    expected = theirs(*tensors)
    close(dt.op(ours)(slopes, table, far), expected)
    gradients = torch.autograd.grad(expected, tensors)
    for mine, other in zip(grad(ours, (0, 1, 2))(slopes, table, far), gradients, strict=True):
        close(mine, other)


def test_gradients_of_scale_softcap_and_biases() -> None:
    q, k, v = Case(13, 21).arrays()
    bias = [RNG.normal(size=shape) for shape in ((4, 13, 21), (2, 1, 1, 21), (13, 1))]
    given = [np.float64(0.4), np.float64(1.7)]

    def ours(scale: Any, cap: Any, *biases: Any) -> Any:
        total = sum(
            dt.sum(dt.sin(attention(q, k, v, bias=b, scale=scale, softcap=cap))) for b in biases
        )
        return total

    def theirs(scale: Any, cap: Any, *biases: Any) -> Any:
        tensors = list(map(torch.tensor, (q, k, v)))
        return sum(
            torch.sin(formula(*tensors, bias=b, scale=scale, softcap=cap)).sum() for b in biases
        )

    tensors = [torch.tensor(x, requires_grad=True) for x in (*given, *bias)]
    gradients = torch.autograd.grad(theirs(*tensors), tensors)
    arrays = [np.asarray(x) for x in (*given, *bias)]
    found = grad(ours, tuple(range(5)))(*arrays)
    for mine, other in zip(found, gradients, strict=True):
        close(mine, other)


def test_dropout_is_that_of_the_weights() -> None:
    q, k, v = Case(13, 21, 2).arrays()
    kept = dt.dropout(np.ones((2, 4, 13, 21)), 7, 0.3)
    tensors = [torch.tensor(x, requires_grad=True) for x in (q, k, v)]
    expected = formula(*tensors, kept=torch.tensor(np.asarray(kept)))
    close(attention(q, k, v, dropout=0.3, key=7), expected)
    gradients = torch.autograd.grad(expected.sum(), tensors)
    found = grad(lambda *x: dt.sum(attention(*x, dropout=0.3, key=7)), (0, 1, 2))(q, k, v)
    for mine, other in zip(found, gradients, strict=True):
        close(mine, other)


def test_vmap() -> None:
    q, k, v = Case(13, 21, 2).arrays()
    every = np.stack([q, 2 * q, -q])
    found = dt.vmap(lambda q: attention(q, k, v, causal=True))(every)
    for mine, one in zip(found, every, strict=True):
        np.testing.assert_allclose(mine, attention(one, k, v, causal=True), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_half_precisions_accumulate_in_float32(dtype: Any) -> None:
    arrays = tuple(x.astype(dtype) for x in Case(21, 40).arrays())
    wide = [x.astype(np.float32) for x in arrays]
    found = attention(*arrays, causal=True)
    assert found.dtype == dtype
    expected = np.asarray(attention(*wide, causal=True)).astype(dtype)
    np.testing.assert_array_equal(np.asarray(found), expected)
    gradients = grad(lambda *x: dt.sum(attention(*x, causal=True)), (0, 1, 2))
    for mine, other in zip(gradients(*arrays), gradients(*wide), strict=True):
        np.testing.assert_allclose(mine.astype(np.float32), other, rtol=0.02, atol=0.02)


def test_integers_and_empty_arrays() -> None:
    ones = np.ones((1, 2, 3, 4), np.int64)
    np.testing.assert_array_equal(attention(ones, ones, ones), np.ones((1, 2, 3, 4)))
    for shape, keys in (((0, 2, 3, 4), 3), ((2, 0, 3, 4), 3), ((2, 2, 0, 4), 3), ((2, 2, 3, 4), 0)):
        q, k = np.ones(shape), np.ones((*shape[:2], keys, shape[3]))
        assert not attention(q, k, k).any()
        found = grad(lambda *x: dt.sum(attention(*x)), (0, 1, 2))(q, k, k)
        assert [each.shape for each in found] == [q.shape, k.shape, k.shape]


def test_bands_that_differ_in_sizes_alone_are_planned_once(monkeypatch: Any) -> None:
    planned: list[Any] = []
    optimise = pipeline.optimise

    def counted(*given: Any) -> Any:
        planned.append(given)
        return optimise(*given)

    monkeypatch.setattr(pipeline, "optimise", counted)
    monkeypatch.setattr(attention_loops, "BAND_KEYS", 8)  # as many as a band has queries
    rng = np.random.default_rng(0)
    q, k, v = (rng.normal(size=(1, 2, 64, 11)) for _ in range(3))
    found = dt.op(lambda *x: dt.attention(*x, causal=True))(q, k, v)
    # Whole, heads, bands without and with keys that all see (twice: sizes recorded), and a tile.
    assert len(planned) <= 7
    scores = np.where(np.tri(64, dtype=bool), q @ k.swapaxes(2, 3) / math.sqrt(11), -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(found, weights @ v, atol=1e-12)
    # Their derivatives are their own.
    c = rng.normal(size=q.shape)
    gradients = grad(lambda *x: dt.sum(dt.attention(*x, causal=True) * c), (0, 1, 2))(q, k, v)
    of_weights = c @ v.swapaxes(2, 3)
    of_scores = weights * (of_weights - (weights * of_weights).sum(-1, keepdims=True))
    of_scores /= math.sqrt(11)
    expected = of_scores @ k, of_scores.swapaxes(2, 3) @ q, weights.swapaxes(2, 3) @ c
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-11)


def test_queries_and_keys_of_size_0_weigh_all_values_alike() -> None:
    nothing, v = np.ones((1, 2, 3, 0)), np.random.default_rng(0).normal(size=(1, 2, 3, 4))
    means = np.broadcast_to(v.mean(2, keepdims=True), v.shape)
    np.testing.assert_allclose(attention(nothing, nothing, v), means)
    found = grad(lambda *x: dt.sum(attention(*x)), (0, 1, 2))(nothing, nothing, v)
    assert [each.shape for each in found] == [nothing.shape, nothing.shape, v.shape]
    np.testing.assert_allclose(found[2], np.ones(v.shape))


X = np.ones((2, 4, 5, 3))
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: attention(X[0], X, X), ShapeError, r"\(batch, heads, time, size\)"),
    (lambda: attention(X, X[:, :3], X[:, :3]), ShapeError, "a divisor of these 4"),
    (lambda: attention(X, X, X[:, :, :4]), ShapeError, "as many keys as values"),
    (lambda: attention(X, X[..., :2], X), ShapeError, "queries as long as keys"),
    (lambda: attention(X, X, X, mask=np.ones((2, 5), bool)), ShapeError, r"\(2, 4, 5, 5\)"),
    (lambda: attention(X, X, X, mask=np.ones((5, 5), int)), DTypeError, "bool or floating"),
    (lambda: attention(X, X, X, bias=np.ones((5, 5), bool)), DTypeError, "floating"),
    (lambda: attention(X, X, X, window=0), ArgumentError, "at least 1"),
    (lambda: attention(X, X, X, window=(1, -2)), ArgumentError, "before, after"),
    (lambda: attention(X, X, X, window=(1, 2, 3)), ArgumentError, "before, after"),
    (lambda: attention(X, X, X, dropout=1.0, key=1), ArgumentError, "less than 1"),
    (lambda: attention(X, X, X, dropout=0.5), ArgumentError, "pass key="),
    (lambda: attention(X, X, X, causal=1), ArgumentError, "True or False"),
    (lambda: attention(X, X, X, score=lambda s, i, j: i), ShapeError, "floating scores"),
    (
        lambda: attention(X, X, X, score=lambda s, i, j: dt.sum(s, axis=0)),
        TraceError,
        "computes sum",
    ),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_errors_say_what_was_wrong(number: int) -> None:
    call, kind, words = REFUSED[number]
    with pytest.raises(kind, match=words):
        call()


def test_large_scores_do_not_overflow() -> None:
    q = np.full((1, 1, 20, 2), 300.0, np.float32)
    v = np.arange(40.0, dtype=np.float32).reshape(1, 1, 20, 2)
    found = attention(q, q * np.linspace(-9, 9, 20, dtype=np.float32)[:, None], v)
    np.testing.assert_allclose(found, np.broadcast_to(v[:, :, -1:], found.shape))
    assert math.isfinite(float(attention(-q, q, v).sum()))
