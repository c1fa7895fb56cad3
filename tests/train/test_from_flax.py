"""Modules of Flax taken over: the same predictions, from the same arrays."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import UnsupportedError
from dovetail.train.flax_layers import CELLS, FUNCTIONS, MODULES, converted

nnx = pytest.importorskip("flax.nnx")
jax = pytest.importorskip("jax")
RNG = np.random.default_rng(0)
RNGS = nnx.Rngs(0)
SHAPES = {"dense": (3, 6), "images": (2, 13, 12, 3), "sequences": (2, 7, 3), "indices": (2, 5)}
F64 = {"dtype": "float64", "param_dtype": "float64"}


def cases(plain: dict[str, Any]) -> dict[str, Any]:
    """Modules with the type that `plain` says."""
    made, rngs = functools.partial, nnx.Rngs(0)
    kind = {**plain, "rngs": rngs}
    linear, conv, transposed = (
        made(each, **kind) for each in (nnx.Linear, nnx.Conv, nnx.ConvTranspose)
    )
    return {
        "dense": nnx.Sequential(
            linear(6, 5), nnx.BatchNorm(5, **kind), nnx.gelu, nnx.Dropout(0.3, rngs=rngs),
            nnx.LayerNorm(5, **kind), nnx.PReLU(**plain), nnx.identity,
            nnx.Sequential(linear(5, 4, use_bias=False), nnx.RMSNorm(4, **kind)),
            made(nnx.leaky_relu, negative_slope=0.2), made(nnx.softmax, axis=-1),
        ),
        "images": nnx.Sequential(
            conv(3, 4, (3, 3), strides=2), nnx.relu, nnx.GroupNorm(4, num_groups=2, **kind),
            conv(4, 6, (3, 2), padding="VALID", feature_group_count=2, kernel_dilation=(1, 2)),
            made(nnx.max_pool, window_shape=(2, 2), strides=(1, 1), padding="SAME"),
            conv(6, 4, (3, 3), padding=((1, 0), (2, 1)), use_bias=False),
            nnx.InstanceNorm(4, **kind), nnx.swish,
            transposed(4, 3, (3, 3), strides=(2, 2)),
            transposed(3, 5, (2, 3), padding="VALID", transpose_kernel=True),
            made(nnx.avg_pool, window_shape=(2, 2), strides=(2, 2)), nnx.tanh,
        ),
        "sequences": nnx.Sequential(
            conv(3, 6, (3,), padding="CAUSAL"), nnx.selu,
            nnx.MultiHeadAttention(2, 6, decode=False, **kind),
            nnx.RNN(nnx.LSTMCell(6, 4, **kind)), nnx.RNN(nnx.GRUCell(4, 5, **kind)),
            nnx.RNN(nnx.OptimizedLSTMCell(5, 3, **kind), reverse=True),
            nnx.RNN(nnx.SimpleCell(3, 4, **kind)),
        ),
        "indices": nnx.Sequential(nnx.Embed(9, 4, **kind), nnx.elu),
    }  # fmt: skip


def abstract(plain: dict[str, Any]) -> dict[str, Any]:
    """The modules without arrays: XLA would compile the initialiser of every shape."""
    modules: dict[str, Any] = nnx.eval_shape(lambda: cases(plain))
    return modules


def spread(module: Any) -> Any:
    """The module with arrays that are not at their first values."""
    module.eval()
    graph, state = nnx.split(module)
    return nnx.merge(graph, jax.tree.map(_array, state))


def _array(leaf: Any) -> Any:
    if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return jax.random.key(0)
    values = RNG.uniform(0.2, 1.0, leaf.shape)
    return jax.numpy.asarray(values.astype(leaf.dtype))  # counts of draws are 0


@pytest.mark.parametrize("name", SHAPES)
def test_a_module_predicts_as_before(name: str) -> None:
    with jax.enable_x64(True):
        kinds: Any = (({}, 1e-5), (F64, 1e-12))
        for kind, tolerance in kinds if name == "dense" else kinds[:1]:
            module, shape = spread(abstract(kind)[name]), SHAPES[name]
            dtype = kind.get("dtype", "float32")
            x: Any = RNG.normal(size=shape).astype(dtype)
            if name == "indices":
                x = RNG.integers(0, 9, shape)
            expected = np.asarray(module(x))
            assert expected.dtype == dtype
            model = dt.from_flax(module)
            found = model.predict(x)
            assert found.dtype == dtype
            assert np.abs(found - expected).max() < tolerance * np.abs(expected).max()


def test_every_module_of_the_table_is_tested() -> None:
    def kinds(module: Any) -> set[str]:
        found = {type(module).__name__, type(getattr(module, "cell", None)).__name__}
        for child in getattr(module, "layers", ()):
            found |= kinds(child)
        return found

    seen = set[str]().union(*map(kinds, abstract({}).values()))
    assert {*MODULES, *CELLS} <= seen


def test_functions_of_jax() -> None:
    x = RNG.normal(size=(30, 4)).astype(np.float32) * 3.0
    for name in FUNCTIONS:
        if not name.endswith(("pool", "identity")):  # tested above
            theirs = getattr(nnx, name, None) or getattr(jax.nn, name, None) or jax.lax.logistic
            expected = np.asarray(theirs(x))
            found = np.asarray(converted("", theirs)(x))
            assert np.abs(found - expected).max() < 1e-6 * np.abs(expected).max(), name


def test_what_is_refused_is_named() -> None:
    class Own(nnx.Module):
        def __init__(self) -> None:
            self.layer = nnx.Linear(3, 3, rngs=RNGS)

        def __call__(self, x: Any) -> Any:
            return self.layer(x)

    for module, message in (
        (nnx.Sequential(Own()), r"Own at 'layers.0'"),
        (nnx.Sequential(lambda x: x + 1), "<lambda>"),
        (nnx.Sequential(nnx.standardize), "standardize"),
        (functools.partial(nnx.gelu, True), "partial"),
        (nnx.Conv(3, 3, (3,), padding="CIRCULAR", rngs=RNGS), "CIRCULAR"),
        (nnx.Dropout(0.1, broadcast_dims=(1,), rngs=RNGS), "broadcast_dims"),
        (nnx.LinearGeneral(3, 3, rngs=RNGS), "LinearGeneral"),
        (nnx.RNN(nnx.LSTMCell(3, 3, rngs=RNGS), time_major=True), "time_major=True"),
    ):
        with pytest.raises(UnsupportedError, match=message):
            dt.from_flax(module)
