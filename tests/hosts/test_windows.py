"""Windows, pooling and convolution on every host, beside NumPy's, and inside their compilers."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import UnsupportedError
from dovetail.hosts.registry import REGISTRY

HOSTS = [name for name in ("torch", "jax", "tensorflow") if find_spec(name) is not None]
RNG = np.random.default_rng(0)
IMAGES = (0.01 * RNG.permutation(2 * 8 * 7 * 3).reshape(2, 8, 7, 3)).astype(np.float32)


@dt.op
def pooled(x: Any) -> Any:
    return dt.max_pool(x, 3, 2, "same") + dt.avg_pool(x, 3, 2, "same")


@dt.op
def l2_pooled(x: Any) -> Any:
    return dt.sqrt(dt.sum(dt.square(dt.windows(x, 2, strides=2)), axis=(-2, -1)))


@dt.op
def long_windows(x: Any) -> Any:
    """Of so many elements that they are picked by index."""
    return dt.max(dt.windows(x, 70, 1, strides=2, padding=34), axis=-1)


@dt.op
def unfolded(x: Any) -> Any:
    """Products of windows as matrices: a view between the array and a library call."""
    near = dt.permute_dims(
        dt.windows(x, (3, 2), strides=(2, 1), dilation=(1, 2)), (0, 1, 2, 4, 5, 3)
    )
    return near @ dt.permute_dims(near, (0, 1, 2, 3, 5, 4))


PIECES = [pooled, l2_pooled, long_windows, unfolded]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
@pytest.mark.parametrize("name", HOSTS)
def test_values_and_gradients(name: str, piece: Any) -> None:
    host = REGISTRY.named(name)
    expected = piece(IMAGES)
    found = host.to_numpy(piece(host.from_numpy(IMAGES)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    cotangent = RNG.normal(size=expected.shape).astype(np.float32)
    (mine,) = dt.vjp(piece, IMAGES)[1](cotangent)
    (theirs,) = host.vjp(piece, (host.from_numpy(IMAGES),), {}, host.from_numpy(cotangent))
    np.testing.assert_allclose(host.to_numpy(theirs), mine, rtol=1e-5, atol=1e-5)


def _compiled(name: str) -> list[Callable[[Any], Callable[[Any], Any]]]:
    """The compilers of a framework."""
    if name == "jax":
        jax: Any = import_module("jax")
        return [jax.jit]
    if name == "torch":
        torch: Any = import_module("torch")
        return [lambda f: torch.compile(f, backend="aot_eager", dynamic=True)]
    tf: Any = import_module("tensorflow")
    return [tf.function, lambda f: tf.function(f, jit_compile=True)]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
@pytest.mark.parametrize("name", HOSTS)
def test_inside_compilers_at_several_sizes(name: str, piece: Any) -> None:
    host = REGISTRY.named(name)
    for compiler in _compiled(name):
        run = compiler(piece)
        for height in (8, 10, 11):
            x = np.concatenate([IMAGES, IMAGES[:, ::-1]], axis=1)[:, :height]
            found = host.to_numpy(run(host.from_numpy(x)))
            np.testing.assert_allclose(found, piece(x), rtol=1e-5, atol=1e-5)


@pytest.mark.skipif("tensorflow" not in HOSTS, reason="TensorFlow is not installed")
@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_tensorflow_with_unknown_sizes(piece: Any) -> None:
    tf: Any = import_module("tensorflow")
    signature = [tf.TensorSpec((None, None, 7, 3), tf.float32)]
    run = tf.function(piece, input_signature=signature)
    for height in (8, 11):
        x = np.concatenate([IMAGES, IMAGES], axis=1)[:, :height]
        np.testing.assert_allclose(run(tf.constant(x)), piece(x), rtol=1e-5, atol=1e-5)


@dt.op
def dense_windows(x: Any) -> Any:
    return dt.max_pool(x, 3, 1) + dt.avg_pool(x, 3, 1)


@pytest.mark.skipif("tensorflow" not in HOSTS, reason="TensorFlow is not installed")
def test_xla_with_unknown_sizes() -> None:
    """Numbers of windows are sums of sizes at steps of 1; at others the error says what to do."""
    tf: Any = import_module("tensorflow")
    signature = [tf.TensorSpec((None, None, 7, 3), tf.float32)]
    run = tf.function(dense_windows, input_signature=signature, jit_compile=True)
    for height in (8, 11):
        x = np.concatenate([IMAGES, IMAGES], axis=1)[:, :height]
        np.testing.assert_allclose(run(tf.constant(x)), dense_windows(x), rtol=1e-5, atol=1e-5)
    with pytest.raises(UnsupportedError, match="give the inputs full shapes"):
        tf.function(pooled, input_signature=signature, jit_compile=True)(tf.constant(IMAGES))


# Convolution.

KERNEL = RNG.normal(size=(3, 2, 3, 4)).astype(np.float32)


@dt.op
def convolved(x: Any, kernel: Any) -> Any:
    """With pointwise work before and behind it."""
    return dt.relu(dt.conv(dt.tanh(x), kernel, 2, "same") + 0.1)


@dt.op
def plain_convolution(x: Any, kernel: Any) -> Any:
    return dt.conv(x, kernel, 1, ((1, 0), (2, 1)), dilation=2)


@dt.op
def depthwise(x: Any, kernel: Any) -> Any:
    return dt.conv(x, dt.permute_dims(kernel, (0, 1, 3, 2))[:, :, :1, :], groups=3)


@dt.op
def transposed(x: Any, kernel: Any) -> Any:
    return dt.conv_transpose(x, kernel, (2, 1), "same")


@dt.op
def per_example(x: Any, kernel: Any) -> Any:
    return dt.vmap(lambda one, scale: dt.conv(one[None], kernel * scale)[0])(x, x[:, 0, 0, 0])


CONVOLUTIONS = [convolved, plain_convolution, depthwise, transposed, per_example]


@pytest.mark.parametrize("piece", CONVOLUTIONS, ids=lambda piece: piece.name)
@pytest.mark.parametrize("name", HOSTS)
def test_convolutions_and_their_gradients(name: str, piece: Any) -> None:
    host = REGISTRY.named(name)
    given = [host.from_numpy(array) for array in (IMAGES, KERNEL)]
    expected = piece(IMAGES, KERNEL)
    np.testing.assert_allclose(host.to_numpy(piece(*given)), expected, rtol=2e-5, atol=2e-5)
    cotangent = RNG.normal(size=expected.shape).astype(np.float32)
    mine = dt.vjp(piece, IMAGES, KERNEL)[1](cotangent)
    theirs = host.vjp(piece, tuple(given), {}, host.from_numpy(cotangent))
    for a, b in zip(theirs, mine, strict=True):
        np.testing.assert_allclose(host.to_numpy(a), b, rtol=2e-4, atol=2e-4)
    ours = dt.grad(lambda x, k: dt.sum(piece(x, k) ** 2), (0, 1))
    for a, b in zip(ours(*given), ours(IMAGES, KERNEL), strict=True):
        np.testing.assert_allclose(host.to_numpy(a), b, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("piece", CONVOLUTIONS, ids=lambda piece: piece.name)
@pytest.mark.parametrize("name", HOSTS)
def test_convolutions_inside_compilers(name: str, piece: Any) -> None:
    host = REGISTRY.named(name)
    kernel = host.from_numpy(KERNEL)
    for compiler in _compiled(name):
        run = compiler(piece)
        for height in (8, 10, 11):
            x = np.concatenate([IMAGES, IMAGES[:, ::-1]], axis=1)[:, :height]
            found = host.to_numpy(run(host.from_numpy(x), kernel))
            np.testing.assert_allclose(found, piece(x, KERNEL), rtol=2e-5, atol=2e-5)
