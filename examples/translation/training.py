"""What is trained, and how."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import dovetail as dt
from translation.data import Pair
from translation.model import LONGEST, Translator
from translation.text import PAD, START, Subwords

loss = functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=PAD, label_smoothing=0.1)
BOUNDARIES = (7, 9, 11, 14, 19, LONGEST)  # lengths that sentences are padded to


@dataclass(frozen=True)
class Recipe:
    """The sizes of a model, and how it is trained."""

    width: int = 192
    heads: int = 4
    hidden: int = 512
    depth: int = 2
    dropout: float = 0.2
    gated: bool = True
    sources: int = 4000
    targets: int = 3000
    epochs: int = 16
    batch_size: int = 64
    lr: float = 1.5e-3
    warmup: int = 400
    boundaries: tuple[int, ...] = BOUNDARIES

    def subwords(self, pairs: Sequence[Pair]) -> tuple[Subwords, Subwords]:
        """Those of Chinese and of English, learned from these pairs."""
        chinese, english = [pair.chinese for pair in pairs], [pair.english for pair in pairs]
        return (
            Subwords.learned(chinese, self.sources, spaces=False, often=8),
            Subwords.learned(english, self.targets, spaces=True, often=4),
        )

    def model(self, source: Subwords, target: Subwords, seed: int) -> Translator:
        """A model that was not trained."""
        made = Translator(
            source.size, target.size, self.width, self.heads, self.hidden, self.depth,
            self.dropout, self.gated, seed=seed,
        )  # fmt: skip
        # Sizes that differ, so that a file of the model has each as a variable.
        made(np.ones((3, 7), np.int64), np.ones((3, 5), np.int64))
        return made


QUICK = Recipe(
    width=64, heads=2, hidden=96, depth=1, dropout=0.1, sources=2000, targets=1500, epochs=3,
    lr=4e-3, warmup=20, boundaries=(12,),
)  # fmt: skip


def batches(
    recipe: Recipe, pairs: Sequence[Pair], source: Subwords, target: Subwords,
    seed: int | None = None,
) -> dt.Buckets:  # fmt: skip
    """((source, tokens), next tokens), padded; shuffled and all of one size if there is a seed."""
    chinese = [source.encode(pair.chinese)[:LONGEST] for pair in pairs]
    english = [target.encode(pair.english)[:LONGEST] for pair in pairs]
    shifted = [np.array([START, *each[:-1]]) for each in english]
    return dt.Buckets(
        (chinese, shifted), english, recipe.batch_size, boundaries=recipe.boundaries,
        target_padding=PAD, drop_remainder=seed is not None, seed=seed,
    )  # fmt: skip


def train(
    model: Translator,
    recipe: Recipe,
    data: dt.Buckets,
    validation: dt.Buckets,
    say: Callable[[str], None] = print,
) -> Any:
    """Train the model; the history of the losses. The rate rises, then falls to 0 as a cosine."""
    steps = recipe.epochs * len(data)
    warmup = min(recipe.warmup, steps // 4)
    rate = dt.Warmup(dt.CosineDecay(recipe.lr, steps - warmup), warmup)
    model.compile(dt.Adam(rate, beta2=0.98, eps=1e-9, clip_norm=1.0), loss)
    begun = time.process_time()

    def report(epoch: int, logs: dict[str, float]) -> None:
        minutes = (time.process_time() - begun) / 60
        say(
            f"epoch {epoch + 1:2d} of {recipe.epochs}: loss {logs['loss']:.3f}, validation "
            f"{logs['val_loss']:.3f}, {minutes:.1f} CPU minutes"
        )

    return model.fit(
        data, epochs=recipe.epochs, validation_data=validation, verbose=0,
        callbacks=[dt.LambdaCallback(on_epoch_end=report)],
    )  # fmt: skip
