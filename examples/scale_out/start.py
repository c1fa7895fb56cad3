"""What the examples share: digits, a network that was trained on NumPy arrays, and the report."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.data import load_digits

BATCH = 64


def digits(steps: int) -> tuple[Any, Any, Any, Any]:
    """So many batches of images and labels, and those that are held out."""
    found = load_digits()
    images, held_out = (
        (each.reshape(-1, 784) / 255.0).astype(np.float32) for each in (found.x_train, found.x_test)
    )
    first = len(images) // 2  # the first half is what the model has been trained on
    chosen = slice(first, first + steps * BATCH)
    batches = images[chosen].reshape(steps, BATCH, 784)
    return batches, found.y_train[chosen].reshape(steps, BATCH), held_out, found.y_test


def trained() -> Any:
    """A model that one process has trained for a while: where its time no longer suffices."""
    found = load_digits()
    half = len(found.x_train) // 2
    images = (found.x_train[:half].reshape(-1, 784) / 255.0).astype(np.float32)
    model = dt.Sequential(dt.Dense(32, "gelu"), dt.LayerNorm(), dt.Dense(10), seed=0)
    model.compile(dt.Adam(1e-3), "sparse_categorical_crossentropy")
    model.fit(images, found.y_train[:half], batch_size=128, epochs=1, verbose=0, seed=0)
    return model


def report(before: Any, after: Any, alone: Any, labels: Any) -> None:
    """Print the accuracies, and how far the logits are from those of training alone."""
    scores = {
        name: float((np.asarray(logits).argmax(axis=1) == labels).mean())
        for name, logits in (("before", before), ("after", after))
    }
    difference = float(np.abs(np.asarray(after) - np.asarray(alone)).max())
    print(json.dumps({**scores, "difference": difference}))
