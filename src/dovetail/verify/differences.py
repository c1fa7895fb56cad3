"""Derivatives by finite differences of the reference.

phi(x) is the sum of the outputs, each times its weight; for a pointwise function, the weighted
outputs themselves, so that all elements are displaced at once. The first derivative uses central
differences of order six, the second derivative order four in each direction. An element is left
out if a displacement changes the branch of the function or if formulas of two orders disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.extension.values import leaves_of
from dovetail.graph.node import Array, Node
from dovetail.verify.calls import Call
from dovetail.verify.reference import WIDE
from dovetail.verify.sample import is_real

SIXTH = ((1, 0.75), (2, -0.15), (3, 1.0 / 60.0))
FOURTH = ((1, 2.0 / 3.0), (2, -1.0 / 12.0))
STEP = 1e-3
SECOND_STEP = 2e-3  # for second derivatives
AGREEMENT = 1e-6  # relative difference between formulas of two orders
SECOND_AGREEMENT = 1e-4  # the tolerance of second derivatives (SECOND_TOLERANCE in gradients.py)

Displacement = Sequence[Array | None]


class Differences:
    """phi around the arguments of a call, in float64."""

    def __init__(self, call: Call, weights: Any) -> None:
        self.reference = call.reference
        self.leaves = [a.astype(WIDE) if is_real(a) else a for a in call.sample.leaves]
        self.weights = leaves_of(weights)
        self.base = self.reference.values(self.leaves)
        self.branches = self.reference.branches(self.base)
        self.held: dict[Node, Array] = {node: self.base[node] for node in self.reference.held}
        outputs = [self.base[node] for node in self.reference.graph.outputs]
        self.pointwise = self.reference.pointwise and all(
            array.shape == outputs[0].shape for array in (*self.leaves, *outputs)
        )

    def noise(self, step: float) -> float:
        """The error by rounding in a difference of phi that is divided by `step`."""
        total = 0.0
        for node, weight in zip(self.reference.graph.outputs, self.weights, strict=True):
            output = self.base[node]
            if output.dtype.kind == "f" and output.size:
                part = np.abs(output * weight)
                part = part[np.isfinite(part)]
                total += float(np.max(part, initial=0.0) if self.pointwise else np.sum(part))
        return 8.0 * float(np.finfo(WIDE).eps) * total / step

    def outputs(self, displacement: Displacement) -> tuple[list[Array], Array]:
        """The outputs at a displaced point, and where no branch has changed."""
        moved = [
            leaf if by is None else leaf + by
            for leaf, by in zip(self.leaves, displacement, strict=True)
        ]
        values = self.reference.values(moved, self.held)
        smooth: Any = True
        for base, branch in zip(self.branches, self.reference.branches(values), strict=True):
            same = base == branch
            smooth = smooth & (same if self.pointwise and same.shape else np.all(same))
        return [values[node] for node in self.reference.graph.outputs], np.asarray(smooth)

    def phi(self, displacement: Displacement) -> tuple[Array, Array]:
        """The weighted sum, or for a pointwise function the weighted outputs."""
        outputs, smooth = self.outputs(displacement)
        total: Any = WIDE(0)
        with np.errstate(all="ignore"):
            for output, weight in zip(outputs, self.weights, strict=True):
                if output.dtype.kind == "f":
                    part = output * weight
                    total = total + (part if self.pointwise else np.sum(part))
        return np.asarray(total), smooth

    def _unit(self, leaf: int, index: Any) -> list[Array | None]:
        """The displacement of one element, or of all elements of a pointwise function."""
        found: list[Array | None] = [None] * len(self.leaves)
        direction = np.zeros(self.leaves[leaf].shape, WIDE)
        direction[index] = 1.0
        found[leaf] = direction
        return found

    def indices(self, leaf: int, count: int, rng: np.random.Generator) -> list[Any]:
        """The elements of a leaf to displace: all at once, or some of them one by one."""
        if self.pointwise:
            return [...]
        size = self.leaves[leaf].size
        chosen = rng.choice(size, min(size, count), replace=False)
        return [tuple(np.unravel_index(int(i), self.leaves[leaf].shape)) for i in chosen]

    def first(self, leaf: int, index: Any) -> tuple[Array, Array]:
        """d phi / d leaf[index], and where it is reliable."""

        def weighted(displacement: Displacement) -> tuple[list[Array], Array]:
            value, smooth = self.phi(displacement)
            return [value], smooth

        (found,), (known,) = _along(weighted, self._unit(leaf, index), 1)
        return found, known

    def tangent(self, direction: Displacement) -> tuple[list[Array], list[Array]]:
        """The derivative of every output along a direction, and where it is reliable."""
        return _along(self.outputs, direction, len(self.weights))

    def second(self, leaf: int, index: Any, direction: Displacement) -> tuple[Array, Array]:
        """The derivative, along a direction, of d phi / d leaf[index]."""
        unit = self._unit(leaf, index)
        fourth: Any = WIDE(0)
        plain: Any = WIDE(0)
        smooth: Any = True
        with np.errstate(all="ignore"):
            for first, one in FOURTH:
                for other, two in FOURTH:
                    mixed: Any = WIDE(0)
                    for sign in (1, -1):
                        for turn in (1, -1):
                            moved = summed(
                                scaled(unit, sign * first * SECOND_STEP),
                                scaled(direction, turn * other * SECOND_STEP),
                            )
                            value, fine = self.phi(moved)
                            mixed = mixed + sign * turn * value
                            smooth = smooth & fine
                    fourth = fourth + one * two * mixed
                    plain = plain + (mixed / 4 if first == other == 1 else 0)
        found = fourth / SECOND_STEP**2
        return found, smooth & _agree(found, plain / SECOND_STEP**2, SECOND_AGREEMENT)


def _along(
    function: Callable[[Displacement], tuple[list[Array], Array]],
    direction: Displacement,
    count: int,
) -> tuple[list[Array], list[Array]]:
    """The derivative of each of `count` outputs along a direction, and where it is reliable."""
    lower = dict(FOURTH)
    sixth: list[Any] = [WIDE(0)] * count
    fourth: list[Any] = [WIDE(0)] * count
    smooth: Any = True
    with np.errstate(all="ignore"):
        for steps, weight in SIXTH:
            up, fine = function(scaled(direction, steps * STEP))
            down, also = function(scaled(direction, -steps * STEP))
            smooth = smooth & fine & also
            for i, (high, low) in enumerate(zip(up, down, strict=True)):
                if high.dtype.kind == "f":
                    sixth[i] = sixth[i] + weight * (high - low)
                    fourth[i] = fourth[i] + lower.get(steps, 0.0) * (high - low)
    found = [np.asarray(each / STEP) for each in sixth]
    known = [smooth & _agree(one, two / STEP) for one, two in zip(found, fourth, strict=True)]
    return found, known


def scaled(direction: Displacement, factor: float) -> list[Array | None]:
    """A displacement times a number."""
    return [None if part is None else part * WIDE(factor) for part in direction]


def summed(first: Displacement, second: Displacement) -> list[Array | None]:
    """The sum of two displacements."""
    return [
        b if a is None else a if b is None else a + b for a, b in zip(first, second, strict=True)
    ]


def _agree(first: Array, second: Array, share: float = AGREEMENT) -> Array:
    scale = np.maximum(np.abs(first), 1e-3)
    return np.isfinite(first) & (np.abs(first - second) <= share * scale)
