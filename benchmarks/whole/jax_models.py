"""Models in JAX with flax.nnx, as its users write them; `Pieces` are JAX' own or Dovetail's.

The same models as in torch_models.py. A step is one jitted function of the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx

import dovetail as dt
from dovetail.timing import Call
from whole.pieces import swiglu
from whole.sizes import CLASSES, GPT, MLP, RESNET_WIDTHS, TAGGER, VIT, Transformer, inputs

LR = 1e-4


@dataclass(frozen=True)
class Pieces:
    """What the models are made of."""

    dense: Callable[[int, int, nnx.Rngs], Any]
    conv: Callable[[int, int, int, int, nnx.Rngs], Any]  # channels, size of the kernel, stride
    layer_norm: Callable[[int, nnx.Rngs], Any]
    rms_norm: Callable[[int, nnx.Rngs], Any]
    batch_norm: Callable[[int, nnx.Rngs], Any]
    gelu: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    swiglu: Callable[[Any, Any], Any]
    attention: Callable[..., Any]  # q, k and v of (batch, time, heads, size)
    lstm: Callable[[int, int, nnx.Rngs], Any]
    cross_entropy: Callable[[Any, Any], Any]
    adamw: Callable[[], optax.GradientTransformation]


def _swapped(x: Any) -> Any:
    return jnp.swapaxes(x, 1, 2)


def _attention(q: Any, k: Any, v: Any, causal: bool) -> Any:
    return _swapped(dt.attention(_swapped(q), _swapped(k), _swapped(v), causal=causal))


def _flax_lstm(features: int, units: int, rngs: nnx.Rngs) -> Any:
    cells = [nnx.OptimizedLSTMCell(features, units, rngs=rngs) for _ in range(2)]
    return nnx.Bidirectional(nnx.RNN(cells[0], rngs=rngs), nnx.RNN(cells[1], rngs=rngs), rngs=rngs)


def _lstm(features: int, units: int, rngs: nnx.Rngs) -> Any:
    """Dovetail's, with the weights that Flax' would have."""
    theirs = _flax_lstm(features, units, rngs)
    ours = dt.Bidirectional(dt.LSTM(units, features=features, return_sequences=True)).jax
    for layer, rnn in (
        (ours.forward_layer, theirs.forward_rnn), (ours.backward_layer, theirs.backward_rnn),
    ):  # fmt: skip
        layer.kernel.value = rnn.cell.dense_i.kernel.value
        layer.recurrent_kernel.value = rnn.cell.dense_h.kernel.value
        layer.bias.value = rnn.cell.dense_h.bias.value
    return ours


def _optax_loss(logits: Any, labels: Any) -> Any:
    return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels))


def _flax_conv(inputs: int, outputs: int, size: int, stride: int, rngs: nnx.Rngs) -> Any:
    return nnx.Conv(
        inputs, outputs, (size, size), stride, padding=size // 2, use_bias=False, rngs=rngs
    )


def _conv(inputs: int, outputs: int, size: int, stride: int, rngs: nnx.Rngs) -> Any:
    return dt.Conv2D(outputs, size, stride, size // 2, use_bias=False, features=inputs).jax


JAX = Pieces(
    lambda inputs, outputs, rngs: nnx.Linear(inputs, outputs, rngs=rngs), _flax_conv,
    lambda size, rngs: nnx.LayerNorm(size, epsilon=1e-5, rngs=rngs),
    lambda size, rngs: nnx.RMSNorm(size, epsilon=1e-6, rngs=rngs),
    lambda size, rngs: nnx.BatchNorm(size, momentum=0.9, epsilon=1e-5, rngs=rngs),
    lambda x: jax.nn.gelu(x, approximate=False), jax.nn.relu,
    lambda x, gate: x * jax.nn.silu(gate),
    lambda q, k, v, causal: jax.nn.dot_product_attention(q, k, v, is_causal=causal),
    _flax_lstm, _optax_loss, lambda: optax.adamw(LR, weight_decay=0.01),
)  # fmt: skip
DOVETAIL = Pieces(
    lambda inputs, outputs, rngs: dt.Dense(outputs, features=inputs).jax, _conv,
    lambda size, rngs: dt.LayerNorm(features=size).jax,
    lambda size, rngs: dt.RMSNorm(features=size, eps=1e-6).jax,
    lambda size, rngs: dt.BatchNorm(size, momentum=0.9, eps=1e-5).jax,
    dt.gelu, dt.relu, swiglu, _attention, _lstm, dt.sparse_categorical_cross_entropy,
    lambda: dt.AdamW.jax(LR, weight_decay=0.01),
)  # fmt: skip


class Block(nnx.Module):
    """x + attention(norm(x)), then + MLP(norm(x))."""

    def __init__(self, pieces: Pieces, sizes: Transformer, causal: bool, rngs: nnx.Rngs) -> None:
        width = sizes.width
        self.pieces, self.heads, self.causal = pieces, sizes.heads, causal
        self.norm1, self.norm2 = pieces.layer_norm(width, rngs), pieces.layer_norm(width, rngs)
        self.qkv = pieces.dense(width, 3 * width, rngs)
        self.out = pieces.dense(width, width, rngs)
        self.up = pieces.dense(width, 4 * width, rngs)
        self.down = pieces.dense(4 * width, width, rngs)

    def __call__(self, x: Any) -> Any:
        """(batch, time, width) to the same."""
        batch, time, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, time, 3, self.heads, width // self.heads)
        y = self.pieces.attention(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2], causal=self.causal)
        x = x + self.out(y.reshape(batch, time, width))
        return x + self.down(self.pieces.gelu(self.up(self.norm2(x))))


class Encoder(nnx.Module):
    """The ViT on patches that are cut already, or the GPT on tokens."""

    def __init__(self, pieces: Pieces, sizes: Transformer, causal: bool, rngs: nnx.Rngs) -> None:
        self.embed = (
            nnx.Embed(sizes.features, sizes.width, rngs=rngs)
            if causal
            else pieces.dense(sizes.features, sizes.width, rngs)
        )
        start = 0.02 * jax.random.normal(rngs.params(), (sizes.time, sizes.width))
        self.positions = nnx.Param(start)
        self.blocks = nnx.List([Block(pieces, sizes, causal, rngs) for _ in range(sizes.layers)])
        self.norm = pieces.layer_norm(sizes.width, rngs)
        self.head = pieces.dense(sizes.width, sizes.classes, rngs)
        self.causal = causal

    def __call__(self, x: Any) -> Any:
        """Logits of each token, or of each image."""
        x = self.embed(x) + self.positions.value
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(x if self.causal else jnp.mean(x, 1))


class Basic(nnx.Module):
    """Two convolutions and a shortcut."""

    def __init__(
        self, pieces: Pieces, inputs: int, outputs: int, stride: int, rngs: nnx.Rngs
    ) -> None:
        self.relu = pieces.relu
        self.conv1 = pieces.conv(inputs, outputs, 3, stride, rngs)
        self.conv2 = pieces.conv(outputs, outputs, 3, 1, rngs)
        self.norm1, self.norm2 = pieces.batch_norm(outputs, rngs), pieces.batch_norm(outputs, rngs)
        self.same = stride == 1 and inputs == outputs
        if not self.same:
            self.conv3 = pieces.conv(inputs, outputs, 1, stride, rngs)
            self.norm3 = pieces.batch_norm(outputs, rngs)

    def __call__(self, x: Any) -> Any:
        """(batch, height, width, channels)."""
        y = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))
        return self.relu(y + (x if self.same else self.norm3(self.conv3(x))))


class ResNet(nnx.Module):
    """ResNet-18 for images of 32 x 32."""

    def __init__(self, pieces: Pieces, rngs: nnx.Rngs) -> None:
        first, *_ = RESNET_WIDTHS
        self.relu = pieces.relu
        self.stem, self.norm = pieces.conv(3, first, 3, 1, rngs), pieces.batch_norm(first, rngs)
        blocks: list[Basic] = []
        inputs = first
        for width in RESNET_WIDTHS:
            blocks.append(Basic(pieces, inputs, width, 1 if width == first else 2, rngs))
            blocks.append(Basic(pieces, width, width, 1, rngs))
            inputs = width
        self.blocks, self.head = nnx.List(blocks), pieces.dense(inputs, CLASSES, rngs)

    def __call__(self, x: Any) -> Any:
        """(batch, 32, 32, 3) to logits (batch, classes)."""
        x = self.relu(self.norm(self.stem(x)))
        for block in self.blocks:
            x = block(x)
        return self.head(jnp.mean(x, (1, 2)))


class GatedBlock(nnx.Module):
    """x + down(swiglu(up(norm(x))))."""

    def __init__(self, pieces: Pieces, rngs: nnx.Rngs) -> None:
        self.swiglu, self.norm = pieces.swiglu, pieces.rms_norm(MLP.width, rngs)
        self.up = pieces.dense(MLP.width, MLP.hidden, rngs)
        self.gate = pieces.dense(MLP.width, MLP.hidden, rngs)
        self.down = pieces.dense(MLP.hidden, MLP.width, rngs)

    def __call__(self, x: Any) -> Any:
        """(batch, width) to the same."""
        h = self.norm(x)
        return x + self.down(self.swiglu(self.up(h), self.gate(h)))


class GatedMLP(nnx.Module):
    """Gated blocks on rows of a table."""

    def __init__(self, pieces: Pieces, rngs: nnx.Rngs) -> None:
        self.embed = pieces.dense(MLP.features, MLP.width, rngs)
        self.blocks = nnx.List([GatedBlock(pieces, rngs) for _ in range(MLP.layers)])
        self.norm = pieces.rms_norm(MLP.width, rngs)
        self.head = pieces.dense(MLP.width, MLP.classes, rngs)

    def __call__(self, x: Any) -> Any:
        """(batch, features) to logits (batch, classes)."""
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class WordTagger(nnx.Module):
    """A class for each word, by a bidirectional LSTM."""

    def __init__(self, pieces: Pieces, rngs: nnx.Rngs) -> None:
        self.table = nnx.Embed(TAGGER.words, TAGGER.width, rngs=rngs)
        self.recurrent = pieces.lstm(TAGGER.width, TAGGER.units, rngs)
        self.head = pieces.dense(2 * TAGGER.units, TAGGER.classes, rngs)

    def __call__(self, words: Any) -> Any:
        """(batch, time) to logits (batch, time, classes)."""
        return self.head(self.recurrent(self.table(words)))


MODULES: dict[str, Callable[[Pieces, nnx.Rngs], nnx.Module]] = {
    "GPT": lambda pieces, rngs: Encoder(pieces, GPT, True, rngs),
    "ViT": lambda pieces, rngs: Encoder(pieces, VIT, False, rngs),
    "ResNet-18": ResNet, "gated MLP": GatedMLP, "tagger": WordTagger,
}  # fmt: skip


def _with_values(params: nnx.State, given: nnx.State) -> nnx.State:
    """Parameters with the values that another module has by the same names."""
    values = dict(nnx.to_flat_state(given))
    return nnx.from_flat_state(
        [(path, values.get(path, variable)) for path, variable in nnx.to_flat_state(params)]
    )


def step(model: str, pieces: Pieces) -> Call:
    """One training step, which gives its loss; both variants start with the same weights."""
    graph, params, others = nnx.split(MODULES[model](pieces, nnx.Rngs(0)), nnx.Param, ...)
    params = _with_values(params, nnx.state(MODULES[model](JAX, nnx.Rngs(0)), nnx.Param))
    optimizer = pieces.adamw()
    x, labels = map(jnp.asarray, inputs(model))

    def loss(params: Any, others: Any, x: Any, labels: Any) -> Any:
        module = nnx.merge(graph, params, others, copy=True)
        logits = module(x)
        logits = logits.reshape(-1, logits.shape[-1])
        changed = nnx.split(module, nnx.Param, ...)[2]
        return pieces.cross_entropy(logits, labels.reshape(-1)), changed

    def train(params: Any, others: Any, state: Any, x: Any, labels: Any) -> Any:
        both = jax.value_and_grad(loss, has_aux=True)
        (value, others), gradients = both(params, others, x, labels)
        updates, state = optimizer.update(gradients, state, params)
        return optax.apply_updates(params, updates), others, state, value

    jitted = jax.jit(train, donate_argnums=(0, 1, 2))
    held = [params, others, optimizer.init(params)]

    def call() -> float:
        *held[:], value = jitted(*held, x, labels)
        return float(value)

    return call


def columns() -> dict[str, Callable[[str], Call]]:
    """By the name of a column: what makes the step of a model."""
    return {
        "JAX": lambda model: step(model, JAX),
        "with Dovetail": lambda model: step(model, DOVETAIL),
    }
