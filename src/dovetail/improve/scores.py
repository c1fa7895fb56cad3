"""How much a model loses with each element of a factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dovetail.graph.node import Array
from dovetail.improve.data import Examples
from dovetail.improve.dependencies import Dependencies
from dovetail.improve.factors import Factor, leaves, positions
from dovetail.improve.gradients import gradients

Scores = Mapping[Factor, Array]

SEEN = 1024  # examples that a Taylor score is taken over, at most


def magnitude(model: Any, dependencies: Dependencies, factors: Iterable[Factor]) -> Scores:
    """The squares of what belongs to each element, relative to their mean over the factor."""
    places = _Places(dependencies, factors)
    arrays = model.parameters()
    sums = places.sums({path: np.square(array, dtype=np.float64) for path, array in arrays.items()})
    return {factor: each / max(each.mean(), 1e-300) for factor, each in sums.items()}


def taylor(
    model: Any, dependencies: Dependencies, factors: Iterable[Factor], examples: Examples,
    batch_size: int,
) -> Scores:  # fmt: skip
    """The square of the change of the loss, to first order, when an element becomes 0.

    Its mean over batches. Molchanov et al. 2019, arXiv:1906.10771.
    """
    places = _Places(dependencies, factors)
    parameters = model.parameters()
    found: dict[Factor, Array] = {}
    for gradient in gradients(model, examples, batch_size, SEEN):
        products = {
            path: np.multiply(each, parameters[path], dtype=np.float64)
            for path, each in gradient.items()
        }
        for factor, each in places.sums(products).items():
            found[factor] = found.get(factor, 0.0) + each * each
    return found


class _Places:
    """Where the elements of factors are in the arrays."""

    def __init__(self, dependencies: Dependencies, factors: Iterable[Factor]) -> None:
        wanted = set(factors)
        self.sizes = {factor: factor.size for factor in wanted}
        self.places: list[tuple[str, int, Factor, Array]] = [
            (path, axis, factor, positions(dimension or (), factor))
            for path, dimensions in dependencies.arrays.items()
            for axis, dimension in enumerate(dimensions)
            for factor in dict.fromkeys(leaves(dimension or ()))
            if factor in wanted
        ]

    def sums(self, arrays: Mapping[str, Array]) -> dict[Factor, Array]:
        """For each element of each factor, the sum of the numbers that belong to it."""
        found = {factor: np.zeros(size) for factor, size in self.sizes.items()}
        for path, axis, factor, places in self.places:
            if path in arrays:
                array = arrays[path]
                others = tuple(each for each in range(array.ndim) if each != axis)
                along = array.sum(axis=others)
                here = places >= 0
                found[factor] += np.bincount(places[here], along[here], factor.size)
        return found
