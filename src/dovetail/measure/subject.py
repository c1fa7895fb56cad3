"""What is measured: a function of arrays at several sizes, with its maths and reference values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.extension.base import Extension
from dovetail.extension.op import op
from dovetail.extension.pullback import vjp
from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import float32
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Array, Graph, Shape
from dovetail.language.trace import trace
from dovetail.language.tree import LEAF, flatten, unflatten
from dovetail.measure.costs import least_operations
from dovetail.verify.calls import Call
from dovetail.verify.sample import REJECTED, Sample, is_real, spec
from dovetail.verify.samples import COLUMNS, ROWS
from dovetail.verify.targets import target_of

Shapes = tuple[Shape, ...]  # of the arrays that are free, in order

SEED = 0
DIRECTIONS = ("forward", "forward and backward")
# (rows, columns) that take the place of those of the checker's samples.
SIZES = ((4, 16), (100, 1000), (4096, 1024))
FEW = ((4, 16), (100, 1000))
BATCHES = (1, 32, 1024)  # where only the first axis may vary


@dataclass(frozen=True)
class Problem:
    """One call: a function and its arguments, flattened. `label`: the size, for tables."""

    call: Call
    label: str

    @cached_property
    def arrays(self) -> list[Array]:
        """The arguments."""
        return [np.asarray(leaf, order="C") for leaf in self.call.sample.leaves]

    @property
    def elements(self) -> int:
        """Of the largest argument."""
        return max((array.size for array in self.arrays), default=0)

    @property
    def wrt(self) -> tuple[int, ...]:
        """The arguments that have a gradient."""
        return tuple(number for number, array in enumerate(self.arrays) if is_real(array))

    @cached_property
    def function(self) -> Any:
        """The function of the flat arguments: the extension itself where it takes them as such."""
        sample, extension = self.call.sample, self.call.function
        if not sample.settings and all(flatten(arg)[1] == LEAF for arg in sample.args):
            return extension
        structure, settings = flatten(sample.args)[1], dict(sample.settings)

        def flat(*arrays: Any) -> Any:
            return extension(*unflatten(structure, list(arrays)), **settings)

        return flat

    def outputs(self, *arrays: Any) -> list[Any]:
        """The outputs as a list."""
        return leaves_of(self.function(*arrays))

    @cached_property
    def graph(self) -> Graph:
        """The maths of the outputs."""
        return trace(self.outputs, [spec(array) for array in self.arrays]).graph

    @cached_property
    def cotangents(self) -> list[Array]:
        """A cotangent of each floating output."""
        rng = np.random.default_rng(SEED + 1)
        specs = [each for each in self.graph.output_specs if each.dtype.is_floating]
        return [np.asarray(rng.normal(size=s.shape)).astype(s.dtype.numpy) for s in specs]

    @cached_property
    def with_gradient(self) -> Any:
        """(*arrays, *cotangents) to the outputs and the gradients, as an op."""
        count, wrt, outputs = len(self.arrays), self.wrt, self.outputs

        def both(*given: Any) -> Any:
            arrays = list(given[:count])

            def real(*leaves: Any) -> Any:
                for number, leaf in zip(wrt, leaves, strict=True):
                    arrays[number] = leaf
                return [each for each in outputs(*arrays) if each.dtype.is_floating]

            _, pull = vjp(real, *(given[number] for number in wrt))
            return [*outputs(*given[:count]), *pull(list(given[count:]))]

        return op(both, name=f"{self.call.function.name}_with_gradient")

    @cached_property
    def joint_graph(self) -> Graph:
        """The maths of the outputs and gradients; inputs are the arrays, then the cotangents."""
        specs = [spec(array) for array in (*self.arrays, *self.cotangents)]
        return trace(self.with_gradient, specs).graph

    @property
    def has_gradient(self) -> bool:
        """Whether there is something to differentiate."""
        return bool(self.wrt) and bool(self.cotangents)

    @property
    def directions(self) -> tuple[str, ...]:
        """What is timed."""
        return DIRECTIONS if self.has_gradient else DIRECTIONS[:1]

    @property
    def given(self) -> tuple[Sample, str]:
        """What another process makes this of."""
        return self.call.sample, self.label

    def bytes(self, both: bool) -> int:
        """Every input read once and every output written once."""
        return least_bytes(self, both)

    def operations(self, both: bool) -> Mapping[str, int]:
        """The least ones of the maths."""
        return least_operations(self.joint_graph if both else self.graph)

    def reference(self, both: bool) -> list[Array]:
        """The outputs, and with `both` the gradients, by NumPy in float64."""
        if both:
            return evaluate(self.joint_graph, [*self.arrays, *self.cotangents])
        return evaluate(self.graph, self.arrays)


def problems_of(
    definition: Any, sizes: Sequence[Any] | None = None, quick: bool = False
) -> list[Problem]:
    """The calls of a definition to measure: at three sizes, or at those that are given.

    A size is a shape for all arrays that are no parameters, or a sequence of shapes, one for each.
    """
    call = _call_of(definition)
    if sizes is None:
        found = _default(definition, call, quick)
    else:
        found = [_problem(definition, call, _given(call, size)) for size in sizes]
    return list({problem.label: problem for problem in found}.values())


def function_of(definition: Any, sample: Sample) -> Extension:
    """The function that a call of a definition is of: of a layer, its program for these inputs."""
    if isinstance(definition, Extension):
        return definition
    inputs = sample.args[len(sample.fixed) :]
    return target_of(definition, np.random.default_rng(SEED), inputs).calls[0].function


def _call_of(definition: Any) -> Call:
    """The call that users make: of the checker's samples, the first; of a loss, its mean."""
    target = target_of(definition, np.random.default_rng(SEED))
    call = target.calls[0]
    sample = call.sample.cast(float32)
    if target.kind == "loss":
        settings = {k: v for k, v in sample.settings.items() if k != "reduction"}
        sample = Sample(sample.args, settings, sample.names, sample.label, sample.fixed)
    return Call(call.function, sample)


