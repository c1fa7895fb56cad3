"""Rows of the table of operations that move elements, and products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.fuzz.operations import define, of_torch, torch

# Movement.
_MOVES = {"exact": True, "result": "same"}
define(
    "transpose",
    "dt.matrix_transpose({0})",
    lambda x: np.swapaxes(x, -1, -2),
    lambda x: x.transpose(-1, -2),
    **_MOVES,
)
define(
    "permute",
    "dt.permute_dims({0}, {axes})",
    lambda x, axes: np.transpose(x, axes),
    lambda x, axes: x.permute(axes),
    **_MOVES,
)
define(
    "flip",
    "dt.flip({0}, axis={axis})",
    lambda x, axis: np.flip(x, axis),
    lambda x, axis: x.flip(axis),
    **_MOVES,
)
define(
    "roll",
    "dt.roll({0}, {shift}, axis={axis})",
    lambda x, shift, axis: np.roll(x, shift, axis),
    lambda x, shift, axis: x.roll(shift, axis),
    **_MOVES,
)
define(
    "flatten", "dt.reshape({0}, (-1,))", lambda x: x.reshape(-1), lambda x: x.reshape(-1), **_MOVES
)
define(
    "join_last",
    "dt.reshape({0}, (*{0}.shape[:-2], {0}.shape[-2] * {0}.shape[-1]))",
    lambda x: x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]),
    lambda x: x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]),
    **_MOVES,
)
define(
    "expand",
    "dt.expand_dims({0}, axis={axis})",
    lambda x, axis: np.expand_dims(x, axis),
    lambda x, axis: x.unsqueeze(axis),
    **_MOVES,
)
define(
    "index",
    "{0}[{key}]",
    lambda x, key: eval(f"x[{key}]", {"x": x}),
    lambda x, key: _torch_index(x, key),
    **_MOVES,
)
define(
    "like",
    "dt.broadcast_to({0}, {1}.shape)",
    lambda x, y: np.broadcast_to(x, y.shape),
    lambda x, y: x.broadcast_to(y.shape),
    exact=True,
    result="first",
)
define(
    "concat",
    "dt.concat([{all}], axis={axis})",
    lambda *x, axis: np.concatenate(x, axis),
    lambda *x, axis: torch.cat(x, axis),
    **_MOVES,
)
define(
    "stack",
    "dt.stack([{all}], axis={axis})",
    lambda *x, axis: np.stack(x, axis),
    lambda *x, axis: torch.stack(x, axis),
    **_MOVES,
)
define(
    "pad",
    "dt.pad({0}, 1, value={c})",
    lambda x, c: np.pad(x, 1, constant_values=c),
    lambda x, c: torch.nn.functional.pad(x, (1, 1) * x.ndim, value=c),
    **_MOVES,
)
define(
    "repeat",
    "dt.repeat({0}, {count}, axis={axis})",
    lambda x, count, axis: np.repeat(x, count, axis),
    lambda x, count, axis: x.repeat_interleave(count, axis),
    **_MOVES,
)
define(
    "tile",
    "dt.tile({0}, (2,) * {0}.ndim)",
    lambda x: np.tile(x, (2,) * x.ndim),
    lambda x: x.tile((2,) * x.ndim),
    **_MOVES,
)
define("tril", "dt.tril({0}, k={k})", lambda x, k: np.tril(x, k), lambda x, k: x.tril(k), **_MOVES)
define("triu", "dt.triu({0}, k={k})", lambda x, k: np.triu(x, k), lambda x, k: x.triu(k), **_MOVES)


def _torch_index(x: Any, key: str) -> Any:
    """`x[key]`; PyTorch has no negative steps, which are flips."""
    parts = [part.strip() for part in key.split(",")]
    for place, part in enumerate(parts):
        if part.startswith("::-"):
            axis = place if "..." not in parts else place - len(parts)
            x = x.flip(axis)
            parts[place] = f"::{part[3:]}"
    return eval(f"x[{', '.join(parts)}]", {"x": x})


# Products.
define("matmul", "{0} @ {1}", np.matmul, of_torch("matmul"), result="same", accumulates=True)
define(
    "vecdot",
    "dt.vecdot({0}, {1})",
    lambda x, y: (x * y).sum(-1),
    lambda x, y: (x * y).sum(-1),
    result="same",
    accumulates=True,
)
define(
    "outer",
    "dt.outer({0}, {1})",
    lambda x, y: x[:, None] * y,
    lambda x, y: x[:, None] * y,
    result="same",
)
define(
    "gram",
    "dt.einsum('ik,jk->ij', {0}, {1})",
    lambda x, y: x @ y.T,
    lambda x, y: x @ y.T,
    result="same",
    accumulates=True,
)
define(
    "diff",
    "dt.diff({0}, axis={axis})",
    lambda x, axis: np.diff(x, axis=axis),
    lambda x, axis: x.diff(dim=axis),
    result="same",
)
