"""The network that reads plates, its loss and its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import dovetail as dt
from plates.data import CHARACTERS, Array, Plates, decoded

FRAMES = 24  # along a plate; a text needs one for each character, and one between two alike


@dt.loss
def reading(logits: Any, labels: Any) -> Any:
    """-log p of the text, by CTC. `logits` (n, frames, classes), `labels` (n, longest) with -1s.

    The lengths follow from the padding, so that the targets are one array, as trainers have them.
    """
    labels = dt.astype(labels, dt.int64)  # Keras hands targets over as floats
    frames = dt.full((logits.shape[0],), logits.shape[1], dtype=dt.int64)
    lengths = dt.sum(dt.astype(labels >= 0, dt.int64), axis=1)
    return dt.ctc_loss(dt.log_softmax(logits), labels, frames, lengths, reduction="none")


class Columns(dt.Layer):
    """(n, rows, columns, channels) to (n, columns, rows channels): a vector for each column."""

    def forward(self, x: Any) -> Any:
        """x, column by column."""
        n, rows, columns, channels = x.shape
        return dt.reshape(dt.permute_dims(x, (0, 2, 1, 3)), (n, columns, rows * channels))


@dataclass(frozen=True)
class Settings:
    """What the validation chose (README.md)."""

    width: int = 16
    hidden: int = 64
    rate: float = 4e-3
    batch: int = 32
    augment: bool = True


def network(settings: Settings, seed: int = 0) -> dt.Sequential:
    """Plates (n, 48, 96, 1) to logits of blank and characters (n, 24, 37)."""
    layers: list[Any] = []
    if settings.augment:
        layers += [
            dt.RandomAffine(rotation=2.0, shift=0.04, zoom=0.08, shear=6.0),
            dt.RandomContrast(0.4, 0.3),
        ]
    for times, pool in ((1, (2, 2)), (2, (2, 2)), (3, (2, 1)), (4, (2, 1))):
        layers += [
            dt.Conv2D(settings.width * times, 3, padding="same", use_bias=False),
            dt.BatchNorm(momentum=0.95), dt.relu, dt.MaxPool2D(pool),
        ]  # fmt: skip
    layers += [
        Columns(), dt.Dropout(0.2 if settings.augment else 0.0),
        dt.Bidirectional(dt.GRU(settings.hidden, return_sequences=True)),
        dt.Dropout(0.2 if settings.augment else 0.0), dt.Dense(len(CHARACTERS) + 1),
    ]  # fmt: skip
    return dt.Sequential(*layers, seed=seed)


def train(
    model: dt.Sequential, plates: Plates, settings: Settings, epochs: int, seed: int = 0,
    rate: float | None = None, callbacks: Any = (),
) -> None:  # fmt: skip
    """Train on these plates, from where the model is."""
    steps = epochs * -(-len(plates) // settings.batch)
    schedule = dt.OneCycle(rate or settings.rate, steps)
    model.compile(dt.Adam(schedule, clip_norm=5.0), reading)
    model.fit(
        plates.images, plates.labels, batch_size=settings.batch, epochs=epochs, seed=seed,
        verbose=0, callbacks=list(callbacks),
    )  # fmt: skip


def log_probabilities(model: Any, images: Array) -> Array:
    """(n, 24, 37), as ctc_decode takes them."""
    found: Array = np.asarray(dt.log_softmax(model.predict(images)))
    return found


def read(model: Any, images: Array, beam_width: int | None = 10) -> list[str]:
    """The texts of plates."""
    return decoded(dt.ctc_decode(log_probabilities(model, images), beam_width=beam_width)[0])
