"""The demo, from the source of the pieces to the test accuracy.

Rates, decay, epochs, batch size and shifts were chosen on the last 1,500 digits of the training
set; the 2,000 held-out digits are used once, after training.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dovetail.data import load_digits
from dovetail.demo import pieces
from dovetail.demo.digits import flattened, shifted
from dovetail.demo.gradients import WorstError, compare
from dovetail.demo.report import Report
from dovetail.extension.optimizer import Optimizer
from dovetail.library.layers import Dense
from dovetail.train.networks import Sequential

EPOCHS = 20
BATCH_SIZE = 64
PEAK_RATE = 2e-3
WATCHED = 1000  # digits of the training set, for validation
SEED = 2026
SHOWN = 8


@dataclass(frozen=True)
class Figures:
    """The output of `dovetail demo --json`. Seconds count only training."""

    test_accuracy: float
    test_digits: int
    epochs: int
    seconds: float
    steps_per_second: float
    samples_per_second: float
    first_epoch_seconds: float
    worst_gradient_error: float
    losses: list[float]
    watched_accuracies: list[float]


def check_pieces(optimizer: Optimizer) -> list[WorstError]:
    """The gradients of the three pieces against finite differences."""
    generator = np.random.default_rng(SEED)

    def draw(*shape: int) -> Any:
        return generator.normal(size=shape)

    def update(param: Any, grad: Any, mean: Any, size: Any) -> Any:
        states = {"mean": mean, "size": size}
        new, after = optimizer.pure_update(param, grad, states, 3.0, optimizer.hyper(3))
        return new, after["mean"], after["size"]

    each_loss = partial(pieces.careful, reduction="none")
    labels = generator.integers(0, 10, 5)
    states = {"mean": draw(4, 3), "size": np.abs(draw(4, 3)) + 0.1}
    return [
        *compare("glide", pieces.glide, {"x": 3.0 * draw(40)}),
        *compare("careful", each_loss, {"logits": 2.0 * draw(5, 10), "labels": labels}),
        *compare("Stride", update, {"param": draw(4, 3), "grad": draw(4, 3), **states}),
    ]


def rate(epoch: int, epochs: int) -> float:
    """A cosine schedule from the peak to 0. Loshchilov & Hutter 2017, arXiv:1608.03983."""
    return 0.5 * PEAK_RATE * (1.0 + math.cos(math.pi * epoch / epochs))


def run(report: Report, epochs: int = EPOCHS) -> Figures:
    """Show, check, train, test."""
    report.source(Path(pieces.__file__))
    optimizer = pieces.Stride(PEAK_RATE)
    checked = check_pieces(optimizer)
    report.gradients(checked)

    digits = load_digits()
    kept = len(digits.x_train) - WATCHED
    images, labels = digits.x_train[:kept], digits.y_train[:kept]
    watched = flattened(digits.x_train[kept:]), digits.y_train[kept:]
    model = Sequential(Dense(64, pieces.glide), Dense(64, pieces.glide), Dense(10), seed=SEED)
    model.compile(optimizer=optimizer, loss=pieces.careful, metrics=["accuracy"])
    report.epochs_begin("784 - 64 - 64 - 10", kept, WATCHED)

    generator = np.random.default_rng(SEED)
    losses: list[float] = []
    accuracies: list[float] = []
    first_epoch = 0.0
    begun = time.perf_counter()
    for epoch in range(epochs):
        optimizer.lr = rate(epoch, epochs)
        history = model.fit(
            flattened(shifted(images, generator)),
            labels,
            batch_size=BATCH_SIZE,
            verbose=0,
            validation_data=watched,
            seed=SEED + epoch,
        )
        losses.append(history["loss"][0])
        accuracies.append(history["val_accuracy"][0])
        first_epoch = first_epoch or time.perf_counter() - begun
        report.epoch(epoch, losses[-1], history["accuracy"][0], accuracies[-1])
    seconds = time.perf_counter() - begun
    report.curve(losses, accuracies)

    scores = model.predict(flattened(digits.x_test), batch_size=500)
    right = scores.argmax(axis=-1) == digits.y_test
    accuracy = float(right.mean())
    chosen = [*np.flatnonzero(right)[: SHOWN // 2], *np.flatnonzero(~right)[: SHOWN // 2]]
    report.predictions(digits.x_test[chosen], digits.y_test[chosen], scores[chosen])

    steps = epochs * math.ceil(kept / BATCH_SIZE)
    figures = Figures(
        test_accuracy=accuracy,
        test_digits=len(right),
        epochs=epochs,
        seconds=round(seconds, 3),
        steps_per_second=round(steps / seconds, 1),
        samples_per_second=round(epochs * kept / seconds, 1),
        first_epoch_seconds=round(first_epoch, 3),
        worst_gradient_error=max(row.error for row in checked),
        losses=[round(loss, 5) for loss in losses],
        watched_accuracies=[round(value, 5) for value in accuracies],
    )
    report.result(figures)
    return figures
