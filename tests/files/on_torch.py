"""PyTorch: pickles and `torch.save`, `torch.export`, and states of modules and optimizers."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from dovetail.hosts.torch import HOST
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
    weights: dict[str, Any] = {}
    optimizers: dict[str, Any] = {}
    for piece in pieces:
        if piece.kind == "optimizer":
            own, params = _optimizer(piece)
            for step in range(2):
                _step(own, params, step, piece.definition.asks)
            state = {
                "state": copy.deepcopy(own.state_dict()),
                "params": [p.detach().clone() for p in params],
            }
            whole = copy.deepcopy((own, params))
            _step(own, params, 2, piece.definition.asks)
            optimizers[piece.name] = state
            kept[piece.name] = whole, _numpy(params)
            continue
        form = _form(piece)
        right = _numpy(_called(piece, form)) if piece.runs else None
        if right is not None:
            got = _numpy(_called(piece, copy.deepcopy(form)))
            yield from differences(f"{piece.name} copied", got, right)
        if piece.kind == "layer":
            weights[piece.name] = form.state_dict()
        kept[piece.name] = form, right
    torch.save(kept, folder / "all.pt")
    torch.save((weights, optimizers), folder / "weights.pt")
    whole = All(pieces).eval()
    arrays = _arrays(_exported(pieces))
    program = torch.export.export(whole, (arrays,))
    torch.export.save(program, folder / "all.pt2")
    torch.save(program.module()(arrays), folder / "exported.pt")


def load_whole(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in the exported program of everything."""
    program = torch.export.load(folder / "all.pt2")
    got = program.module()(_arrays(_exported(pieces)))
    for name, right in torch.load(folder / "exported.pt").items():
        yield from differences(f"{name} exported", _numpy(got[name]), _numpy(right))


def load(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What differs in this process."""
    kept = torch.load(folder / "all.pt", weights_only=False)
    weights, optimizers = torch.load(folder / "weights.pt", weights_only=True)
    for piece in pieces:
        if piece.kind == "optimizer":
            (own, params), right = kept[piece.name]
            _step(own, params, 2, piece.definition.asks)
            yield from differences(f"{piece.name} unpickled", _numpy(params), right)
            own, params = _optimizer(piece)
            saved = optimizers[piece.name]
            own.load_state_dict(saved["state"])
            for param, value in zip(params, saved["params"], strict=True):
                param.data.copy_(value)
            _step(own, params, 2, piece.definition.asks)
            yield from differences(f"{piece.name} from its state", _numpy(params), right)
            continue
        form, right = kept[piece.name]
        if not piece.runs:
            continue
        yield from differences(f"{piece.name} unpickled", _numpy(_called(piece, form)), right)
        if piece.kind == "layer":
            fresh = _form(piece)
            for tensor in (*fresh.parameters(), *fresh.buffers()):
                tensor.data = tensor.data + 1  # other values than those in the file
            fresh.load_state_dict(weights[piece.name])
            yield from differences(
                f"{piece.name} from its state", _numpy(_called(piece, fresh)), right
            )


def vmap(folder: Path, pieces: list[Piece]) -> Iterator[str]:
    """What `torch.vmap` computes otherwise than separate calls."""
    with torch.no_grad():
        yield from mapped(pieces, _form, torch.vmap, HOST.from_numpy, HOST.to_numpy)


class All(torch.nn.Module):
    """Every piece in one module."""

    def __init__(self, pieces: list[Piece]) -> None:
        super().__init__()
        self.pieces = _exported(pieces)
        self.forms = [_form(piece) for piece in self.pieces]
        for piece, form in zip(self.pieces, self.forms, strict=True):
            if isinstance(form, torch.nn.Module):
                self.add_module(f"of_{piece.name}", form)

    def forward(self, arrays: dict[str, Any]) -> dict[str, Any]:
        """The outputs by name."""
        found: dict[str, Any] = {}
        for piece, form in zip(self.pieces, self.forms, strict=True):
            found[piece.name] = piece.call(form, *arrays[piece.name])
        return found


def _exported(pieces: list[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.runs and piece.name not in DATA_DEPENDENT]


def _form(piece: Piece) -> Any:
    made = piece.definition.torch
    if piece.kind == "layer":
        return made.eval()
    return made() if piece.kind in ("activation", "loss") else made


def _called(piece: Piece, form: Any) -> Any:
    assert piece.call is not None
    with torch.no_grad():
        return piece.call(form, *_tensors(piece))


def _tensors(piece: Piece) -> list[Any]:
    return [map_leaves(HOST.from_numpy, each) for each in piece.arrays]


def _arrays(pieces: list[Piece]) -> dict[str, Any]:
    return {piece.name: _tensors(piece) for piece in pieces}


def _numpy(value: Any) -> list[Any]:
    return leaves(value, lambda each: HOST.to_numpy(each.detach()))


def _optimizer(piece: Piece) -> tuple[Any, list[Any]]:
    params = [torch.nn.Parameter(HOST.from_numpy(each)) for each in parameters().values()]
    return type(piece.definition).torch(params, lr=0.01), params


def _step(optimizer: Any, params: list[Any], step: int, asks: frozenset[str]) -> None:
    given = [HOST.from_numpy(gradient) for gradient in gradients(step).values()]

    def loss() -> Any:
        optimizer.zero_grad()
        value = sum(
            (each * (gradient + each**3)).sum()
            for each, gradient in zip(params, given, strict=True)
        )
        value.backward(create_graph="hessian" in asks)
        return value

    if "again" in asks:
        optimizer.step(loss)
        return
    if asks:
        loss()
    else:
        for param, gradient in zip(params, given, strict=True):
            param.grad = gradient
    optimizer.step()
