"""A step of an optimizer as what is measured: parameters of a network, and one step over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, UnsupportedError
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.values import leaves_of
from dovetail.graph.node import Array, Shape
from dovetail.hosts.own_functions import Call as Timed
from dovetail.hosts.own_optimizers import Make
from dovetail.language.trace import trace
from dovetail.language.tree import flatten, unflatten
from dovetail.measure.agreement import error_of
from dovetail.measure.columns import HostColumns
from dovetail.measure.costs import least_operations
from dovetail.measure.loading import Source
from dovetail.verify.optimizers import Rule
from dovetail.verify.sample import spec

Shapes = tuple[Shape, ...]

COMPARED = 3  # steps before the first one that is timed
# A small network, one large array, and many small ones.
NETWORK: Shapes = ((784, 64), (64,), (64, 64), (64,), (64, 10), (10,))
SIZES: tuple[Shapes, ...] = (NETWORK, ((1_000_000,),), ((64,), (16, 16)) * 50)


@dataclass(frozen=True)
class StepProblem:
    """Parameters and gradients of these shapes, in float32."""

    optimizer: Optimizer
    shapes: Shapes

    directions = ("step",)

    @property
    def label(self) -> str:
        """The size, for tables."""
        count = len(self.shapes)
        return f"{self.elements:,} in {count} array{'s' if count > 1 else ''}"

    @property
    def elements(self) -> int:
        """Of all parameters."""
        return sum(map(prod, self.shapes))

    @property
    def given(self) -> tuple[Shapes, str]:
        """What another process makes this of."""
        return self.shapes, self.label

    def arrays(self) -> tuple[list[Array], list[Array]]:
        """The parameters and their gradients, the same in every process."""
        rng = np.random.default_rng(0)
        params = [rng.normal(size=shape).astype(np.float32) for shape in self.shapes]
        grads = [0.1 * rng.normal(size=shape).astype(np.float32) for shape in self.shapes]
        return params, grads

    @staticmethod
    def _named(arrays: Sequence[Array], dtype: Any) -> dict[str, Array]:
        return {str(number): np.asarray(each, dtype) for number, each in enumerate(arrays)}

    def reference(self, both: bool) -> list[Array]:
        """The parameters after some steps, by the rule's maths in wide arithmetic."""
        params, grads = (self._named(arrays, np.float64) for arrays in self.arrays())
        rule = Rule(self.optimizer, params)
        for number in range(1, COMPARED + 1):
            params = rule.step(params, grads, number)
        return [np.asarray(each, np.float64) for each in params.values()]

    @cached_property
    def _states(self) -> list[Array]:
        state = self.optimizer.init(self.arrays()[0])
        return [np.asarray(leaf) for leaf in leaves_of(state)]

    def bytes(self, both: bool) -> int:
        """Parameters, gradients and states read once; parameters and states written once."""
        return 3 * 4 * self.elements + 2 * sum(each.nbytes for each in self._states if each.ndim)

    def operations(self, both: bool) -> Mapping[str, int]:
        """Those of the traced update."""
        optimizer = self.optimizer
        params, grads = (self._named(arrays, np.float32) for arrays in self.arrays())
        state = {name: v for name, v in optimizer.init(params).items() if name != "step"}
        rule: Any = optimizer.pure_update
        hyper = optimizer.hyper(1)
        leaves, structure = flatten((params, grads, state))

        def update(*given: Any) -> Any:
            return leaves_of(rule(*unflatten(structure, list(given)), 1.0, hyper))

        return least_operations(trace(update, [spec(np.asarray(leaf)) for _, leaf in leaves]).graph)


def step_problems(
    definition: Any, sizes: Sequence[Any] | None = None, quick: bool = False
) -> list[StepProblem]:
    """A network, a large array and many small ones, or the sizes given: shapes of parameters."""
    optimizer = made(definition)
    if optimizer.asks:
        raise UnsupportedError(
            f"dt.bench was given the optimizer {optimizer.name}",
            "a rule that needs the gradients alone; this one looks at the loss again",
            "measure its step with a model: dovetail choose FILE.py::model",
        )
    chosen = [_shapes(size) for size in sizes] if sizes is not None else SIZES[: 2 if quick else 3]
    return [StepProblem(optimizer, shapes) for shapes in chosen]


def is_optimizer(definition: Any) -> bool:
    """Whether a definition is an optimizer, or a class of them."""
    kind = definition if isinstance(definition, type) else type(definition)
    return issubclass(kind, Optimizer)


def made(definition: Any) -> Optimizer:
    """The optimizer, of a class the one without arguments."""
    return definition() if isinstance(definition, type) else definition


def _shapes(size: Any) -> Shapes:
    parts = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    try:
        if all(isinstance(part, int) for part in parts):
            return (parts,)
        return tuple(tuple(int(extent) for extent in part) for part in parts)
    except (TypeError, ValueError):
        expected = "shapes of parameters, such as ((784, 64), (64,))"
        raise ArgumentError("dt.bench", "sizes", size, expected) from None


class StepColumns(HostColumns):
    """One host, and its ways to make a step."""

    def __init__(
        self, host: str, source: Source, samples: Sequence[tuple[Shapes, str]], threads: int
    ) -> None:
        super().__init__(host)
        own = self.host.own_functions()
        if own is not None:
            own.set_threads(threads)
        optimizer = made(source.load())
        self.problems = [StepProblem(optimizer, shapes) for shapes, _ in samples]
        self.makers: Mapping[str, Make] = {} if own is None else own.steps(optimizer)

    def names(self) -> list[str]:
        """The columns of this host."""
        return list(self.makers)

    def made(self, problem: StepProblem, both: bool, column: str) -> Timed:
        """The step of a column."""
        return self.makers[column](*problem.arrays()).call

    def prepare(self, number: int, both: bool, column: str, reference: str) -> float:
        """Make the step of a column ready, and return how far some steps are off."""
        stepped = self.makers[column](*self.problems[number].arrays())
        for _ in range(COMPARED):
            stepped.call()
        with np.load(Path(reference)) as known:
            error = error_of(stepped.values(), [known[name] for name in known.files])
        self.calls[column] = stepped.call
        return error
