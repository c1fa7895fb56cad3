"""jax.export with symbolic sizes: values at other sizes, derivatives, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")
nnx: Any = pytest.importorskip("flax.nnx")

import jax.numpy as jnp  # noqa: E402
from jax import export  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.errors import UnsupportedError  # noqa: E402
from dovetail.operations.unknown_sizes import example_size  # noqa: E402

N, M = export.symbolic_shape("n, m")


def exported(function: Any, *shapes: tuple[Any, ...], dtype: Any = jnp.float32) -> Any:
    """The function, through a file."""
    specs = [jax.ShapeDtypeStruct(shape, dtype) for shape in shapes]
    program = export.export(jax.jit(function))(*specs)
    return export.deserialize(program.serialize()).call


def normal(*shape: int) -> Any:
    return jnp.asarray(np.random.default_rng(sum(shape)).normal(size=shape), jnp.float32)


@dt.op
def several(x: Any, w: Any, scale: float = 0.5) -> Any:
    """Products, sizes in the values and in the shapes of outputs."""
    product = x @ w
    ramp = dt.arange(x.shape[0], dtype=dt.float32)
    twice = dt.concat([product, product * scale], axis=0)
    return twice, dt.mean(product, axis=0) + x.shape[0], ramp[:, None] * x, twice[::-2, 1:]


@dt.op
def indexed(x: Any) -> Any:
    return dt.take(x, dt.asarray([0, -1]), axis=0), dt.cumulative_sum(x, axis=0), dt.sort(x, axis=0)


FUNCTIONS = {
    "pointwise": lambda x: dt.mish(x),
    "softmax": lambda x: dt.softmax(x, axis=0),
    "mean": lambda x: dt.mean(x, axis=0),
    "variance": lambda x: dt.var(x),
    "layer norm": lambda x: dt.layer_norm(x),
    "indices": lambda x: indexed(x),
    "gradient": jax.grad(lambda x: dt.log_softmax(dt.mish(x), axis=0)[0].sum()),
    "second": jax.grad(lambda x: jax.grad(lambda y: dt.mean(dt.gelu(y)) ** 2)(x).sum()),
    "forward": lambda x: jax.jvp(lambda y: dt.logsumexp(y, axis=0), (x,), (x,)),
    "batch": jax.vmap(lambda x: dt.rms_norm(x)),
    "loss": jax.grad(
        lambda x: dt.sparse_categorical_cross_entropy(x, jnp.zeros(x.shape[0], jnp.int32))
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_at_other_sizes(name: str) -> None:
    function = FUNCTIONS[name]
    run = exported(function, (N, M))
    for rows, columns in ((5, 3), (1, 4), (40, 2)):
        x = normal(rows, columns)
        for got, want in zip(jax.tree.leaves(run(x)), jax.tree.leaves(function(x)), strict=True):
            assert got.shape == want.shape
            np.testing.assert_allclose(got, want, rtol=3e-5, atol=2e-6)


def test_products_and_sizes_in_shapes() -> None:
    run = exported(lambda x, w: several(x, w, scale=2.0), (N, 3), (3, 4))
    for rows in (6, 9):
        x, w = normal(rows, 3), normal(3, 4)
        for got, want in zip(run(x, w), several(x, w, scale=2.0), strict=True):
            np.testing.assert_allclose(got, want, rtol=3e-5, atol=2e-6)


def test_one_definition_for_several_types() -> None:
    @dt.op
    def added(x: Any) -> Any:
        return x * x.shape[0] + dt.ones_like(x)

    with jax.enable_x64(True):
        for dtype in (jnp.float32, jnp.float64, jnp.float16):
            run = exported(lambda x: added(x), (N, 3), dtype=dtype)
            for rows in (5, 9):
                x = normal(rows, 3).astype(dtype)
                found = run(x)
                assert found.dtype == dtype
                np.testing.assert_array_equal(found, added(x))


def test_sizes_that_are_expressions() -> None:
    run = exported(lambda x: dt.softmax(x, axis=0), (2 * N + 1, M))
    x = normal(7, 3)
    np.testing.assert_allclose(run(x), jax.nn.softmax(x, axis=0), rtol=3e-5, atol=1e-6)


def test_a_model_of_flax() -> None:
    net = dt.Sequential(dt.Dense(4, "relu"), dt.LayerNorm(), dt.Dense(2)).jax
    net(normal(5, 3))
    run = exported(lambda x: net(x, training=False), (N, 3))
    x = normal(11, 3)
    np.testing.assert_allclose(run(x), net(x, training=False), rtol=3e-5, atol=2e-6)


def test_errors_name_the_sizes() -> None:
    with pytest.raises(UnsupportedError, match=r"\(n, 3\), \(m, 3\).*n = ") as caught:
        exported(lambda x, y: dt.op(lambda a, b: a + b)(x, y), (N, 3), (M, 3))
    assert "the same name" in str(caught.value)

    # Sizes that fit at the first numbers tried, and not where each varies on its own.
    apart = example_size(1) - example_size(0)
    with pytest.raises(UnsupportedError, match=r"does not work for every \w") as caught:
        exported(lambda x, y: dt.op(lambda a, b: a[apart:] + b)(x, y), (N, 3), (M, 3))
    assert "plain numbers" in str(caught.value)

    @dt.op
    def bits(x: Any) -> Any:
        return x * len(bin(x.shape[0]))

    with pytest.raises(UnsupportedError, match=r"bits.*\(n\)"):
        exported(bits, (N,))
