"""TensorFlow: pickles of functions and modules, checkpoints, and one SavedModel of everything.

Its optimizers are Keras', in on_keras.py.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from dovetail.hosts.tensorflow import HOST
from dovetail.language.tree import map_leaves
from tests.files.batches import mapped
from tests.files.pieces import DATA_DEPENDENT, Piece, differences, leaves


def save(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """Write everything; yields what a copy in memory does otherwise."""
    kept: dict[str, Any] = {}
    layers: dict[str, Any] = {}
    for piece in pieces:
        if piece.kind == "optimizer":
            continue
        form = piece.definition.tensorflow
        right = _numpy(_called(piece, form)) if piece.runs else None
        if right is not None:
            got = _numpy(_called(piece, copy.deepcopy(form)))
            yield from differences(f"{piece.name} copied", got, right)
        if piece.kind == "layer":
            layers[piece.name] = form
        kept[piece.name] = form, right
    (folder / "all.pickle").write_bytes(pickle.dumps(kept))
    tf.train.Checkpoint(**layers).write(str(folder / "checkpoint"))
    model = _model(pieces, layers)
    tf.saved_model.save(model, str(folder / "model"))
    (folder / "served.pickle").write_bytes(pickle.dumps(_outputs(model.call(_all_arrays(pieces)))))


def load_whole(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in the SavedModel of everything, and in the names of the checkpoint."""
    served: Any = tf.saved_model.load(str(folder / "model"))
    got = _outputs(served.call(_all_arrays(pieces)))
    for name, right in pickle.loads((folder / "served.pickle").read_bytes()).items():
        yield from differences(f"{name} served", got[name], right)
    _read(folder, _layers(pieces)).assert_consumed()


def load(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in this process."""
    kept = pickle.loads((folder / "all.pickle").read_bytes())
    layers = _layers(pieces)
    for layer in layers.values():
        for variable in layer.variables:
            variable.assign_add(tf.ones_like(variable))
    _read(folder, layers).assert_existing_objects_matched()
    for piece in pieces:
        form, right = kept.get(piece.name, (None, None))
        if right is None:
            continue
        yield from differences(f"{piece.name} unpickled", _numpy(_called(piece, form)), right)
        if piece.kind == "layer":
            got = _numpy(_called(piece, layers[piece.name]))
            yield from differences(f"{piece.name} from a checkpoint", got, right)


def vmap(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What `tf.vectorized_map` computes otherwise than separate calls."""

    def over_examples(function: Any) -> Any:
        return lambda *arrays: tf.vectorized_map(lambda row: function(*row), arrays)

    forms = {piece.name: piece.definition.tensorflow for piece in pieces}
    yield from mapped(
        pieces, lambda piece: forms[piece.name], over_examples, HOST.from_numpy, HOST.to_numpy
    )


def _layers(pieces: list[Piece]) -> dict[str, Any]:
    return {each.name: each.definition.tensorflow for each in pieces if each.kind == "layer"}


def _read(folder: Path, layers: dict[str, Any]) -> Any:
    return tf.train.Checkpoint(**layers).read(str(folder / "checkpoint"))


def _model(pieces: list[Piece], layers: dict[str, Any]) -> Any:
    signature = tf.nest.map_structure(
        lambda each: tf.TensorSpec(each.shape, each.dtype), _all_arrays(pieces)
    )

    @tf.function(input_signature=[signature])
    def call(arrays: Any) -> Any:
        found: dict[str, Any] = {}
        for piece in _served(pieces):
            assert piece.call is not None
            form = layers.get(piece.name, piece.definition)
            outputs = piece.call(form, *arrays[piece.name])
            found[piece.name] = leaves(outputs, lambda each: each)
        return found

    model = tf.Module()
    model.layers, model.call = layers, call
    return model


def _served(pieces: list[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.runs and piece.name not in DATA_DEPENDENT]


def _all_arrays(pieces: list[Piece]) -> dict[str, Any]:
    return {piece.name: _arrays(piece) for piece in _served(pieces)}


def _arrays(piece: Piece) -> list[Any]:
    return [map_leaves(HOST.from_numpy, each) for each in piece.arrays]


def _called(piece: Piece, form: Any) -> Any:
    assert piece.call is not None
    return piece.call(form, *_arrays(piece))


def _numpy(value: Any) -> list[Any]:
    return leaves(value, HOST.to_numpy)


def _outputs(found: Any) -> dict[str, list[Any]]:
    return {name: [HOST.to_numpy(each) for each in outputs] for name, outputs in found.items()}
