"""Every piece of the package on arrays whose first dimension is divided over two processes."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_module, distribute_tensor

from dovetail.hosts.torch import HOST
from dovetail.language.tree import map_leaves
from tests.files.on_torch import _exported, _form
from tests.files.pieces import Piece, leaves, pieces

LEAST = 150


def check_every_piece(mesh: Any) -> None:
    """The values are those of whole arrays."""
    wrong: list[str] = []
    found = _exported(pieces())
    assert len(found) > LEAST
    for piece in found:
        try:
            wrong += _differences(piece, mesh)
        except Exception as error:
            wrong.append(f"{piece.name}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


def _differences(piece: Piece, mesh: Any) -> list[str]:
    assert piece.call is not None
    whole = [map_leaves(HOST.from_numpy, each) for each in piece.arrays]
    form = _form(piece)
    with torch.no_grad():
        if isinstance(form, torch.nn.Module):
            for weight in form.parameters():  # each process drew its own
                dist.broadcast(weight, 0)
        want = leaves(piece.call(form, *whole), _same)
        if isinstance(form, torch.nn.Module):
            with contextlib.redirect_stdout(io.StringIO()):
                form = distribute_module(form, mesh)
        given = [map_leaves(lambda each: _divided(each, mesh), each) for each in whole]
        got = leaves(piece.call(form, *given), _same)
    wrong: list[str] = []
    for number, (one, other) in enumerate(zip(got, want, strict=True)):
        one = one.full_tensor() if isinstance(one, DTensor) else one
        try:
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5, equal_nan=True)
        except AssertionError as error:
            wrong.append(f"{piece.name}, output {number}: {str(error).splitlines()[0]}")
    return wrong


def _divided(tensor: Any, mesh: Any) -> Any:
    whole = tensor.ndim == 0 or tensor.dtype == torch.uint32  # a key; gloo does not send it
    placement = Replicate() if whole else Shard(0)
    return distribute_tensor(tensor.clone(), mesh, [placement], src_data_rank=None)


def _same(tensor: Any) -> Any:
    return tensor
