"""Models of sequences for training.py: two LSTMs, and a block of a Transformer, in each framework.

The rows of an image are the steps of a sequence: (examples, 28, 28) to ten classes. Weights are
lists in one order: of layers, and in a layer kernels before biases.
"""

# ruff: noqa: PLC0415  # only the frameworks that are measured are imported

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TIME = FEATURES = 28
CLASSES, HEADS = 10, 4
EPS = 1e-5  # of layer norms

Shapes = list[tuple[int, ...]]


def shapes(kind: str, width: int) -> Shapes:
    """The shapes of the weights."""
    head = [(width, CLASSES), (CLASSES,)]
    if kind == "lstm":
        gates = 4 * width
        return [
            (FEATURES, gates), (width, gates), (gates,), (width, gates), (width, gates), (gates,),
            *head,
        ]  # fmt: skip
    size = width // HEADS
    projections = [(width, HEADS, size), (HEADS, size)] * 3
    return [
        (FEATURES, width), (width,), (width,), (width,), *projections, (HEADS, size, width),
        (width,), (width,), (width,), (width, 2 * width), (2 * width,), (2 * width, width),
        (width,), *head,
    ]  # fmt: skip


def ones(kind: str) -> tuple[int, ...]:
    """The numbers of the weights that begin at 1: the scales of layer norms."""
    return (2, 12) if kind == "transformer" else ()


def products(kind: str, width: int) -> int:
    """The multiply-adds of the forward pass of one example, and those of the first kernel."""
    if kind == "lstm":
        return TIME * 4 * width * (FEATURES + 3 * width) + width * CLASSES
    block = 4 * width * width + 2 * TIME * width + 4 * width * width
    return TIME * (FEATURES * width + block) + width * CLASSES


def dovetail_model(kind: str, width: int) -> Any:
    """The model of Dovetail."""
    import dovetail as dt

    if kind == "lstm":
        return dt.Sequential(
            dt.LSTM(width, return_sequences=True), dt.LSTM(width), dt.Dense(CLASSES)
        )
    inputs = dt.Input((TIME, FEATURES))
    x = dt.Dense(width)(inputs)
    x = x + dt.MultiHeadAttention(HEADS, width // HEADS)(dt.LayerNorm(eps=EPS)(x))
    y = dt.Dense(2 * width, "gelu")(dt.LayerNorm(eps=EPS)(x))
    x = x + dt.Dense(width)(y)
    return dt.Model(inputs, dt.Dense(CLASSES)(dt.GlobalAveragePool1D()(x)))


def keras_model(kind: str, width: int) -> Any:
    """The model of Keras."""
    import keras
    from keras import layers

    inputs = keras.Input((TIME, FEATURES))
    if kind == "lstm":
        x = layers.LSTM(width)(layers.LSTM(width, return_sequences=True)(inputs))
        return keras.Model(inputs, layers.Dense(CLASSES)(x))
    x = layers.Dense(width)(inputs)
    y = layers.LayerNormalization(epsilon=EPS)(x)
    x = x + layers.MultiHeadAttention(HEADS, width // HEADS)(y, y)
    y = layers.Dense(2 * width, "gelu")(layers.LayerNormalization(epsilon=EPS)(x))
    x = x + layers.Dense(width)(y)
    return keras.Model(inputs, layers.Dense(CLASSES)(layers.GlobalAveragePooling1D()(x)))


def jax_scores(kind: str) -> Callable[[Any, Any], Any]:
    """The scores as a function of weights and inputs, in JAX."""
    import jax
    import jax.numpy as jnp

    def lstm(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        """The outputs of all steps, time first."""

        def step(carry: Any, z: Any) -> Any:
            h, c = carry
            i, f, g, o = jnp.split(z + h @ recurrent, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zero = jnp.zeros((x.shape[1], recurrent.shape[0]))
        return jax.lax.scan(step, (zero, zero), x @ kernel + bias)[1]

    def norm(x: Any, scale: Any, bias: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPS) * scale + bias

    def recurrent(w: Any, x: Any) -> Any:
        outputs = lstm(lstm(jnp.swapaxes(x, 0, 1), *w[:3]), *w[3:6])
        return outputs[-1] @ w[6] + w[7]

    def transformer(w: Any, x: Any) -> Any:
        x = x @ w[0] + w[1]
        y = norm(x, *w[2:4])
        q, k, v = (jnp.einsum("btd,dhs->bths", y, w[n]) + w[n + 1] for n in (4, 6, 8))
        y = jax.nn.dot_product_attention(q, k, v)
        x = x + jnp.einsum("bths,hsd->btd", y, w[10]) + w[11]
        y = jax.nn.gelu(norm(x, *w[12:14]) @ w[14] + w[15], approximate=False)
        x = x + y @ w[16] + w[17]
        return x.mean(1) @ w[18] + w[19]

    return recurrent if kind == "lstm" else transformer


def torch_model(kind: str, width: int, weights: list[Any]) -> Any:
    """The module of PyTorch, with these weights."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    w = [torch.from_numpy(each.copy()) for each in weights]

    class Recurrent(nn.Module):
        """Two LSTMs; PyTorch's second biases stay 0, so that each gate has one."""

        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(FEATURES, width, num_layers=2, batch_first=True)
            self.head = nn.Linear(width, CLASSES)
            state = {"head.weight": w[6].T, "head.bias": w[7]}
            for layer, first in ((0, 0), (1, 3)):
                state |= {
                    f"lstm.weight_ih_l{layer}": w[first].T,
                    f"lstm.weight_hh_l{layer}": w[first + 1].T,
                    f"lstm.bias_ih_l{layer}": w[first + 2],
                    f"lstm.bias_hh_l{layer}": torch.zeros_like(w[first + 2]),
                }
            self.load_state_dict(state)
            for layer in (0, 1):
                getattr(self.lstm, f"bias_hh_l{layer}").requires_grad_(False)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(x)[0][:, -1])

    class Transformer(nn.Module):
        """A block, with norms before its parts."""

        def __init__(self) -> None:
            super().__init__()
            qkv = [w[n].reshape(width, width).T for n in (4, 6, 8)]
            linear = {
                "first": (w[0].T, w[1]), "out": (w[10].reshape(width, width).T, w[11]),
                "qkv": (torch.cat(qkv), torch.cat([w[n].reshape(-1) for n in (5, 7, 9)])),
                "up": (w[14].T, w[15]), "down": (w[16].T, w[17]), "head": (w[18].T, w[19]),
            }  # fmt: skip
            for name, (weight, bias) in linear.items():
                layer = nn.Linear(weight.shape[1], weight.shape[0])
                layer.load_state_dict({"weight": weight, "bias": bias})
                setattr(self, name, layer)
            self.norms = nn.ModuleList(nn.LayerNorm(width, eps=EPS) for _ in range(2))

        def forward(self, x: Any) -> Any:
            x = self.first(x)
            parts = self.qkv(self.norms[0](x)).chunk(3, dim=-1)
            q, k, v = (each.unflatten(-1, (HEADS, -1)).transpose(1, 2) for each in parts)
            y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
            x = x + self.out(y)
            x = x + self.down(F.gelu(self.up(self.norms[1](x))))
            return self.head(x.mean(1))

    return Recurrent() if kind == "lstm" else Transformer()
