"""Models in Keras as its users write them, on the backend that KERAS_BACKEND names.

The same models as in torch_models.py. A step is `train_on_batch`; the pieces are Keras' own or
Dovetail's. Dense layers and convolutions are Dovetail's on JAX alone: on the other backends their
products are the framework's own anyway.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import layers

import dovetail as dt
from dovetail.timing import Call
from whole.pieces import swiglu
from whole.sizes import CLASSES, GPT, MLP, RESNET_WIDTHS, TAGGER, VIT, Transformer, inputs

LR = 1e-4


@dataclass(frozen=True)
class Pieces:
    """What the models are made of."""

    dense: Callable[[int], Any]
    conv: Callable[[int, int, int], Any]  # filters, size of the kernel, stride
    layer_norm: Callable[[], Any]
    rms_norm: Callable[[], Any]
    batch_norm: Callable[[], Any]
    gelu: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    swiglu: Callable[[Any, Any], Any]
    attention: Callable[..., Any]  # q, k and v of (batch, time, heads, size)
    lstm: Callable[[int], Any]
    cross_entropy: Callable[[], Any]
    adamw: Callable[[], Any]


def _swapped(x: Any) -> Any:
    return keras.ops.swapaxes(x, 1, 2)


def _attention(q: Any, k: Any, v: Any, causal: bool) -> Any:
    return _swapped(dt.attention(_swapped(q), _swapped(k), _swapped(v), causal=causal))


def _keras_conv(filters: int, size: int, stride: int) -> Any:
    return layers.Conv2D(filters, size, stride, padding="same", use_bias=False)


def _conv(filters: int, size: int, stride: int) -> Any:
    return dt.Conv2D.keras(filters, size, stride, padding="same", use_bias=False)


IN_JAX = keras.backend.backend() == "jax"
KERAS = Pieces(
    layers.Dense, _keras_conv,
    lambda: layers.LayerNormalization(epsilon=1e-5),
    lambda: layers.RMSNormalization(epsilon=1e-6),
    lambda: layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
    keras.activations.gelu, keras.activations.relu,
    lambda x, gate: x * keras.activations.silu(gate),
    lambda q, k, v, causal: keras.ops.dot_product_attention(q, k, v, is_causal=causal),
    lambda units: layers.LSTM(units, return_sequences=True),
    lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    lambda: keras.optimizers.AdamW(LR, weight_decay=0.01, epsilon=1e-8),
)  # fmt: skip
DOVETAIL = Pieces(
    dt.Dense.keras if IN_JAX else layers.Dense, _conv if IN_JAX else _keras_conv,
    lambda: dt.LayerNorm.keras(),
    lambda: dt.RMSNorm.keras(eps=1e-6),
    lambda: dt.BatchNorm.keras(momentum=0.9, eps=1e-5),
    dt.gelu, dt.relu, swiglu, _attention,
    lambda units: dt.LSTM.keras(units, return_sequences=True),
    lambda: dt.sparse_categorical_cross_entropy.keras(),
    lambda: dt.AdamW.keras(LR, weight_decay=0.01),
)  # fmt: skip


class Positions(layers.Layer):
    """Learned positions, added."""

    def build(self, shape: Any) -> None:
        """The table."""
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal")

    def call(self, x: Any) -> Any:
        """(batch, time, width) to the same."""
        return x + self.table


class Attend(layers.Layer):
    """The attention of (batch, time, 3 width), with heads."""

    def __init__(self, pieces: Pieces, heads: int, causal: bool) -> None:
        super().__init__()
        self.pieces, self.heads, self.causal = pieces, heads, causal

    def compute_output_shape(self, shape: Any) -> Any:
        """(batch, time, width)."""
        return (*shape[:-1], shape[-1] // 3)

    def call(self, qkv: Any) -> Any:
        """(batch, time, 3 width) to (batch, time, width)."""
        _, time, width = qkv.shape
        qkv = keras.ops.reshape(qkv, (-1, time, 3, self.heads, width // 3 // self.heads))
        q, k, v = (qkv[:, :, number] for number in range(3))
        return keras.ops.reshape(
            self.pieces.attention(q, k, v, causal=self.causal), (-1, time, width // 3)
        )


def transformer(pieces: Pieces, sizes: Transformer, *, causal: bool) -> Any:
    """The GPT on tokens, or the ViT on patches that are cut already."""
    width = sizes.width
    shape = (sizes.time,) if causal else (sizes.time, sizes.features)
    x = start = keras.Input(shape, dtype="int32" if causal else "float32")
    x = layers.Embedding(sizes.features, width)(x) if causal else pieces.dense(width)(x)
    x = Positions()(x)
    for _ in range(sizes.layers):
        y = pieces.dense(3 * width)(pieces.layer_norm()(x))
        x = x + pieces.dense(width)(Attend(pieces, sizes.heads, causal)(y))
        y = pieces.dense(4 * width)(pieces.layer_norm()(x))
        x = x + pieces.dense(width)(pieces.gelu(y))
    x = pieces.layer_norm()(x)
    if not causal:
        x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(start, pieces.dense(sizes.classes)(x))


def resnet(pieces: Pieces) -> Any:
    """ResNet-18 for images of 32 x 32."""
    first, *_ = RESNET_WIDTHS
    start = keras.Input((32, 32, 3))
    x = pieces.relu(pieces.batch_norm()(pieces.conv(first, 3, 1)(start)))
    for width in RESNET_WIDTHS:
        for stride in (1 if width == first else 2, 1):
            y = pieces.relu(pieces.batch_norm()(pieces.conv(width, 3, stride)(x)))
            y = pieces.batch_norm()(pieces.conv(width, 3, 1)(y))
            if stride > 1:
                x = pieces.batch_norm()(pieces.conv(width, 1, stride)(x))
            x = pieces.relu(x + y)
    return keras.Model(start, pieces.dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def gated_mlp(pieces: Pieces) -> Any:
    """Gated blocks on rows of a table."""
    start = keras.Input((MLP.features,))
    x = pieces.dense(MLP.width)(start)
    for _ in range(MLP.layers):
        y = pieces.rms_norm()(x)
        both = pieces.dense(2 * MLP.hidden)(y)
        y = pieces.swiglu(both[:, : MLP.hidden], both[:, MLP.hidden :])
        x = x + pieces.dense(MLP.width)(y)
    return keras.Model(start, pieces.dense(MLP.classes)(pieces.rms_norm()(x)))


def tagger(pieces: Pieces) -> Any:
    """A class for each word, by an LSTM in each direction."""
    start = keras.Input((TAGGER.time,), dtype="int32")
    x = layers.Embedding(TAGGER.words, TAGGER.width)(start)
    forward = pieces.lstm(TAGGER.units)(x)
    backward = pieces.lstm(TAGGER.units)(keras.ops.flip(x, 1))
    x = keras.ops.concatenate([forward, keras.ops.flip(backward, 1)], axis=-1)
    return keras.Model(start, pieces.dense(TAGGER.classes)(x))


MODELS: dict[str, Callable[[Pieces], Any]] = {
    "GPT": lambda pieces: transformer(pieces, GPT, causal=True),
    "ViT": lambda pieces: transformer(pieces, VIT, causal=False),
    "ResNet-18": resnet, "gated MLP": gated_mlp, "tagger": tagger,
}  # fmt: skip


def step(model: str, pieces: Pieces) -> Call:
    """One training step, which gives its loss; both variants start with the same weights."""
    keras.utils.set_random_seed(0)
    weights = MODELS[model](KERAS).get_weights()
    network = MODELS[model](pieces)
    network.set_weights(weights)
    network.compile(optimizer=pieces.adamw(), loss=pieces.cross_entropy())
    x, labels = inputs(model)
    return lambda: float(network.train_on_batch(x, labels))


def columns() -> dict[str, Callable[[str], Call]]:
    """By the name of a column: what makes the step of a model."""
    return {
        f"Keras on {keras.backend.backend()}": lambda model: step(model, KERAS),
        "with Dovetail": lambda model: step(model, DOVETAIL),
    }
