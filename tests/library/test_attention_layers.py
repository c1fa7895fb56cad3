"""Layers of attention and positions, against torch.nn, Keras and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.optional import torch

import dovetail as dt
from dovetail.errors import ArgumentError, IndexingError, ShapeError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 7, 12)).astype(np.float32)
OTHER = RNG.normal(size=(2, 5, 12)).astype(np.float32)


def close(found: Any, expected: Any, tolerance: float = 2e-6) -> None:
    np.testing.assert_allclose(np.asarray(found), expected, rtol=tolerance, atol=tolerance)


def random_weights(layer: Any, *inputs: Any) -> Any:
    """The layer, with biases that are not 0."""
    layer.build(*inputs)
    for name, value in layer.parameters().items():
        layer.set(name, RNG.normal(size=value.shape).astype(np.float32) * 0.3)
    return layer


def torch_layer(layer: Any, **arguments: Any) -> Any:
    """PyTorch's layer with these weights: heads and their size are one axis, transposed."""
    given = layer.parameters()
    made = torch.nn.MultiheadAttention(12, 3, batch_first=True, **arguments)

    def kernel(name: str) -> Any:
        value = given[f"{name}_kernel"]
        return torch.tensor(value.reshape(value.shape[0], -1).T)

    names = ("query", "key", "value")
    with torch.no_grad():
        if made.in_proj_weight is not None:
            made.in_proj_weight.copy_(torch.cat([kernel(name) for name in names]))
        else:
            for name, weight in zip("qkv", ("query", "key", "value"), strict=True):
                getattr(made, f"{name}_proj_weight").copy_(kernel(weight))
        biases = [given[f"{name}_bias"].reshape(-1) for name in names]
        made.in_proj_bias.copy_(torch.tensor(np.concatenate(biases)))
        made.out_proj.weight.copy_(torch.tensor(given["output_kernel"].reshape(12, 12).T))
        made.out_proj.bias.copy_(torch.tensor(given["output_bias"]))
    return made


def tensors(*arrays: Any) -> list[Any]:
    return list(map(torch.tensor, arrays))


def test_numbers_of_pytorch() -> None:
    layer = random_weights(dt.MultiHeadAttention(3, 4), X)
    theirs = torch_layer(layer)
    close(layer(X), theirs(*tensors(X, X, X))[0].detach())
    close(layer(X, OTHER), theirs(*tensors(X, OTHER, OTHER))[0].detach())
    mask = RNG.random((2, 7, 7)) < 0.7
    mask[..., 0] = True
    hidden = torch.tensor(np.repeat(~mask, 3, axis=0))  # PyTorch's is true where nothing attends
    expected = theirs(*tensors(X, X, X), attn_mask=hidden)[0].detach()
    close(layer(X, attention_mask=mask), expected)
    close(layer(X, attention_mask=np.where(mask, 0.0, -np.inf).astype(np.float32)), expected)
    causal = torch.triu(torch.ones(7, 7, dtype=torch.bool), 1)
    close(layer(X, use_causal_mask=True), theirs(*tensors(X, X, X), attn_mask=causal)[0].detach())


def test_other_features_of_keys_and_values() -> None:
    key = RNG.normal(size=(2, 5, 6)).astype(np.float32)
    value = RNG.normal(size=(2, 5, 8)).astype(np.float32)
    layer = dt.MultiHeadAttention(3, 4, key_features=6, value_features=8)
    random_weights(layer, X, value, key)
    theirs = torch_layer(layer, kdim=6, vdim=8)
    close(layer(X, value, key), theirs(*tensors(X, key, value))[0].detach())
    same = random_weights(dt.MultiHeadAttention(3, 4, key_features=6), X, key, key)
    assert same.parameters()["value_kernel"].shape == (6, 3, 4)
    with pytest.raises(ShapeError, match="value_features="):
        dt.MultiHeadAttention(3, 4)(X, value, X[:, :5])


def test_gradients_of_pytorch() -> None:
    layer = random_weights(dt.MultiHeadAttention(3, 4), X)
    theirs = torch_layer(layer)
    given = torch.tensor(X, requires_grad=True)
    torch.sin(theirs(given, given, given)[0]).sum().backward()
    found = dt.grad(lambda x: dt.sum(dt.sin(layer(x))))(X)
    assert given.grad is not None
    close(found, given.grad, 1e-5)
    made = layer.torch
    torch.sin(made(torch.tensor(X))).sum().backward()
    expected = theirs.out_proj.weight.grad
    assert expected is not None
    close(made.output_kernel.grad.reshape(12, 12).T, expected, 1e-4)