def _given(call: Call, size: Any) -> Shapes:
    """The shapes of the free arrays, from a size of the user."""
    free = [leaf for leaf, is_free in zip(call.sample.leaves, call.sample.free, strict=True)
            if is_free]  # fmt: skip
    parts = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if all(isinstance(part, int) for part in parts):
        return tuple(_alike(leaf.shape, free[0].shape, tuple(parts)) for leaf in free)
    shapes = tuple(tuple(part) for part in parts)
    if len(shapes) != len(free):
        raise ArgumentError(
            "dt.bench", "sizes", size, f"a shape, or {len(free)} shapes: one for each array"
        )
    return shapes


def _alike(shape: Shape, first: Shape, wanted: Shape) -> Shape:
    """The shape of an array where the first one gets another shape."""
    if len(shape) == len(first):
        pairs = zip(shape, first, wanted, strict=False)
        return tuple(new if old == old_first else old for old, old_first, new in pairs)
    extents = dict(zip(first, wanted, strict=False))
    return tuple(extents.get(extent, extent) for extent in shape)


def _default(definition: Any, call: Call, quick: bool) -> list[Problem]:
    """Three sizes: rows and columns, or only the first axis, or the sample's own."""
    sample = call.sample
    chosen = FEW if quick else SIZES
    candidates: list[list[Mapping[int, int]]] = [
        [{ROWS: rows, COLUMNS: columns} for rows, columns in chosen]
    ]
    first = next((leaf.shape[0] for leaf, free in zip(sample.leaves, sample.free, strict=True)
                  if free and leaf.ndim), 0)  # fmt: skip
    candidates.append([{first: batch} for batch in BATCHES[: len(chosen)]])
    for extents in candidates:
        try:
            found = [_problem(definition, call, _extended(sample, each)) for each in extents]
            for problem in found:
                _ = problem.graph
            return found
        except REJECTED:
            continue
    return [_problem(definition, call, _extended(sample, {}))]


def _extended(sample: Sample, extents: Mapping[int, int]) -> Shapes:
    """The shapes of the free arrays with other extents in place of some."""
    batch = len(extents) == 1
    return tuple(
        tuple(
            extents.get(extent, extent) if not batch or axis == 0 else extent
            for axis, extent in enumerate(leaf.shape)
        )
        for leaf, free in zip(sample.leaves, sample.free, strict=True)
        if free
    )


def _problem(definition: Any, call: Call, shapes: Shapes) -> Problem:
    """The call with arrays of these shapes, of values in the range of the sample.

    A layer that is not built yet is built for them.
    """
    rng = np.random.default_rng(SEED)
    left = iter(shapes)
    sample = call.sample.with_leaves([
        _filled(leaf, next(left), rng) if free else leaf
        for leaf, free in zip(call.sample.leaves, call.sample.free, strict=True)
    ])  # fmt: skip
    label = ", ".join(dict.fromkeys(" x ".join(f"{n:,}" for n in shape) or "1" for shape in shapes))
    if sample.fixed:
        inputs = sample.args[len(sample.fixed) :]
        made = target_of(definition, np.random.default_rng(SEED), inputs).calls[0]
        return Problem(made.with_sample(made.sample.cast(float32)), label)
    return Problem(Call(call.function, sample), label)


def _filled(leaf: Array, shape: Shape, rng: np.random.Generator) -> Array:
    if not leaf.size:
        return np.zeros(shape, leaf.dtype)
    if is_real(leaf):
        wide = leaf.astype(np.float64)
        low, high = float(wide.min()), float(wide.max())
        return np.asarray(rng.uniform(low, high, shape)).astype(leaf.dtype)
    return np.resize(rng.permutation(leaf.ravel()), shape).reshape(shape)


def least_bytes(problem: Problem, both: bool) -> int:
    """Every input read once and every output written once."""
    read = sum(array.nbytes for array in problem.arrays)
    written = sum(each.nbytes for each in problem.graph.output_specs)
    if both:
        read += sum(array.nbytes for array in problem.cotangents)
        written += sum(problem.arrays[number].nbytes for number in problem.wrt)
    return read + written
