"""The sizes of the models, and their inputs, which every framework gets as NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Transformer:
    """A stack of blocks; `features` are the classes of tokens, or the elements of a patch."""

    batch: int
    time: int
    features: int
    width: int
    heads: int
    layers: int
    classes: int


@dataclass(frozen=True)
class Table:
    """Blocks of gated units on rows of a table."""

    batch: int
    features: int
    width: int
    hidden: int
    layers: int
    classes: int


@dataclass(frozen=True)
class Tagger:
    """A bidirectional LSTM over words."""

    batch: int
    time: int
    words: int
    width: int
    units: int
    classes: int


GPT = Transformer(8, 128, 512, 256, 8, 4, 512)
VIT = Transformer(32, 64, 48, 128, 4, 4, 10)
MLP = Table(1024, 64, 128, 256, 4, 10)
TAGGER = Tagger(32, 64, 2000, 64, 64, 17)
RESNET_BATCH, RESNET_WIDTHS, CLASSES = 8, (64, 128, 256, 512), 10


def inputs(model: str) -> tuple[Array, Array]:
    """Examples and labels; images have their channels last."""
    rng = np.random.default_rng(0)
    if model == "GPT":
        tokens = rng.integers(0, GPT.features, (GPT.batch, GPT.time + 1)).astype(np.int32)
        return tokens[:, :-1], tokens[:, 1:].astype(np.int64)
    if model == "tagger":
        shape = TAGGER.batch, TAGGER.time
        words = rng.integers(0, TAGGER.words, shape).astype(np.int32)
        return words, rng.integers(0, TAGGER.classes, shape)
    shape, classes = {
        "ViT": ((VIT.batch, VIT.time, VIT.features), VIT.classes),
        "ResNet-18": ((RESNET_BATCH, 32, 32, 3), CLASSES),
        "gated MLP": ((MLP.batch, MLP.features), MLP.classes),
    }[model]
    return rng.normal(size=shape).astype(np.float32), rng.integers(0, classes, shape[0])


MODELS = "GPT", "ViT", "ResNet-18", "gated MLP", "tagger"