def test_numbers_of_keras() -> None:
    keras: Any = pytest.importorskip("keras")
    names = ("query", "key", "value", "output")
    ours = random_weights(dt.MultiHeadAttention(3, 4, value_dim=5, output_shape=9), X)
    grouped = random_weights(dt.GroupedQueryAttention(4, 6, 2), X)
    mask = RNG.random((2, 7, 7)) < 0.7
    for layer, theirs in (
        (ours, keras.layers.MultiHeadAttention(3, 4, value_dim=5, output_shape=9)),
        (grouped, keras.layers.GroupQueryAttention(4, 6, 2)),
    ):
        theirs(X, X)
        given = layer.parameters()
        weights = [given[f"{name}_{part}"] for name in names for part in ("kernel", "bias")]
        assert [w.shape for w in weights] == [tuple(w.shape) for w in theirs.get_weights()]
        theirs.set_weights(weights)

        def numbers(y: Any) -> Any:
            return np.asarray(keras.ops.convert_to_numpy(y))

        close(layer(X), numbers(theirs(X, X)), 1e-5)
        close(layer(X, use_causal_mask=True), numbers(theirs(X, X, use_causal_mask=True)), 1e-5)
        seen = mask | np.eye(7, dtype=bool)
        close(layer(X, attention_mask=seen), numbers(theirs(X, X, attention_mask=seen)), 1e-5)


@pytest.mark.parametrize("rope", [None, 100.0])
@pytest.mark.parametrize("window", [None, 3, (2, 0), (None, 0)])
def test_a_cache_gives_what_the_whole_sequence_gives(rope: float | None, window: Any) -> None:
    layer = random_weights(dt.GroupedQueryAttention(4, 6, 2, window=window, rope=rope), X)
    expected = layer(X, use_causal_mask=True)
    cache = layer.empty_cache(2, 9)
    found: list[Any] = []
    for first, last in ((0, 3), (3, 4), (4, 7)):
        y, cache = layer(X[:, first:last], cache=cache)
        found.append(y)
    close(np.concatenate(found, axis=1), expected, 1e-5)
    assert int(cache[2]) == 7
    with pytest.raises(ShapeError, match="empty_cache"):
        layer(X, cache=layer.empty_cache(2, 4))


def test_masks_beside_a_cache() -> None:
    layer = random_weights(dt.MultiHeadAttention(3, 4), X)
    mask = (RNG.random((2, 7, 9)) < 0.6) | np.eye(7, 9, dtype=bool)
    expected = layer(X, attention_mask=mask[:, :, :7], use_causal_mask=True)
    added = np.where(mask, 0.0, -np.inf).astype(np.float32)
    for given in (mask, added):
        cache = layer.empty_cache(2, 9)
        first, cache = layer(X[:, :4], attention_mask=given[:, :4], cache=cache)
        second, _ = layer(X[:, 4:], attention_mask=given[:, 4:], cache=cache)
        close(np.concatenate([first, second], axis=1), expected, 1e-5)


def test_kernels_start_glorot_uniform_over_heads_and_sizes() -> None:
    layer = dt.MultiHeadAttention(8, 16, value_dim=32, output_shape=100, seed=0)
    layer.build((None, None, 64))
    fans = {"query": 64 + 128, "key": 64 + 128, "value": 64 + 256, "output": 256 + 100}
    for name, fan in fans.items():
        limit = np.sqrt(6 / fan)
        found = np.abs(layer.parameters()[f"{name}_kernel"]).max()
        assert 0.99 * limit < found <= limit
        assert not layer.parameters()[f"{name}_bias"].any()


def test_a_cache_that_is_full_is_not_overwritten() -> None:
    layer = random_weights(dt.GroupedQueryAttention(4, 6, 2), X)
    _, cache = layer(X, cache=layer.empty_cache(2, 8))
    assert cache[2].dtype == np.int64
    _, cache = layer(X[:, :1], cache=cache)
    with pytest.raises(IndexingError, match="0 to 8"):
        layer(X[:, :1], cache=cache)
    tf: Any = pytest.importorskip("tensorflow")
    module = layer.tensorflow
    compiled = tf.function(lambda x, *cache: module(x, cache=cache)[0], jit_compile=True)
    assert np.isnan(compiled(tf.constant(X[:, :1]), *map(tf.constant, cache))).all()


