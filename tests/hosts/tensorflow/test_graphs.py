"""tf.function: shapes that are not known, XLA, vectorized_map, AutoGraph, threads."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from dovetail.errors import ShapeError, UnsupportedError  # noqa: E402
from tests.hosts.tensorflow.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    focal,
    gated,
    gradient,
    mish,
    normalised,
    totals,
)

Spec = tf.TensorSpec


def _unknown(args: list[Any]) -> list[Any]:
    return [Spec([None] * arg.shape.rank, arg.dtype) for arg in args]


def _without_rank(args: list[Any]) -> list[Any]:
    return [Spec(None, arg.dtype) for arg in args]


KNOWLEDGE = {"known": None, "unknown sizes": _unknown, "unknown rank": _without_rank}


@pytest.mark.parametrize("knowledge", KNOWLEDGE)
@pytest.mark.parametrize("name", PAIRS)
def test_graphs_give_what_eager_mode_gives(name: str, knowledge: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    make = KNOWLEDGE[knowledge]
    signature = None if make is None else make(args)

    @tf.function(input_signature=signature, autograph=False)
    def both(*given: Any) -> Any:
        return pair.ours(*given), gradient(pair.ours)(*given)

    if name in ("broadcast", "optional", "rows") and knowledge == "unknown rank":
        pytest.skip("a rank must be guessed, and there are two")
    assert_same(both(*args), (pair.ours(*args), gradient(pair.ours)(*args)))


@pytest.mark.parametrize("knowledge", ["known", "unknown sizes"])
@pytest.mark.parametrize("name", PAIRS)
def test_xla_gives_what_eager_mode_gives(name: str, knowledge: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    make = KNOWLEDGE[knowledge]
    signature = None if make is None else make(args)

    @tf.function(input_signature=signature, autograph=False, jit_compile=True)
    def both(*given: Any) -> Any:
        return pair.ours(*given), gradient(pair.ours)(*given)

    assert_same(both(*args), (pair.ours(*args), gradient(pair.ours)(*args)), 1e-10)


def test_static_shapes_are_inferred() -> None:
    def shapes(function: Any, *specs: Any) -> Any:
        concrete = tf.function(function, autograph=False).get_concrete_function(*specs)
        return tf.nest.map_structure(lambda shape: shape.as_list(), concrete.output_shapes)

    assert shapes(mish, Spec([None, 3])) == [None, 3]
    assert shapes(lambda x: dt.sum(x, axis=0), Spec([None, 3])) == [3]
    assert shapes(lambda x: dt.sum(x, axis=1), Spec([None, 3])) == [None]
    assert shapes(totals, Spec([None, 3])) == {"sum": [3], "largest": [3]}
    assert shapes(gated, Spec([None, 4]), Spec([4])) == [None, 4]
    assert shapes(dt.matmul, Spec([None, 4]), Spec([4, None])) == [None, None]
    assert shapes(lambda x: dt.reshape(x, (-1, 4)), Spec([8, None])) == [None, 4]


def test_shapes_that_cannot_fit_are_refused_while_tracing() -> None:
    with pytest.raises(ShapeError):
        tf.function(gated, autograph=False).get_concrete_function(Spec([3]), Spec([4]))


def test_one_graph_takes_all_sizes() -> None:
    traces = []

    @tf.function(input_signature=[Spec([None, None], tf.float64), Spec([None], tf.float64)])
    def run(x: Any, scale: Any) -> Any:
        traces.append(1)
        return normalised(x, scale), gradient(normalised)(x, scale)

    for rows, columns in ((3, 5), (1, 5), (7, 2), (0, 3)):
        x = tf.random.normal([rows, columns], dtype=tf.float64)
        scale = tf.random.normal([columns], dtype=tf.float64)
        assert_same(run(x, scale), (normalised(x, scale), gradient(normalised)(x, scale)))
    assert len(traces) == 1


def test_a_gradient_taken_around_a_function() -> None:
    for name in ("rows", "loss", "matmul"):
        pair = PAIRS[name]
        args = pair.arguments()
        for options in ({}, {"jit_compile": True}):
            function = tf.function(pair.ours, autograph=False, **options)
            assert_same(gradient(function)(*args), gradient(pair.ours)(*args), 1e-10)
            if name == "rows":
                twice = gradient(gradient(function))(*args)
                assert_same(twice, gradient(gradient(pair.ours))(*args), 1e-9)


def test_a_function_inside_a_compiled_function() -> None:
    inner = tf.function(mish, autograph=False)
    x = tf.linspace(-2.0, 2.0, 9)
    assert_same(tf.function(lambda v: inner(v) * 2.0, jit_compile=True)(x), mish(x) * 2.0, 1e-6)


def test_sizes_without_a_formula_are_refused_under_xla() -> None:
    @dt.op
    def odd(x: Any) -> Any:
        return x * float(x.shape[0] % 3)

    with pytest.raises(UnsupportedError, match="not known"):
        tf.function(odd, autograph=False, jit_compile=True).get_concrete_function(Spec([None]))


def test_sizes_taken_to_be_equal_are_never_broadcast_wrongly_under_xla() -> None:
    @dt.op
    def product_mean(x: Any, y: Any) -> Any:
        return dt.mean(x * y)

    compiled = tf.function(
        product_mean, autograph=False, jit_compile=True, input_signature=[Spec([None])] * 2
    )
    x, y = tf.ones([1]), tf.range(6.0)
    assert_same(compiled(y, y), product_mean(y, y))
    with pytest.raises((tf.errors.InvalidArgumentError, ValueError)):
        compiled(x, y)


def test_a_label_out_of_range_is_nan_under_xla() -> None:
    compiled = tf.function(focal, autograph=False, jit_compile=True)
    assert np.isnan(compiled(tf.ones([2, 3]), tf.constant([0, 3])).numpy())


def test_an_index_out_of_range_raises_in_graphs() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="out of range"):
        tf.function(focal, autograph=False)(tf.ones([2, 3]), tf.constant([0, 3]))


@pytest.mark.parametrize("name", ["activation", "rows", "outputs", "tree", "matmul", "sort"])
def test_vectorized_map(name: str, caplog: pytest.LogCaptureFixture) -> None:
    pair = PAIRS[name]
    args = [tf.stack([arg, arg * 0.5, -arg]) for arg in pair.arguments()]
    with caplog.at_level(logging.WARNING):
        found = tf.vectorized_map(lambda given: pair.ours(*given), args)
    assert "while_loop" not in caplog.text
    rows = [pair.ours(*[arg[n] for arg in args]) for n in range(3)]
    assert_same(found, tf.nest.map_structure(lambda *parts: tf.stack(parts), *rows))


def test_vectorized_map_of_gradients_with_a_shared_argument() -> None:
    x, scale = PAIRS["rows"].arguments()

    def one(row: Any) -> Any:
        return gradient(normalised)(row, scale)

    found = tf.vectorized_map(one, x)
    rows = [one(x[n]) for n in range(x.shape[0])]
    assert_same(found, tf.nest.map_structure(lambda *parts: tf.stack(parts), *rows))


def test_autograph_leaves_extensions_alone(caplog: pytest.LogCaptureFixture) -> None:
    @tf.function
    def branching(x: Any) -> Any:
        if tf.reduce_sum(x) > 0:
            y = mish(x)
        else:
            y = dt.grad(lambda v: dt.sum(mish(v)))(x)
        for _ in tf.range(3):
            y = mish(y)
        return y

    x = tf.constant([0.5, 1.5])
    with caplog.at_level(logging.WARNING):
        assert_same(branching(x), mish(mish(mish(mish(x)))), 1e-6)
    assert "AutoGraph" not in caplog.text


def test_autograph_leaves_errors_alone() -> None:
    """Of an extension given to tf.function, and of one that a converted function calls."""

    @tf.function
    def branching(x: Any) -> Any:
        return product_of_two(x, x[:2]) if tf.reduce_sum(x) > 0 else x

    with pytest.raises(ShapeError, match="shapes that broadcast"):
        branching(tf.ones(3))
    with pytest.raises(ShapeError, match="shapes that broadcast"):
        tf.function(product_of_two)(tf.ones(3), tf.ones(2))


@dt.op
def product_of_two(x: Any, y: Any) -> Any:
    return x * y


def test_data_pipelines_and_many_threads() -> None:
    x = np.random.default_rng(0).normal(size=(64, 33)).astype(np.float32)
    data = tf.data.Dataset.from_tensor_slices(x).map(mish, num_parallel_calls=4).batch(64)
    np.testing.assert_array_equal(next(iter(data)).numpy(), mish(x))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: mish(tf.constant(x[: n + 1])).numpy(), range(64)))
    for n, each in enumerate(found):
        np.testing.assert_array_equal(each, mish(x[: n + 1]))


@pytest.mark.parametrize("name", PAIRS)
def test_beside_an_accelerator_the_composite_serves(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    want = pair.ours(*args), gradient(pair.ours)(*args)
    monkeypatch.setattr("dovetail.hosts.tensorflow.composite.has_accelerator", lambda: True)
    graph = tf.function(
        lambda *given: (pair.ours(*given), gradient(pair.ours)(*given)), autograph=False
    )
    concrete = graph.get_concrete_function(*args)
    assert not any("Dovetail" in node.type for node in concrete.graph.get_operations())
    assert_same(graph(*args), want, 1e-10)
    assert_same((pair.ours(*args), gradient(pair.ours)(*args)), want)  # on the CPU: the op


def test_extensions_are_arguments_of_functions() -> None:
    """As they are, not as the definitions that they wrap."""

    @dt.loss
    def halved(predictions: Any, targets: Any) -> Any:
        return (predictions - targets) * 0.5

    x = tf.constant([1.0, -2.0, 3.0])
    applied = tf.function(lambda function, *args: function(*args))
    assert_same(applied(dt.mish, x), dt.mish(x))
    assert_same(applied(dt.gelu, x), dt.gelu(x))
    assert_same(applied(halved, x, x * 0.0), tf.constant(1.0 / 3.0), 1e-6)
    slope = dt.grad(dt.op(lambda x: dt.sum(dt.sin(x))))
    assert_same(applied(slope, x), tf.cos(x), 1e-6)
    before = applied.experimental_get_tracing_count()
    applied(dt.mish, x)
    assert applied.experimental_get_tracing_count() == before
