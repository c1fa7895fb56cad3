"""Modules of Flax as models of Dovetail: `dt.from_flax(module)`, by layers of the library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dovetail.train.flax_layers import converted
from dovetail.train.networks import Sequential


def from_flax(module: Any) -> Sequential:
    """The model of an `nnx.Sequential`, or of one module of flax.nnx, with its arrays.

    It may have modules and functions of flax.nnx and jax.nn that the library has: linear layers,
    convolutions, norms, embeddings, dropout, attention of a sequence to itself, `nnx.RNN` of Flax'
    cells, activations and pooling, and sequences of these. A module of your own has a `__call__`
    that cannot be read, and is an error: take over its layers one by one. Arrays of float64 stay
    so, others become float32.
    """
    members = [converted(path, each) for path, each in _leaves(module, "")]
    return Sequential(*(each for each in members if each is not None))


def _leaves(module: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The layers of sequences, each with its path."""
    kind = type(module)
    if kind.__module__.startswith("flax.nnx.") and kind.__name__ == "Sequential":
        for number, child in enumerate(module.layers):
            yield from _leaves(child, f"{path}.{number}" if path else f"layers.{number}")
    else:
        yield path, module
