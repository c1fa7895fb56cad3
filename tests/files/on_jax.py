"""JAX: pickles of functions, modules, transformations and their states; serialised exports."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from flax import nnx
from jax import export

from dovetail.hosts.jax import HOST
from dovetail.language.tree import map_leaves
from tests.files.batches import mapped
from tests.files.pieces import (
    DATA_DEPENDENT,
    Piece,
    differences,
    gradients,
    leaves,
    parameters,
)


def save(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """Write everything; yields what a copy in memory does otherwise."""
    kept: dict[str, Any] = {}
    for piece in pieces:
        if piece.kind == "optimizer":
            kept[piece.name] = _optimized(piece)
            continue
        form = _form(piece)
        right = leaves(_called(piece, form)) if piece.runs else None
        if right is not None:
            got = leaves(_called(piece, copy.deepcopy(form)))
            yield from differences(f"{piece.name} copied", got, right)
        kept[piece.name] = form, right, _state(form) if piece.kind == "layer" else None
    exported: dict[str, Any] = {}
    for piece in pieces:
        if piece.runs and piece.name not in DATA_DEPENDENT:
            form, arrays = _form(piece), _arrays(piece)
            program = export.export(jax.jit(_pure(piece, form)))(*arrays)
            exported[piece.name] = program.serialize(), leaves(program.call(*arrays))
    (folder / "all.pickle").write_bytes(pickle.dumps(kept))
    (folder / "exported.pickle").write_bytes(pickle.dumps(exported))


def load_whole(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in the exported programs."""
    exported = pickle.loads((folder / "exported.pickle").read_bytes())
    for piece in pieces:
        if piece.name in exported:
            content, outputs = exported[piece.name]
            got = leaves(export.deserialize(content).call(*_arrays(piece)))
            yield from differences(f"{piece.name} exported", got, outputs)


def load(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in this process."""
    kept = pickle.loads((folder / "all.pickle").read_bytes())
    for piece in pieces:
        if piece.kind == "optimizer":
            transformation, params, state, right = kept[piece.name]
            for each in (transformation, type(piece.definition).jax(lr=0.01)):
                updates, _ = _updated(piece, each, 2, state, params)
                got = leaves(optax.apply_updates(params, updates))
                yield from differences(f"{piece.name} continued", got, right)
            continue
        form, right, state = kept[piece.name]
        if right is None:
            continue
        yield from differences(f"{piece.name} unpickled", leaves(_called(piece, form)), right)
        if state is not None:
            fresh = _form(piece)
            old = nnx.state(fresh, nnx.Not(nnx.RngState))
            nnx.update(fresh, jax.tree.map(lambda leaf: leaf + 1, old))
            nnx.replace_by_pure_dict(old, state)
            nnx.update(fresh, old)
            got = leaves(_called(piece, fresh))
            yield from differences(f"{piece.name} from its state", got, right)


def vmap(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What `jax.vmap` computes otherwise than separate calls."""
    yield from mapped(pieces, _form, jax.vmap, HOST.from_numpy, HOST.to_numpy)


def _form(piece: Piece) -> Any:
    form = piece.definition.jax
    if piece.kind == "layer":
        form.eval()
    return form


def _state(module: Any) -> Any:
    """The arrays of a module as plain NumPy arrays in dicts."""
    found = nnx.to_pure_dict(nnx.state(module, nnx.Not(nnx.RngState)))
    return jax.tree.map(np.asarray, found)


def _pure(piece: Piece, form: Any) -> Any:
    def call(*arrays: Any) -> Any:
        assert piece.call is not None
        return jax.tree.leaves(piece.call(form, *arrays))

    return call


def _called(piece: Piece, form: Any) -> Any:
    assert piece.call is not None
    return piece.call(form, *_arrays(piece))


def _arrays(piece: Piece) -> list[Any]:
    return [map_leaves(HOST.from_numpy, each) for each in piece.arrays]


def _optimized(piece: Piece) -> tuple[Any, ...]:
    """A transformation, parameters, its state, and the parameters after one more step."""
    transformation = type(piece.definition).jax(lr=0.01)
    params = jax.tree.map(jax.numpy.asarray, parameters())
    state = transformation.init(params)
    for step in range(2):
        updates, state = _updated(piece, transformation, step, state, params)
        params = optax.apply_updates(params, updates)
    updates, _ = _updated(piece, transformation, 2, state, params)
    right = leaves(optax.apply_updates(params, updates))
    return transformation, params, state, right


def _updated(piece: Piece, transformation: Any, step: int, state: Any, params: Any) -> Any:
    """An update, with the loss for rules that ask for it."""
    asked = {"again": jax.value_and_grad(_loss)} if piece.definition.asks else {}
    return transformation.update(gradients(step), state, params, **asked)


def _loss(params: Any) -> Any:
    return sum(jax.numpy.sum(each**4) for each in params.values())
