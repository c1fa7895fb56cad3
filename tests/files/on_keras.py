"""Keras on one backend: pickles, one `.keras` file of everything, and trained optimizers."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dovetail.extension.values import split
from dovetail.hosts.keras.tensors import BACKEND, data_type, from_numpy, to_numpy
from dovetail.language.tree import map_leaves, unflatten
from tests.files.pieces import DATA_DEPENDENT, Piece, differences, leaves

X = np.random.default_rng(2).normal(size=(8, 5)).astype(np.float32)
Y = X[:, :2] ** 2


def save(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """Write everything; yields what a copy in memory does otherwise."""
    kept: dict[str, Any] = {}
    configs: dict[str, Any] = {}
    for piece in pieces:
        if piece.kind == "optimizer":
            if not piece.definition.asks:  # Keras' fit has no second gradient
                kept[piece.name] = _trained(piece, folder)
            continue
        form = _form(piece)
        right = _numpy(_called(piece, form)) if piece.runs else None
        if right is not None:
            got = _numpy(_called(piece, copy.deepcopy(form)))
            yield from differences(f"{piece.name} copied", got, right)
        if piece.kind == "loss":
            configs[piece.name] = keras.losses.serialize(form)
        kept[piece.name] = form, right
    (folder / "all.pickle").write_bytes(pickle.dumps(kept))
    (folder / "losses.json").write_text(json.dumps(configs))
    model = _model(pieces)
    arrays = _all_arrays(pieces)
    right = model(arrays)
    model.save(folder / "model.keras")
    (folder / "outputs.pickle").write_bytes(pickle.dumps(_named(right)))
    cloned = keras.models.clone_model(model)
    cloned.set_weights(model.get_weights())
    got = _named(cloned(arrays))
    for name, outputs in _named(right).items():
        yield from differences(f"{name} cloned", got[name], outputs)
    if BACKEND == "tensorflow":
        specs = {  # without them Keras lets the number of examples vary, which some depend on
            name: keras.InputSpec(dtype=data_type(array).name, shape=tuple(array.shape))
            for name, array in arrays.items()
        }
        model.export(folder / "exported", verbose=False, input_signature=[specs])


def load_whole(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in the model of everything."""
    outputs = pickle.loads((folder / "outputs.pickle").read_bytes())
    arrays = _all_arrays(pieces)
    got = {"loaded": _named(keras.models.load_model(folder / "model.keras")(arrays))}
    if BACKEND == "tensorflow":
        tensorflow = __import__("tensorflow")
        served = tensorflow.saved_model.load(str(folder / "exported"))
        got["served"] = _named(served.serve(arrays))
    for how, found in got.items():
        for name, right in outputs.items():
            yield from differences(f"{name} {how}", found[name], right)


def load(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in this process."""
    configs = json.loads((folder / "losses.json").read_text())
    kept = pickle.loads((folder / "all.pickle").read_bytes())
    for piece in pieces:
        if piece.kind == "optimizer" and piece.name not in kept:
            continue
        if piece.kind == "optimizer":
            model = keras.models.load_model(folder / f"{piece.name}.keras")
            model.train_on_batch(X, Y)
            yield from differences(f"{piece.name} continued", model.get_weights(), kept[piece.name])
            continue
        form, right = kept[piece.name]
        if right is None:
            continue
        yield from differences(f"{piece.name} unpickled", _numpy(_called(piece, form)), right)
        if piece.kind == "loss":
            again = keras.losses.deserialize(configs[piece.name])
            yield from differences(f"{piece.name} again", _numpy(_called(piece, again)), right)


def _form(piece: Piece) -> Any:
    form = piece.definition.keras
    return form(reduction="none") if piece.kind == "loss" else form


def _called(piece: Piece, form: Any) -> Any:
    assert piece.call is not None
    arrays = [map_leaves(from_numpy, each) for each in piece.arrays]
    if piece.kind == "loss":
        predicted, *right = arrays
        return form(right[0] if len(right) == 1 else tuple(right), predicted)
    return piece.call(form, *arrays)


def _numpy(value: Any) -> list[Any]:
    return leaves(value, to_numpy)


# One model of everything.


def _in_model(pieces: list[Piece]) -> list[Piece]:
    """What can be called on symbolic tensors, which have an axis of examples."""
    return [
        piece
        for piece in pieces
        if piece.runs
        and piece.kind != "loss"
        and piece.name not in DATA_DEPENDENT
        and all(np.ndim(leaf) for leaf in leaves(list(piece.arrays)))
    ]


def _flat(piece: Piece) -> dict[str, Any]:
    arrays = leaves(list(piece.arrays))
    return {f"input_{piece.name}_{number}": array for number, array in enumerate(arrays)}


def _all_arrays(pieces: list[Piece]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for piece in _in_model(pieces):
        found |= {name: from_numpy(array) for name, array in _flat(piece).items()}
    return found


def _model(pieces: list[Piece]) -> Any:
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for piece in _in_model(pieces):
        own = {
            name: keras.Input(batch_shape=array.shape, dtype=data_type(from_numpy(array)).name,
                              name=name)
            for name, array in _flat(piece).items()
        }  # fmt: skip
        inputs |= own
        structure = split(list(piece.arrays))[1]
        symbols = unflatten(structure, list(own.values()))
        if piece.kind == "activation":
            form: Any = keras.layers.Activation(piece.definition.keras)
        else:
            form = _form(piece) if piece.kind == "layer" else piece.definition
        assert piece.call is not None
        found = leaves(piece.call(form, *symbols), lambda each: each)
        outputs |= {f"{piece.name}_{number}": each for number, each in enumerate(found)}
    return keras.Model(inputs, outputs)


def _named(outputs: Any) -> dict[str, list[Any]]:
    return {name: [to_numpy(each)] for name, each in outputs.items()}


def _trained(piece: Piece, folder: Path) -> list[Any]:
    """Save a model trained with an optimizer; its weights after one more step."""
    keras.utils.set_random_seed(0)
    model: Any = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)])
    model.compile(piece.definition.keras, "mse")
    for _ in range(2):
        model.train_on_batch(X, Y)
    model.save(folder / f"{piece.name}.keras")
    model.train_on_batch(X, Y)
    found: list[Any] = model.get_weights()
    return found