@pytest.mark.parametrize("shape", [(0, 7, 12), (2, 0, 12)])
def test_no_examples_and_no_steps(shape: Any) -> None:
    for layer in (dt.MultiHeadAttention(3, 4), dt.GroupedQueryAttention(4, 6, 2)):
        assert layer(np.zeros(shape, np.float32)).shape == shape


@pytest.mark.parametrize("dtype", [np.int64, np.int32])
def test_positions_of_integers_are_floating(dtype: Any) -> None:
    x = RNG.integers(-9, 9, (2, 5, 6)).astype(dtype)
    wide = x.astype(np.float32)
    for function in (dt.rope, dt.SinusoidalPositions()):
        found = function(x)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, function(wide))


def test_dropout_in_training_alone() -> None:
    layer = random_weights(dt.MultiHeadAttention(3, 4, dropout=0.5, seed=1), X)
    close(layer(X), layer(X))
    assert not np.allclose(layer(X, training=True), layer(X), atol=1e-3)


def test_bad_arguments() -> None:
    with pytest.raises(ArgumentError, match="a divisor of num_query_heads, 6"):
        dt.GroupedQueryAttention(4, 6, 4)(X)
    with pytest.raises(ShapeError, match="batch, time, 12"):
        random_weights(dt.MultiHeadAttention(3, 4), X)(X[0])
    with pytest.raises(ShapeError, match="attention_mask"):
        dt.MultiHeadAttention(3, 4)(X, attention_mask=np.ones(7, bool))


def rotated(x: Any, positions: Any, base: float, interleaved: bool) -> Any:
    """Pairs as complex numbers, times exp(i angle)."""
    half = x.shape[-1] // 2
    angles = positions[..., None] * base ** (-np.arange(half) / half)
    first, second = (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., :half], x[..., half:])
    pairs = (first + 1j * second) * np.exp(1j * angles)
    if interleaved:
        return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)
    return np.concatenate([pairs.real, pairs.imag], axis=-1)


@pytest.mark.parametrize("interleaved", [False, True])
def test_rope(interleaved: bool) -> None:
    x = RNG.normal(size=(2, 3, 5, 8))
    expected = rotated(x, np.arange(5), 10000.0, interleaved)
    close(dt.rope(x, interleaved=interleaved), expected, 1e-12)
    places = RNG.integers(0, 50, (2, 1, 5))
    found = dt.rope(x, places, base=100.0, interleaved=interleaved)
    close(found, rotated(x, places, 100.0, interleaved), 1e-12)
    q, k = x[0, 0], x[1, 0]  # products depend on the distance alone
    one = dt.rope(q, interleaved=interleaved) @ dt.rope(k, interleaved=interleaved).T
    moved = dt.rope(q, np.arange(5) + 9, interleaved=interleaved)
    other = moved @ dt.rope(k, np.arange(5) + 9, interleaved=interleaved).T
    close(one, other, 1e-9)
    with pytest.raises(ShapeError, match="even size"):
        dt.rope(x[..., :3])


def test_sinusoidal_positions_and_slopes() -> None:
    table = dt.sinusoidal_table(50, 6)
    for t, pair in ((0, 0), (7, 1), (49, 2)):
        angle = t / 10000.0 ** (2 * pair / 6)
        close(table[t, 2 * pair : 2 * pair + 2], [np.sin(angle), np.cos(angle)], 1e-6)
    close(dt.SinusoidalPositions()(X), X + dt.sinusoidal_table(7, 12))
    long = np.zeros((5000, 6), np.float32)  # where angles in single precision have lost digits
    close(dt.SinusoidalPositions(100.0)(long), dt.sinusoidal_table(5000, 6, 100.0), 1e-7)
    close(dt.alibi_slopes(8).reshape(-1), 2.0 ** -np.arange(1.0, 9.0))
    close(dt.alibi_slopes(6).reshape(-1), [1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8])
    slopes = dt.alibi_slopes(3)
    layer = dt.MultiHeadAttention(3, 4, score=lambda s, i, j: s - slopes * (i - j))
    plain = random_weights(layer, X)
    i, j = np.arange(7)[:, None], np.arange(7)
    with_bias = dt.MultiHeadAttention(3, 4)
    with_bias.build(X)
    for name, value in plain.parameters().items():
        with_bias.set(name, value)
    close(layer(X), with_bias(X, attention_mask=(-slopes * (i - j)).astype(np.float32)[None]), 1e-5)
