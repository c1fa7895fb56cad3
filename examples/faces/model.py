"""The network, its loss and its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import dovetail as dt
from faces.data import PEOPLE, Array, Faces

MARGIN, SCALE = 0.3, 16.0
EMBEDDED = 128


@dt.loss(targets="labels")
def angular(cosines: Any, labels: Any, margin: float = MARGIN, scale: float = SCALE) -> Any:
    """ArcFace (`dt.arcface`) with the margin and the scale of so few photographs."""
    return dt.arcface(cosines, labels, margin=margin, scale=scale, reduction="none")


@dataclass(frozen=True)
class Settings:
    """What the validation chose (README.md); ablation.py measures the others."""

    width: int = 12
    epochs: int = 100
    batch: int = 15
    rate: float = 5e-3
    margin: float = MARGIN
    augment: bool = True


def embedding(settings: Settings) -> dt.Sequential:
    """Photographs (n, 56, 46, 1) to vectors (n, 128) of length 1."""
    layers: list[Any] = []
    if settings.augment:
        layers.append(dt.RandomAffine(rotation=8.0, shift=0.06, zoom=0.1, shear=5.0, flip=True))
    for times in (1, 2, 4, 8):
        layers += [
            dt.Conv2D(settings.width * times, 3, padding="same", use_bias=False),
            dt.BatchNorm(momentum=0.9), dt.relu, dt.MaxPool2D(2),
        ]  # fmt: skip
    layers += [dt.Flatten(), dt.Dropout(0.3 if settings.augment else 0.0)]
    layers += [dt.Dense(EMBEDDED, use_bias=False), dt.BatchNorm(momentum=0.9)]
    return dt.Sequential(*layers, dt.UnitNormalization())


def network(settings: Settings, seed: int = 0) -> dt.Sequential:
    """The embedding, and the cosines of its angles with the directions of the 40 people.

    Nothing comes near the directions of people who are not trained on.
    """
    return dt.Sequential(embedding(settings), dt.CosineDense(PEOPLE), seed=seed)


def train(faces: Faces, settings: Settings, seed: int = 0) -> dt.Sequential:
    """A network that names the people of these photographs."""
    model = network(settings, seed)
    steps = settings.epochs * -(-len(faces) // settings.batch)
    loss = angular if settings.margin == MARGIN else _with_margin(settings.margin)
    model.compile(dt.Adam(dt.OneCycle(settings.rate, steps)), loss)
    model.fit(
        faces.images, faces.people, batch_size=settings.batch, epochs=settings.epochs, seed=seed,
        verbose=0,
    )  # fmt: skip
    return model


def _with_margin(margin: float) -> Any:
    @dt.loss(targets="labels")
    def other(cosines: Any, labels: Any) -> Any:
        return angular(cosines, labels, margin=margin, reduction="none")

    return other


def cosines(model: Any, images: Array) -> Array:
    """For each person, the mean of the cosines of a photograph and its mirror image."""
    both: Array = model.predict(images) + model.predict(images[:, :, ::-1])
    return both / 2


def vectors(model: Any, images: Array) -> Array:
    """The vectors (n, 128) of photographs, each the sum with that of its mirror image."""
    first = model.layers[0]
    both: Array = np.asarray(first(images)) + np.asarray(first(images[:, :, ::-1].copy()))
    return both


def accuracy(model: Any, test: Faces) -> float:
    """The share of right names."""
    return float((cosines(model, test.images).argmax(axis=1) == test.people).mean())
