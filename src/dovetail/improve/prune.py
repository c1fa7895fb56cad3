"""`prune`: units, channels and heads removed, so that the model really gets smaller.

What has to be removed together is found in the graph (dependencies.py): the channels that meet in a
residual connection, the gates of a recurrent unit, the groups of a convolution, the rows of a table
that is used in two places.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.improve.data import Examples, examples_of
from dovetail.improve.dependencies import Dependencies
from dovetail.improve.factors import Factor, Kept, leaves
from dovetail.improve.native import Compile, taken_over
from dovetail.improve.report import Improved
from dovetail.improve.scores import Scores, magnitude, taylor
from dovetail.improve.settings import check_numbers
from dovetail.improve.smaller import smaller
from dovetail.improve.tracing import inspected
from dovetail.improve.verdict import compared, faster, unchanged
from dovetail.train.inspection import Inspection

LEAST = 2  # elements of a factor that stay in any case
LEAST_SHARE = 0.1
SCORES = ("taylor", "magnitude")


def prune(
    model: Any,
    data: Any,
    *,
    validation: Any = None,
    multiply_adds: float = 0.5,
    score: str = "taylor",
    epochs: int = 3,
    batch_size: int = 32,
    rounds: int = 1,
    multiple_of: int = 4,
    tolerance: float = 0.01,
    seed: int | None = 0,
    verbose: int = 0,
    compile: Compile = None,
) -> Improved:
    """Remove units, channels and heads until this share of the multiply-adds is left.

    `data`: (x, y), for the scores and for training afterwards, `epochs` with the model's own
    `compile`, after each of `rounds`. `validation`: (x, y) to measure on, by default `data`.
    `score`: "taylor", the change of the loss to first order, or "magnitude" of the parameters.
    `multiple_of`: sizes that are kept are multiples of it where they can be, because kernels are
    slower with odd ones. The pruned model is kept if the first metric is at most `tolerance` worse
    and it is measured faster. `compile`: the arguments of `compile`, for a model of a framework.
    """
    check_numbers(
        "prune", multiply_adds=multiply_adds, epochs=epochs, batch_size=batch_size, rounds=rounds,
        multiple_of=multiple_of, tolerance=tolerance,
    )  # fmt: skip
    examples = examples_of("prune", "data", data, True)
    held = examples if validation is None else examples_of("prune", "validation", validation, True)
    if score not in SCORES:
        raise ArgumentError("prune", "score", score, f"one of {', '.join(SCORES)}")
    subject = taken_over("prune", model, compile, examples, compiled=True)
    model = subject.model
    notes = [] if validation is not None else ["measured on the examples that it was trained on"]
    training = {"batch_size": batch_size, "epochs": epochs, "verbose": verbose, "seed": seed}
    changed = model.fresh_copy()
    whole = inspected(model).model.multiply_adds
    for number in range(rounds):
        target = whole * multiply_adds ** ((number + 1) / rounds)
        cut = Pruning(changed, examples, score, batch_size, multiple_of)
        smaller_model = cut.to(target)
        if smaller_model is None:
            reason = "nothing can be removed"
            return unchanged("prune", subject, held, reason, [*notes, *cut.notes])
        changed = smaller_model
        notes += cut.notes if number == rounds - 1 else []
        if epochs:
            changed.fit(examples.x, examples.y, **training)
    reached = inspected(changed).model.multiply_adds / whole
    if reached > multiply_adds * 1.02:
        notes.append(f"{reached:.2f} of the multiply-adds are left, since nothing else can go")
    return compared("prune", subject, changed, held, faster(tolerance), notes)


@dataclass(eq=False)
class Pruning:
    """One round: what can be removed from a model, in which order, and the model without it."""

    model: Any
    examples: Examples
    score: str
    batch_size: int
    multiple_of: int
    notes: list[str] = field(default_factory=list[str])
    refusals: dict[Factor, str] = field(default_factory=dict[Factor, str])

    def to(self, target: float) -> Any:
        """The model pruned to `target` multiply-adds; None if nothing can be removed."""
        found = inspected(self.model)
        dependencies = Dependencies(found)
        factors = self._candidates(found, dependencies)
        if not factors:
            return None
        scores = self._scores(dependencies, factors)
        while factors:
            kept = self._chosen(dependencies, {each: scores[each] for each in factors}, target)
            made, refusal = smaller(self.model, found, dependencies, kept)
            if refusal is None:
                self._describe(dependencies, kept)
                return made
            self._refuse(dependencies, refusal.factors, refusal.reason)
            factors = [each for each in factors if each not in self.refusals]
        return None

    def _candidates(self, found: Inspection, dependencies: Dependencies) -> list[Factor]:
        """The factors that elements can be removed from: each is tried with one element less."""
        multiplied = dict.fromkeys(
            leaf for product in dependencies.products for each in product.dimensions
            for leaf in leaves(each)
        )  # fmt: skip
        of_arrays = {
            leaf for dimensions in dependencies.arrays.values() for each in dimensions
            for leaf in leaves(each or ())
        }  # fmt: skip
        possible = [
            each for each in multiplied
            if each in of_arrays and not each.fixed and each.size > LEAST
        ]  # fmt: skip
        while possible:
            _, refusal = smaller(self.model, found, dependencies, _one_less(possible))
            if refusal is None:
                return possible
            alone = {
                each: smaller(self.model, found, dependencies, _one_less([each]))[1]
                for each in refusal.factors
            }
            refused = {each: why for each, why in alone.items() if why is not None}
            for each in refused or refusal.factors:  # or they cannot go together
                self._refuse(dependencies, [each], refused.get(each, refusal).reason)
            possible = [each for each in possible if each not in self.refusals]
        return possible

    def _refuse(self, dependencies: Dependencies, factors: Iterable[Factor], reason: str) -> None:
        for factor in factors:
            where = ", ".join(_paths(dependencies, factor)[:3])
            self.refusals[factor] = f"{where} keep their {factor.size} elements: {reason}"
            self.notes.append(self.refusals[factor])

    def _scores(self, dependencies: Dependencies, factors: list[Factor]) -> Scores:
        if self.score == "magnitude":
            return magnitude(self.model, dependencies, factors)
        copy = self.model.fresh_copy()  # whose arrays a step may take over
        found = taylor(copy, dependencies, factors, self.examples, self.batch_size)
        return {each: values / _saved(dependencies, each) for each, values in found.items()}

    def _chosen(self, dependencies: Dependencies, scores: Scores, target: float) -> Kept:
        """The best elements, as few as the multiply-adds allow."""
        orders = {factor: np.argsort(-values, kind="stable") for factor, values in scores.items()}
        everything = np.sort(np.concatenate(list(scores.values())))

        def at(threshold: float) -> dict[Factor, int]:
            return {
                factor: self._count(factor, int((values > threshold).sum()))
                for factor, values in scores.items()
            }

        def cost(sizes: Mapping[Factor, int]) -> int:
            return dependencies.multiply_adds(lambda factor: sizes.get(factor, factor.size))

        low, high = 0, len(everything) - 1
        while low < high:  # the lowest threshold that is high enough
            middle = (low + high) // 2
            if cost(at(everything[middle])) <= target:
                high = middle
            else:
                low = middle + 1
        sizes = at(everything[low])
        kept: dict[Factor, Any] = {}
        for factor, order in orders.items():
            if sizes[factor] < factor.size:
                chosen = np.zeros(factor.size, np.bool_)
                chosen[order[: sizes[factor]]] = True
                kept[factor] = chosen
        return kept

    def _count(self, factor: Factor, wanted: int) -> int:
        """How many elements of a factor stay, of those whose score is high enough."""
        least = max(LEAST, math.ceil(factor.size * LEAST_SHARE), wanted)
        return min(factor.size, math.ceil(least / self.multiple_of) * self.multiple_of)

    def _describe(self, dependencies: Dependencies, kept: Kept) -> None:
        for factor, chosen in kept.items():
            paths = _paths(dependencies, factor)
            more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
            self.notes.append(f"{factor.size} to {int(chosen.sum())}: {', '.join(paths[:3])}{more}")


def _paths(dependencies: Dependencies, factor: Factor) -> list[str]:
    """The arrays that a factor is in."""
    return [
        path for path, dimensions in dependencies.arrays.items()
        if any(factor in leaves(each or ()) for each in dimensions)
    ]  # fmt: skip


def _one_less(factors: Iterable[Factor]) -> Kept:
    return {factor: np.arange(factor.size) > 0 for factor in factors}


def _saved(dependencies: Dependencies, factor: Factor) -> float:
    """The multiply-adds that one element of a factor takes."""
    whole = dependencies.multiply_adds(lambda each: each.size)
    return max(1, whole - dependencies.multiply_adds(lambda each: each.size - (each is factor)))
