"""Models in PyTorch as its users write them; `Pieces` are PyTorch's own or Dovetail's.

A small GPT (Radford et al. 2019), a ViT (arXiv:2010.11929), ResNet-18 (arXiv:1512.03385, with the
3 x 3 stem for images of 32 x 32), a gated MLP on tables (arXiv:2002.05202) and an LSTM tagger
(arXiv:1508.01991, without its CRF).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

import dovetail as dt
from dovetail.timing import Call
from whole.pieces import swiglu
from whole.sizes import CLASSES, GPT, MLP, RESNET_WIDTHS, TAGGER, VIT, Transformer, inputs

LR = 1e-4


@dataclass(frozen=True)
class Pieces:
    """What the models are made of; `space` are the axes of images that are not channels."""

    space: tuple[int, int]
    conv: Callable[[int, int, int, int], nn.Module]  # inputs, outputs, size, stride
    dense: Callable[..., nn.Module]  # of inputs, outputs, and what is applied to these
    layer_norm: Callable[[int], nn.Module]
    rms_norm: Callable[[int], nn.Module]
    batch_norm: Callable[[int], nn.Module]
    gelu: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    swiglu: Callable[[Any, Any], Any]
    attention: Callable[..., Any]
    lstm: Callable[[int, int], nn.Module]
    cross_entropy: Callable[[Any, Any], Any]
    adamw: Callable[..., Any]


def _bidirectional_lstm(features: int, units: int) -> nn.Module:
    return dt.Bidirectional(dt.LSTM(units, features=features, return_sequences=True)).torch


class _First(nn.LSTM):
    """A bidirectional LSTM without its last states."""

    def __init__(self, features: int, units: int) -> None:
        super().__init__(features, units, batch_first=True, bidirectional=True)

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """(batch, time, features) to (batch, time, 2 units)."""
        return super().forward(x)[0]


class _Linear(nn.Linear):
    """nn.Linear, and an activation of its output."""

    def __init__(self, inputs: int, outputs: int, activation: Any = None) -> None:
        super().__init__(inputs, outputs)
        self.activation = activation

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """(..., inputs) to (..., outputs)."""
        y = super().forward(x)
        return y if self.activation is None else self.activation(y)


def _dense(inputs: int, outputs: int, activation: Any = None) -> nn.Module:
    return dt.Dense(outputs, activation, features=inputs).torch


def _conv2d(inputs: int, outputs: int, size: int, stride: int) -> nn.Module:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


def _conv(inputs: int, outputs: int, size: int, stride: int) -> nn.Module:
    return dt.Conv2D(
        outputs, size, stride, padding=size // 2, use_bias=False, features=inputs
    ).torch


def _loss(logits: Any, labels: Any) -> Any:
    return dt.sparse_categorical_cross_entropy(logits, labels)


PYTORCH = Pieces(
    (2, 3), _conv2d, _Linear, nn.LayerNorm, lambda size: nn.RMSNorm(size, eps=1e-6), nn.BatchNorm2d,
    F.gelu, F.relu, lambda x, gate: x * F.silu(gate),
    lambda q, k, v, causal: F.scaled_dot_product_attention(q, k, v, is_causal=causal),
    _First, F.cross_entropy, lambda parameters: torch.optim.AdamW(parameters, LR, fused=True),
)  # fmt: skip
DOVETAIL = Pieces(
    (1, 2), _conv, _dense,
    lambda size: dt.LayerNorm(features=size).torch,
    lambda size: dt.RMSNorm(features=size, eps=1e-6).torch,
    lambda size: dt.BatchNorm(size, momentum=0.9, eps=1e-5, axis=-1, unbiased=True).torch,
    dt.gelu, dt.relu, swiglu,
    lambda q, k, v, causal: dt.attention(q, k, v, causal=causal),
    _bidirectional_lstm, _loss,
    lambda parameters: dt.AdamW.torch(parameters, LR, weight_decay=0.01),
)  # fmt: skip


class Block(nn.Module):
    """x + attention(norm(x)), then + MLP(norm(x))."""

    def __init__(self, pieces: Pieces, sizes: Transformer, causal: bool) -> None:
        super().__init__()
        self.pieces, self.heads, self.causal = pieces, sizes.heads, causal
        self.norm1, self.norm2 = pieces.layer_norm(sizes.width), pieces.layer_norm(sizes.width)
        width = sizes.width
        self.qkv, self.out = pieces.dense(width, 3 * width), pieces.dense(width, width)
        self.up = pieces.dense(width, 4 * width, pieces.gelu)
        self.down = pieces.dense(4 * width, width)

    def forward(self, x: Any) -> Any:
        """(batch, time, width) to the same."""
        batch, time, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(batch, time, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        y = self.pieces.attention(q, k, v, causal=self.causal)
        x = x + self.out(y.transpose(1, 2).reshape(batch, time, width))
        return x + self.down(self.up(self.norm2(x)))


class Decoder(nn.Module):
    """A small GPT."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        self.table = nn.Embedding(GPT.features, GPT.width)
        self.positions = nn.Parameter(0.02 * torch.randn(GPT.time, GPT.width))
        self.blocks = nn.Sequential(*(Block(pieces, GPT, True) for _ in range(GPT.layers)))
        self.norm, self.head = pieces.layer_norm(GPT.width), pieces.dense(GPT.width, GPT.classes)

    def forward(self, tokens: Any) -> Any:
        """(batch, time) to logits (batch, time, classes)."""
        return self.head(self.norm(self.blocks(self.table(tokens) + self.positions)))


