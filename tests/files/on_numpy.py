"""The embedded host: definitions, layers, optimizers and fitted models in pickles."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import dovetail as dt
from tests.files.batches import mapped
from tests.files.pieces import Piece, differences, gradients, leaves, parameters

X = np.random.default_rng(2).normal(size=(12, 5)).astype(np.float32)
LABELS = np.arange(12) % 3


def save(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """Write a file with everything; yields what a copy in memory does otherwise."""
    kept: dict[str, Any] = {}
    for piece in pieces:
        if piece.kind == "optimizer":
            kept[piece.name] = _optimized(piece.definition)
            continue
        right = None if piece.call is None else leaves(piece.call(piece.definition, *piece.arrays))
        copied = copy.deepcopy(piece.definition)
        if right is not None:
            yield from differences(
                f"{piece.name} copied", leaves(piece.call(copied, *piece.arrays)), right
            )
        weights = None
        if piece.kind == "layer":
            layer = piece.definition
            weights = dt.get_config(layer), {**layer.parameters(), **layer.states()}
        kept[piece.name] = piece.definition, weights, right
    (folder / "all.pickle").write_bytes(pickle.dumps(kept))
    (folder / "fitted.pickle").write_bytes(pickle.dumps(_trained()))


def load_whole(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in a fitted model."""
    model, right = pickle.loads((folder / "fitted.pickle").read_bytes())
    model.train_on_batch(X, LABELS)
    yield from differences("Sequential fitted and continued", _weights(model), right)


def load(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in this process."""
    kept = pickle.loads((folder / "all.pickle").read_bytes())
    for piece in pieces:
        if piece.kind == "optimizer":
            optimizer, params, state, right_step = kept[piece.name]
            params, state = _applied(optimizer, params, 2, state)
            yield from differences(f"{piece.name} continued", leaves((params, state)), right_step)
            continue
        definition, weights, right_call = kept[piece.name]
        if piece.kind != "layer" and definition is not piece.definition:
            yield f"{piece.name} unpickled is another object"
        if piece.call is None:
            continue
        got = leaves(piece.call(definition, *piece.arrays))
        yield from differences(f"{piece.name} unpickled", got, right_call)
        if weights is not None:
            config, values = weights
            again = dt.from_config(config)
            again.load(values)
            got = leaves(piece.call(again, *piece.arrays))
            yield from differences(f"{piece.name} made again", got, right_call)


def vmap(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What `dt.vmap` computes otherwise than separate calls."""
    yield from mapped(pieces, lambda piece: piece.definition, dt.vmap, np.asarray, np.asarray)


def _optimized(optimizer: Any) -> tuple[Any, ...]:
    params, state = parameters(), optimizer.init(parameters())
    for step in range(2):
        params, state = _applied(optimizer, params, step, state)
    return optimizer, params, state, leaves(_applied(optimizer, params, 2, state))


def _applied(optimizer: Any, params: Any, step: int, state: Any) -> Any:
    """A step, with the functions that the rule asks for."""
    answers = {
        "again": lambda points: (0.0, {name: 0.5 * each for name, each in points.items()}),
        "hessian": lambda vectors: vectors,
    }
    asked = {name: answers[name] for name in optimizer.asks}
    return optimizer.apply(params, gradients(step), state, **asked)


def _trained() -> tuple[Any, Any]:
    """A fitted model, and its weights after one more step."""
    model = dt.Sequential(dt.Dense(4, "relu"), dt.BatchNorm(), dt.Dense(3), seed=1)
    model.compile("adam", "sparse_categorical_cross_entropy", ["accuracy"])
    model.fit(X, LABELS, verbose=0, seed=0)
    later = copy.deepcopy(model)
    later.train_on_batch(X, LABELS)
    return model, _weights(later)


def _weights(model: Any) -> list[Any]:
    return list(model.get_weights().values())
