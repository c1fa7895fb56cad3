"""64-bit types off, while the maths says float64 or int64: JAX holds such values in 32 bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from dovetail.language.trace import trace

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.errors import StructureError  # noqa: E402
from dovetail.graph import dtypes  # noqa: E402
from dovetail.hosts.jax import ffi  # noqa: E402
from dovetail.language.trace import ArraySpec  # noqa: E402
from dovetail.operations.calls import Primal  # noqa: E402
from tests.hosts.jax.pairs import quickly  # noqa: E402

X = np.linspace(0.2, 1.5, 7, dtype=np.float32)
WEIGHTS = np.array([1.0, -2.0, 0.5, 3.0, -1.0, 0.25, 2.0])
TABLE = np.linspace(-1.0, 1.0, 21).reshape(7, 3)


def _wide(x: Any) -> Any:
    return dt.exp(dt.astype(x, dt.float64))


def _product(x: Any) -> Any:  # a library call of float64, pieces before and behind it
    return dt.tanh(dt.sin(x)[None] @ TABLE) * 2.0


def _two(x: Any) -> Any:  # results of three types
    return dt.sin(x) * WEIGHTS, x * x, dt.argmax(x)


# Each beside the same function of JAX.
CASES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "astype": (_wide, jnp.exp),
    "product": (_product, lambda x: jnp.tanh(jnp.sin(x)[None] @ TABLE.astype(np.float32)) * 2),
    "outputs": (_two, lambda x: (jnp.sin(x) * WEIGHTS.astype(np.float32), x * x, jnp.argmax(x))),
}
cases = pytest.mark.parametrize("name", CASES)
pytestmark = pytest.mark.usefixtures("way")


def _scalar(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def summed(x: Any) -> Any:
        leaves = [y for y in jax.tree.leaves(function(x)) if jnp.issubdtype(y.dtype, jnp.floating)]
        return sum(((n + 1) * jnp.cos(jnp.arange(y.size)) * y.ravel()).sum() for n, y in
                   enumerate(leaves))  # fmt: skip

    return summed


def _transformed(function: Callable[[Any], Any], x: Any) -> dict[str, Any]:
    scalar = _scalar(function)
    batch = jnp.stack([x, x + 0.1, x * 0.5])
    return {
        "value": function(x),
        "grad": jax.grad(scalar)(x),
        "forward": jax.jacfwd(scalar)(x),
        "grad of grad": jax.grad(lambda v: (jax.grad(scalar)(v) ** 2).sum())(x),
        "hessian": jax.hessian(scalar)(x),
        "reverse over reverse": jax.jacrev(jax.grad(scalar))(x),
        "vmap": jax.vmap(function)(batch),
        "grads of vmap": jax.vmap(jax.grad(scalar))(batch),
        "grad through vmap": jax.grad(lambda v: jax.vmap(scalar)(v).sum())(batch),
        "checkpoint": jax.grad(jax.checkpoint(scalar))(x),
        "scan": jax.grad(lambda v: jax.lax.scan(lambda c, _: (c + scalar(v), c), 0.0, None, 2)[0])(
            x
        ),
    }  # fmt: skip


@cases
def test_every_transform(name: str) -> None:
    ours, theirs = CASES[name]
    function, x = dt.op(ours), jnp.asarray(X)
    got = quickly(lambda x: _transformed(function, x))(x)
    want = quickly(lambda x: _transformed(theirs, x))(x)
    for key, expected in want.items():
        leaves, others = jax.tree.leaves(got[key]), jax.tree.leaves(expected)
        assert len(leaves) == len(others)
        for one, other in zip(leaves, others, strict=True):
            assert one.dtype == other.dtype, key
            size = max(1.0, float(np.abs(other).max()))
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * size, err_msg=key)


def test_layers_losses_and_optimizers() -> None:
    nnx: Any = pytest.importorskip("flax.nnx")
    optax: Any = pytest.importorskip("optax")

    class Weighted(dt.Layer):
        features: int = dt.from_input(axis=-1)
        scale = dt.Parameter("features", init="ones")
        total = dt.State("features", init="zeros", dtype="float64")

        def forward(self, x: Any) -> Any:
            self.total = self.total + dt.astype(x, dt.float64)
            return x * self.scale * WEIGHTS

    @dt.loss
    def squared(predictions: Any, targets: Any) -> Any:
        return dt.astype(predictions - targets, dt.float64) ** 2

    class Scaled(dt.Optimizer):
        lr: float = 0.1
        total = dt.State(like="param", init="zeros", dtype="float64")

        def update(self, param: Any, grad: Any) -> Any:
            self.total = self.total + grad * WEIGHTS
            return param - self.lr * dt.astype(self.total, dt.float32)

    layer = Weighted.jax(7, rngs=nnx.Rngs(0))
    targets = jnp.zeros(7)
    gradient = nnx.grad(lambda m, x: squared(m(x), targets))(layer, jnp.asarray(X))
    x = X.astype(np.float64)
    want = 2 * (x * WEIGHTS) ** 2 / 7
    np.testing.assert_allclose(gradient["scale"].get_value(), want, rtol=1e-5)
    np.testing.assert_allclose(layer.total.get_value(), X, rtol=1e-6)
    params = {"w": jnp.asarray(X)}
    transformation = Scaled.jax()
    state = transformation.init(params)
    updates, _ = jax.jit(transformation.update)({"w": jnp.ones(7)}, state, params)
    np.testing.assert_allclose(
        optax.apply_updates(params, updates)["w"], x - 0.1 * WEIGHTS, rtol=1e-5
    )


def test_integers_given_in_64_bits() -> None:
    table = jnp.arange(12.0).reshape(4, 3)
    rows = dt.op(lambda t, i: dt.take(t, i, axis=0))
    np.testing.assert_array_equal(rows(table, np.array([3, 0])), np.asarray(table)[[3, 0]])
    gradient = jax.grad(lambda t: (rows(t, np.array([3, 3])) * 2.0).sum())(table)
    np.testing.assert_array_equal(gradient, np.array([[0.0], [0], [0], [4]]) * np.ones(3))


def test_64_bit_types_are_switched_between_calls() -> None:
    f = dt.op(lambda x: dt.exp(dt.astype(x, dt.float64)) * WEIGHTS)
    want = np.exp(X.astype(np.float64)) * WEIGHTS
    with jax.enable_x64(True):
        wide = jnp.asarray(X, np.float64)
    for _ in range(2):
        for on in (False, True):
            with jax.enable_x64(on):
                for x in (jnp.asarray(X), wide):
                    np.testing.assert_allclose(f(x), want, rtol=1e-5)
                    out, vjp = jax.vjp(f, x)
                    (gradient,) = vjp(jnp.ones_like(out))
                    assert gradient.dtype == x.dtype
                    np.testing.assert_allclose(gradient, want, rtol=1e-5)
    assert f(wide).dtype == np.float64  # as jnp.exp: what it is given stays
    with jax.enable_x64(True):
        _, vjp = jax.vjp(f, wide)
        _, jvp = jax.linearize(f, jnp.asarray(X))
    np.testing.assert_allclose(vjp(jnp.ones_like(wide))[0], want, rtol=1e-5)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jvp(jnp.ones(7, np.float32)), want, rtol=1e-5)


# Buffers that a program was not made for.

GRAPH = trace(lambda x, a: (dt.tanh(x) * a, dt.argmax(x)), [
    ArraySpec((3, 4), dtypes.float32), ArraySpec((4,), dtypes.float32)
]).graph  # fmt: skip
FITTING = [("float32", (3, 4)), ("float32", (4,)), ("float32", (3, 4)), ("int64", ())]


@pytest.mark.parametrize(
    ("place", "dtype", "shape"),
    [
        (0, "bfloat16", (3, 4)), (0, "float64", (3, 4)), (0, "int32", (3, 4)),
        (0, "float32", (4, 3)), (0, "float32", (12,)), (0, "float32", (3, 4, 1)),
        (1, "float32", (1,)), (2, "float16", (3, 4)), (2, "float32", (2, 4)),
        (3, "int32", ()), (3, "uint64", ()), (3, "int64", (1,)), (4, "float32", ()),
    ],
)  # fmt: skip
def test_the_kernel_refuses_other_buffers(place: int, dtype: str, shape: tuple[int, ...]) -> None:
    target = ffi.target(GRAPH)
    assert target is not None
    buffers: list[Any] = list(FITTING)
    with jax.enable_x64(True):

        def call(buffers: list[Any]) -> Any:
            results = [jax.ShapeDtypeStruct(shape, dtype) for dtype, shape in buffers[2:]]
            given = [jnp.ones(shape, dtype) for dtype, shape in buffers[:2]]
            return jax.block_until_ready(jax.ffi.ffi_call(target.name, results)(*given))

        np.testing.assert_allclose(call(buffers)[0], np.tanh(1.0) * np.ones((3, 4)), rtol=1e-6)
        buffers[place : place + 1] = [(dtype, shape)]
        with pytest.raises(Exception, match="buffers are of other data types or shapes"):
            call(buffers)


def test_a_graph_of_other_arrays_is_refused() -> None:
    class Wrong(Primal):
        def _build(self, specs: Any) -> Any:
            return super()._build([ArraySpec(specs[0].shape, dtypes.float64)])

    wrong = Wrong("wrong", None, partial(trace, dt.exp), [True])
    with pytest.raises(StructureError, match=r"wrong: got float32\[2\]"):
        wrong.graph((ArraySpec((2,), dtypes.float32),))
    right = Primal("right", None, partial(trace, dt.exp), [True])
    specs = ArraySpec((3,), dtypes.float32), ArraySpec((2,), dtypes.float32)
    with pytest.raises(StructureError, match=r"float32\[3\], float32\[2\]"):
        right.vjp((0,), (0,)).graph(specs)
    with pytest.raises(StructureError, match="the program of"):
        right.jvp((0,), (0,)).graph(specs)


EXTREMA = np.array(
    [
        [1.0, 3.0, 3.0, 2.0, -1.0, -1.0],
        [-np.inf] * 6,
        [np.inf] * 6,
        [0.0, -0.0, 5.0, np.nan, 9.0, np.nan],
    ],
    np.float32,
)


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("dtype", [dt.float64, dt.int64], ids=str)
def test_positions_of_wide_values(name: str, dtype: Any) -> None:
    values = EXTREMA if dtype is dt.float64 else np.array([[2, 7, 7, -3, -3, 0]], np.float32)

    @dt.op
    def position(x: Any) -> Any:
        return getattr(dt, name)(dt.astype(x, dtype), axis=-1)

    want = getattr(np, name)(values, axis=-1)
    for found in (position(jnp.asarray(values)), jax.jit(position)(jnp.asarray(values))):
        assert np.array_equal(found, want)
    assert np.array_equal(jax.vmap(position)(jnp.asarray(values)), want)


def test_floats_as_uint64() -> None:
    as_uint64 = dt.op(lambda x: dt.astype(x, dt.uint64))
    x = jnp.asarray([0.0, 1.5, 3e9])
    for found in (as_uint64(x), jax.jit(as_uint64)(x)):
        assert np.array_equal(found, np.array([0, 1, 3_000_000_000], np.uint32))