class VisionTransformer(nn.Module):
    """A ViT on patches that are cut already; the mean of the tokens is classified."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        self.embed = pieces.dense(VIT.features, VIT.width)
        self.positions = nn.Parameter(0.02 * torch.randn(VIT.time, VIT.width))
        self.blocks = nn.Sequential(*(Block(pieces, VIT, False) for _ in range(VIT.layers)))
        self.norm, self.head = pieces.layer_norm(VIT.width), pieces.dense(VIT.width, VIT.classes)

    def forward(self, patches: Any) -> Any:
        """(batch, patches, elements) to logits (batch, classes)."""
        return self.head(self.norm(self.blocks(self.embed(patches) + self.positions)).mean(1))


class Basic(nn.Module):
    """Two convolutions and a shortcut."""

    def __init__(self, pieces: Pieces, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.relu = pieces.relu
        self.conv1 = pieces.conv(inputs, outputs, 3, stride)
        self.conv2 = pieces.conv(outputs, outputs, 3, 1)
        self.norm1, self.norm2 = pieces.batch_norm(outputs), pieces.batch_norm(outputs)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            conv = pieces.conv(inputs, outputs, 1, stride)
            self.shortcut = nn.Sequential(conv, pieces.batch_norm(outputs))

    def forward(self, x: Any) -> Any:
        """A batch of images."""
        y = self.conv2(self.relu(self.norm1(self.conv1(x))))
        return self.relu(self.norm2(y) + self.shortcut(x))


class ResNet(nn.Module):
    """ResNet-18 for images of 32 x 32."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        first, *_ = RESNET_WIDTHS
        self.relu, self.space = pieces.relu, pieces.space
        self.stem, self.norm = pieces.conv(3, first, 3, 1), pieces.batch_norm(first)
        blocks: list[nn.Module] = []
        inputs = first
        for width in RESNET_WIDTHS:
            blocks.append(Basic(pieces, inputs, width, 1 if width == first else 2))
            blocks.append(Basic(pieces, width, width, 1))
            inputs = width
        self.blocks, self.head = nn.Sequential(*blocks), pieces.dense(inputs, CLASSES)

    def forward(self, x: Any) -> Any:
        """(batch, 32, 32, 3) to logits (batch, classes)."""
        x = x if self.space == (1, 2) else x.permute(0, 3, 1, 2).contiguous()
        x = self.relu(self.norm(self.stem(x)))
        return self.head(self.blocks(x).mean(self.space))


class GatedBlock(nn.Module):
    """x + down(swiglu(up(norm(x))))."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        self.swiglu, self.norm = pieces.swiglu, pieces.rms_norm(MLP.width)
        self.up = pieces.dense(MLP.width, MLP.hidden)
        self.gate = pieces.dense(MLP.width, MLP.hidden)
        self.down = pieces.dense(MLP.hidden, MLP.width)

    def forward(self, x: Any) -> Any:
        """(batch, width) to the same."""
        h = self.norm(x)
        return x + self.down(self.swiglu(self.up(h), self.gate(h)))


class GatedMLP(nn.Module):
    """Gated blocks on rows of a table."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        self.embed = pieces.dense(MLP.features, MLP.width)
        self.blocks = nn.Sequential(*(GatedBlock(pieces) for _ in range(MLP.layers)))
        self.norm, self.head = pieces.rms_norm(MLP.width), pieces.dense(MLP.width, MLP.classes)

    def forward(self, x: Any) -> Any:
        """(batch, features) to logits (batch, classes)."""
        return self.head(self.norm(self.blocks(self.embed(x))))


class WordTagger(nn.Module):
    """A class for each word, by a bidirectional LSTM."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        self.table = nn.Embedding(TAGGER.words, TAGGER.width)
        self.recurrent = pieces.lstm(TAGGER.width, TAGGER.units)
        self.head = pieces.dense(2 * TAGGER.units, TAGGER.classes)

    def forward(self, words: Any) -> Any:
        """(batch, time) to logits (batch, time, classes)."""
        return self.head(self.recurrent(self.table(words)))


MODULES: dict[str, Callable[[Pieces], nn.Module]] = {
    "GPT": Decoder, "ViT": VisionTransformer, "ResNet-18": ResNet, "gated MLP": GatedMLP,
    "tagger": WordTagger,
}  # fmt: skip


def step(model: str, pieces: Pieces, *, compiled: bool) -> Call:
    """One training step, which gives its loss; all variants start with the same weights."""
    torch.manual_seed(0)
    weights = MODULES[model](PYTORCH).state_dict()
    module = MODULES[model](pieces)
    module.load_state_dict(weights)
    optimizer = pieces.adamw(module.parameters())
    x, labels = map(torch.from_numpy, inputs(model))

    def loss(x: Any, labels: Any) -> Any:
        logits = module(x)
        return pieces.cross_entropy(logits.flatten(0, -2), labels.flatten())

    function = torch.compile(loss) if compiled else loss

    def call() -> float:
        optimizer.zero_grad(set_to_none=True)
        found = function(x, labels)
        found.backward()
        optimizer.step()
        return float(found.detach())

    return call


def columns() -> dict[str, Callable[[str], Call]]:
    """By the name of a column: what makes the step of a model."""
    return {
        "PyTorch": lambda model: step(model, PYTORCH, compiled=False),
        "with Dovetail": lambda model: step(model, DOVETAIL, compiled=False),
        "compiled": lambda model: step(model, PYTORCH, compiled=True),
        "compiled, with Dovetail": lambda model: step(model, DOVETAIL, compiled=True),
    }
