"""Sample arguments from a signature and from the domains of the primitives.

Shapes: every argument is tried as a real array of a few shapes and as integers (integers first if
its name says labels or indices) until the definition can be traced. Values: ranges are tried, the
default one first and then those in the rows of the primitives, until the reference gives finite
numbers. `@ext.samples` overrides this.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dovetail.errors import CheckError, raised_at
from dovetail.extension.base import Extension
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Array, Shape
from dovetail.verify.reference import Reference
from dovetail.verify.sample import REJECTED, Sample, is_real

ROWS, COLUMNS = 6, 5  # distinct, so that the axes of a sample can be distinguished
LABELS = ("label", "target", "index", "indices", "class", "token")
ATTEMPTS = 400

Range = tuple[float, float]
RANGES: tuple[Range, ...] = ((-3.0, 3.0), (0.2, 3.0), (0.05, 0.95), (1.2, 3.0), (-0.9, 0.9))
FINITE_SHARE = 0.9  # of the outputs must be finite for a range to be used


@dataclass(frozen=True)
class ShapeTemplate:
    """The shape of one argument, and whether it holds integers below `bound`. `count`: a list."""

    shape: Shape
    bound: int | None = None
    count: int | None = None

    def with_columns(self, columns: int) -> ShapeTemplate:
        """The template with another number of columns."""
        shape = tuple(columns if extent == COLUMNS else extent for extent in self.shape)
        return replace(self, shape=shape)

    def draw(self, rng: np.random.Generator, values: Range) -> Any:
        """An argument of this shape."""
        if self.count is not None:
            return [
                ShapeTemplate(self.shape, self.bound).draw(rng, values) for _ in range(self.count)
            ]
        if self.bound is not None:
            return rng.integers(0, self.bound, self.shape)
        return rng.uniform(*values, self.shape)


_REAL = (
    *(
        ShapeTemplate(shape)
        for shape in (
            (ROWS, COLUMNS), (COLUMNS,), (COLUMNS, 4), (ROWS,), (4, ROWS, COLUMNS), (ROWS, ROWS),
            (2, 8, 6, 3), (), (4, 4, 4), (2, 5, 4, 6, 3),
        )
    ),
    ShapeTemplate((ROWS, COLUMNS), count=2),
)  # fmt: skip
_WHOLE = (ShapeTemplate((ROWS,), COLUMNS), ShapeTemplate((ROWS, COLUMNS), 2), ShapeTemplate((), 2))


def _templates(name: str, first: bool) -> tuple[ShapeTemplate, ...]:
    if not first and any(part in name.lower() for part in LABELS):
        return (*_WHOLE, *_REAL) if "target" not in name.lower() else (*_REAL, *_WHOLE)
    return (*_REAL, *_WHOLE)


def _in_order(options: Sequence[Sequence[ShapeTemplate]]) -> Iterator[tuple[ShapeTemplate, ...]]:
    """Every choice, the first options first."""
    choices = itertools.product(*(list(enumerate(shapes)) for shapes in options))
    ranked = sorted(choices, key=lambda choice: sum(rank for rank, _ in choice))
    for choice in ranked[:ATTEMPTS]:
        yield tuple(template for _, template in choice)


Make = Callable[[tuple[Any, ...]], Sample]
"""Makes a sample of the drawn arguments; a layer adds its parameters and states."""


def declared(extension: Extension, make: Make, rng: np.random.Generator) -> list[Sample]:
    """The samples of `@ext.samples`: one tuple of arguments (then a dict of settings), or many."""
    assert extension.example is not None
    given = extension.example(rng)
    many: Sequence[Any] = given if isinstance(given, list) else [given]
    found: list[Sample] = []
    for one in many:
        args = tuple(one) if isinstance(one, tuple) else (one,)
        settings: Mapping[str, Any] = {}
        if args and isinstance(args[-1], dict) and len(args) > len(extension.signature.array_names):
            *rest, settings = args
            args = tuple(rest)
        try:
            drawn = make(args)
        except REJECTED as reason:
            raise _unusable(extension, one, reason) from None
        sample = Sample(drawn.args, dict(settings), drawn.names, "declared", drawn.fixed)
        found.append(sample.cast(float64))
    if not found:
        raise _unusable(extension, given, ValueError("no arguments at all"))
    for sample in found:
        try:
            reference = Reference(extension, sample)
            outputs = reference(sample.leaves)
        except REJECTED as reason:
            raise _unusable(extension, sample.args, reason) from None
        real = [out for out in outputs if is_wide_real(out) and out.size]
        if real and not any(np.isfinite(out).any() for out in real):
            raise no_sample(
                extension.name,
                "every output of the declared samples is NaN or infinite",
                extension.location,
            )
    return found


def is_wide_real(array: Array) -> bool:
    """Whether an output of the reference is real."""
    return array.dtype.kind == "f"


def generated(
    name: str,
    location: str | None,
    arguments: Sequence[str],
    function_of: Callable[[Sample], Callable[..., Any]],
    make: Make,
    rng: np.random.Generator,
    extents: Sequence[int] = (),
) -> Sample:
    """A sample that the definition accepts and that gives finite numbers.

    `extents`: sizes that a built layer requires.
    """
    reason: Exception | str = "it takes no arrays"
    shaped = False
    options = [_templates(each, i == 0) for i, each in enumerate(arguments)]
    choices = (
        tuple(each.with_columns(columns) for each in templates)
        for columns in (COLUMNS, *extents)
        for templates in _in_order(options)
    )
    for templates in choices:
        try:
            sample = make(tuple(each.draw(rng, RANGES[0]) for each in templates))
            reference = Reference(function_of(sample), sample)
        except REJECTED as error:
            reason = error if not shaped else reason
            continue
        shaped = True
        try:
            found = _with_values(templates, make, reference, rng)
        except REJECTED as error:
            reason = error
            continue
        if found is not None:
            return found
        reason = "every output is NaN or infinite in all ranges that were tried"
    raise no_sample(name, reason, location)


def _with_values(
    templates: Sequence[ShapeTemplate], make: Make, reference: Reference, rng: np.random.Generator
) -> Sample | None:
    """The sample with values in ranges for which most outputs are finite."""
    best: tuple[float, Sample] | None = None
    named = [tuple(dict.fromkeys((*_ranges_of(reference), *RANGES)))] * len(templates)
    options = [ranges if each.bound is None else RANGES[:1] for each, ranges in
               zip(templates, named, strict=True)]  # fmt: skip
    choices = sorted(
        itertools.product(*(list(enumerate(ranges)) for ranges in options)),
        key=lambda choice: sum(rank for rank, _ in choice),
    )
    for choice in choices[:100]:
        drawn = [
            each.draw(rng, values) for each, (_, values) in zip(templates, choice, strict=True)
        ]
        sample = make(tuple(drawn))
        share = finite_share(reference(sample.leaves))
        if best is None or share > best[0] + 0.05:
            best = share, sample
        if share >= FINITE_SHARE:
            return sample
    return best[1] if best is not None and best[0] > 0 else None


def finite_share(outputs: Sequence[Array]) -> float:
    """The share of the real outputs that is finite."""
    real = [out for out in outputs if is_wide_real(out)]
    if not real:
        return 1.0
    return min(float(np.isfinite(out).mean()) if out.size else 0.0 for out in real)


def _ranges_of(reference: Reference) -> list[Range]:
    """The domains of the primitives that read an input directly."""
    inputs = set(reference.graph.inputs)
    found = [
        node.primitive.samples
        for node in reference.order
        if any(_source(arg) in inputs for arg in node.args) and node.primitive.domain is not None
    ]
    return [RANGES[0], *found]


def _source(node: Any) -> Any:
    """The node whose elements views and casts copy."""
    while node.primitive.view or node.op == "cast":
        node = node.args[0]
    return node


def points(sample: Sample, reference: Reference, count: int, rng: np.random.Generator) -> Sample:
    """Many points for a pointwise function, in the range of the sample and beyond it.

    Points at which the function is not defined are left out.
    """

    def scattered(array: Array) -> Array:
        low, high = float(array.min()), float(array.max())
        near = rng.uniform(low, high, count // 2)
        far = 10.0 ** rng.uniform(-6, 2, count - count // 2)
        sign = rng.choice([-1.0, 1.0] if low < 0 else [1.0], far.shape)
        return np.concatenate([near, far * sign])

    wide = sample.filled(
        [scattered(a) if is_real(a) else rng.choice(a.ravel(), count) for a in sample.leaves]
    )
    outputs = Reference(reference.function, wide)(wide.leaves)
    defined = np.ones(count, bool)
    for out in outputs:
        defined &= np.isfinite(out).reshape(-1) if is_wide_real(out) else True
    return wide.map(lambda array: array[defined])


def no_sample(name: str, reason: Exception | str, location: str | None) -> CheckError:
    """The error for a definition that no sample reaches: nothing can be said about it."""
    why = str(reason).splitlines()[0] if str(reason) else type(reason).__name__
    if isinstance(reason, Exception):
        why += _where(reason)
    return CheckError(
        f"dt.check found no arguments that {name} gives finite numbers for: {why}",
        "a definition that some sample reaches",
        f"declare some: @{name}.samples on a function (rng) -> (array, ...); for a layer with "
        f"required fields, check an instance of it",
        location,
    )


def _where(reason: Exception) -> str:
    """Where an error was raised in the user's code."""
    where = getattr(reason, "location", None)
    return f", at {where}" if where else raised_at(reason)


def _unusable(extension: Extension, given: object, reason: Exception) -> CheckError:
    return CheckError(
        f"the samples of {extension.name} cannot be passed to it: {type(given).__name__} "
        f"{given!r:.120}\n  {type(reason).__name__}: {reason}{_where(reason)}",
        "a function (rng) that returns a tuple with one array for each array argument (and a dict "
        "of settings last, if any), or a list of such tuples",
        location=extension.location,
    )
