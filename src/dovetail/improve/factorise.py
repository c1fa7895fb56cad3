"""`factorise`: one kernel as the product of two smaller ones, by singular values.

A Dense of n x m becomes two, n x r and r x m; a convolution becomes one with r filters of the same
window, and one of size 1. Where examples are given, a Dense is approximated on what it is given
there: its kernel is weighted with the Cholesky factor of the inputs' second moments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.extension.sequential import Sequential
from dovetail.graph.node import Array
from dovetail.improve.activations import batches_of, first_input, observer, summed
from dovetail.improve.data import Examples, optional_examples
from dovetail.improve.native import Compile, taken_over
from dovetail.improve.replacing import replace_layers
from dovetail.improve.report import Improved
from dovetail.improve.settings import check_numbers
from dovetail.improve.tracing import inspected, layers_with
from dovetail.improve.verdict import compared, faster, unchanged
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.convolution import Conv1D, Conv2D, Conv3D
from dovetail.library.layers import Dense
from dovetail.train.inspection import LayerCall

CONVOLUTIONS: tuple[type, ...] = (Conv1D, Conv2D, Conv3D)
Rank = int | Mapping[str, int] | None
SEEN = 4096  # examples that inputs are taken from, at most


def factorise(
    model: Any,
    data: Any = None,
    *,
    validation: Any = None,
    energy: float = 0.98,
    rank: Rank = None,
    epochs: int = 0,
    batch_size: int = 32,
    tolerance: float = 0.01,
    seed: int | None = 0,
    verbose: int = 0,
    compile: Compile = None,
) -> Improved:
    """Split kernels of Dense and convolutions in two if that takes fewer multiply-adds.

    `energy`: the share of the squared singular values that is kept, which gives each layer its
    rank; or `rank`, for all layers or by name. `data`: x or (x, y), to weigh the inputs with and,
    for `epochs`, to train with the model's own `compile`. The result is kept if the first metric is
    at most `tolerance` worse on `validation` and it is measured faster.
    """
    if isinstance(rank, int) and rank < 1:
        raise ArgumentError("factorise", "rank", rank, "1 or more")
    check_numbers(
        "factorise", energy=energy, epochs=epochs, batch_size=batch_size, tolerance=tolerance
    )
    examples, held = optional_examples("factorise", data, validation, epochs)
    subject = taken_over("factorise", model, compile, examples or held, compiled=epochs > 0)
    changed, notes = factorised(subject.model, examples, energy, rank)
    if changed is None:
        return unchanged("factorise", subject, held, "no layer gets smaller", notes)
    if epochs and examples is not None:
        changed.fit(
            examples.x, examples.y, batch_size=batch_size, epochs=epochs, verbose=verbose, seed=seed
        )
    return compared("factorise", subject, changed, held, faster(tolerance), notes)


def factorised(
    model: Any, examples: Examples | None, energy: float, rank: Rank
) -> tuple[Any, list[str]]:
    """A copy with kernels split, or None where none gets smaller; and notes about them."""
    changed = model.fresh_copy()
    moments = _moments(changed, examples)
    notes: list[str] = []
    replacements: dict[int, Any] = {}
    for call, shared in layers_with(changed, dict.fromkeys((Dense, *CONVOLUTIONS), "kernel")):
        layer: Any = call.layer
        why = "it has groups" if getattr(layer, "groups", 1) > 1 else shared
        if why:
            notes.append(f"{call.name} stays: {why}")
            continue
        split = _split(layer, moments.get(call.path))
        r = split.rank(energy) if rank is None else _given(rank, call.name, len(split.values))
        rows, columns = split.matrix.shape
        if r is None or r * (rows + columns) >= rows * columns:
            notes.append(f"{call.name} stays: rank {r} of {rows} x {columns} takes no less")
            continue
        replacements[id(layer)] = _pair(layer, *split.factors(r))
        notes.append(f"{call.name}: {rows} x {columns} at rank {r}")
    if not replacements:
        return None, notes
    replace_layers(changed, replacements)
    return changed, notes


def _given(rank: int | Mapping[str, int], name: str, most: int) -> int | None:
    """The rank that is asked for; one number is the most for all layers."""
    if not isinstance(rank, Mapping):
        return min(rank, most)
    found = rank.get(name)
    if found is not None and not 1 <= found <= most:
        raise ArgumentError("factorise", "rank", found, f"from 1 to {most} for {name}")
    return found


def _moments(model: Any, examples: Examples | None) -> dict[str, Array]:
    """The second moments of what each Dense is given, by path."""
    if examples is None or all(type(call.layer) is not Dense for call in inspected(model).calls):
        return {}

    def read(call: LayerCall) -> Any:
        if type(call.layer) is not Dense:
            return None
        x = first_input(call)
        x = dt.astype(dt.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1])), dt.float64)
        return dt.matrix_transpose(x) @ x

    return summed(observer(model, read), batches_of(examples, 256, SEEN))


@dataclass(frozen=True)
class Split:
    """The singular values of a kernel as a matrix; `weight` is that of its inputs, or None."""

    matrix: Array
    weight: Array | None
    left: Array
    values: Array
    right: Array

    def rank(self, energy: float) -> int:
        """The least rank that keeps this share of the squares."""
        squares = np.cumsum(self.values**2)
        if squares[-1] == 0.0:
            return 1
        return int(np.searchsorted(squares / squares[-1], energy - 1e-12)) + 1

    def factors(self, rank: int) -> tuple[Array, Array]:
        """The two kernels, of about the same size each."""
        root = np.sqrt(self.values[:rank])
        first, second = self.left[:, :rank] * root, root[:, None] * self.right[:rank]
        if self.weight is not None:
            first = np.linalg.solve(self.weight.T, first)
        return first, second


def _split(layer: Any, moments: Array | None) -> Split:
    kernel = np.asarray(layer.kernel, np.float64)
    matrix = kernel.reshape(-1, kernel.shape[-1])
    if moments is None or not np.trace(moments) > 0.0:
        return Split(matrix, None, *np.linalg.svd(matrix, full_matrices=False))
    # A little of the mean moment: inputs that were never seen count, too.
    ridge = 1e-3 * np.trace(moments) / len(moments)
    weight: Array = np.linalg.cholesky(moments + ridge * np.eye(len(moments)))
    return Split(matrix, weight, *np.linalg.svd(weight.T @ matrix, full_matrices=False))


def _pair(layer: Any, first: Array, second: Array) -> Sequential:
    """Two layers in the place of one."""
    rank = first.shape[1]
    common = {"activation": layer.activation, "use_bias": layer.use_bias, "features": rank}
    if type(layer) is Dense:
        one = Dense(rank, use_bias=False, features=layer.features)
        two = Dense(layer.units, **common)
    else:
        owner: Any = type(layer)
        one = owner(
            rank, layer.kernel_size, layer.strides, layer.padding, layer.data_format,
            layer.dilation_rate, use_bias=False, features=layer.features,
        )  # fmt: skip
        two = owner(layer.filters, 1, data_format=layer.data_format, **common)
    dtype = layer.kernel.dtype
    window = layer.kernel.shape[:-1]
    one.keep_array("kernel", first.reshape(*window, rank).astype(dtype))
    ones = (1,) * (len(window) - 1)
    two.keep_array("kernel", second.reshape(*ones, rank, -1).astype(dtype))
    if layer.use_bias:
        two.keep_array("bias", np.array(layer.bias))
    for each in (one, two):
        each.trainable = layer.trainable
    return Sequential(one, two)
