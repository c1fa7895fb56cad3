"""The demo's check: derived gradients against finite differences of the float64 reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.extension.op import op
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Array
from dovetail.hosts.registry import REGISTRY
from dovetail.verify.calls import Call, run
from dovetail.verify.differences import Differences
from dovetail.verify.sample import Sample, is_real


@dataclass(frozen=True)
class WorstError:
    """The worst error of a gradient, relative to its largest element or 1."""

    piece: str
    argument: str
    elements: int
    error: float


def compare(
    piece: str, function: Callable[..., Any], arrays: Mapping[str, Array]
) -> list[WorstError]:
    """One row for each floating argument of `function`, which takes and returns arrays.

    The derivatives are those of the sum of the outputs, each element times a random weight.
    """
    sample = Sample(tuple(arrays.values()), {}, tuple(arrays)).cast(float64)
    call = Call(op(function), sample)
    rng = np.random.default_rng(7)
    weights = call.cotangents(rng)
    differences = Differences(call, weights)
    derived = run(REGISTRY.named("numpy"), call.vjp, (sample.args, weights))
    rows: list[WorstError] = []
    for number, (name, leaf) in enumerate(zip(arrays, sample.leaves, strict=True)):
        if not is_real(leaf):
            continue
        expected = np.empty_like(leaf)
        for index in differences.indices(number, leaf.size, rng):
            expected[index] = differences.first(number, index)[0]
        scale = max(1.0, float(np.abs(expected).max()))
        error = float(np.abs(derived[number] - expected).max()) / scale
        rows.append(WorstError(piece, name, leaf.size, error))
    return rows
