"""Training after a change, as the model was compiled."""

from __future__ import annotations

from typing import Any

from dovetail.improve.data import Examples


def tuned(
    model: Any, examples: Examples | None, epochs: int, batch_size: int, seed: int | None,
    verbose: int,
) -> None:  # fmt: skip
    """Train a model for some epochs with its own `compile`."""
    if epochs and examples is not None:
        model.fit(
            examples.x, examples.y, batch_size=batch_size, epochs=epochs, verbose=verbose,
            seed=seed,
        )  # fmt: skip
