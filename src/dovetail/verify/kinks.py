"""Derivatives at kinks, and declared derivatives.

The convention at kinks: relu'(0) = 0, |x|'(0) = 0, ties of maximum and of max share the cotangent,
clip passes it on its closed interval. The rows of the primitives state it; the expected value is
their derivative of the traced graph, evaluated by the reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import numpy as np

from dovetail.extension.base import Extension
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.graph.node import Array, Graph
from dovetail.graph.primitives.declared import hold_constant
from dovetail.graph.primitives.row import constant
from dovetail.transform.derivative import vjp
from dovetail.verify.calls import Call, run
from dovetail.verify.compare import expectations, first_index
from dovetail.verify.context import Context, is_unary
from dovetail.verify.gradients import Differentiated
from dovetail.verify.reference import Reference
from dovetail.verify.sample import is_real
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed

ROUND_NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0)
TOLERANCE = {"float32": 1e-4, "float64": 1e-9}


def derivative(call: Call) -> Reference:
    """The reference of the gradient of the sum of the outputs, by the derivatives of the rows."""
    traced = Reference(call.function, call.sample)
    outputs = traced.graph.outputs
    # Held constant, so that no rule sees their values.
    ones = [
        hold_constant(constant(1.0, n.shape, n.dtype)) if n.dtype.is_floating else None
        for n in outputs
    ]
    traced.use(Graph(traced.graph.inputs, tuple(vjp(outputs, traced.graph.inputs, ones))))
    return traced


def edges(call: Call, dtype: DType) -> Array:
    """The numbers on both sides of every branch of a function of one array."""
    steps = np.concatenate([np.linspace(-8, 8, 257), np.array([-100.0, 100.0])])
    grid = np.sort(steps).astype(dtype.numpy)

    def signature(x: Array) -> Array:
        sample = call.sample.filled([x])
        reference = Reference(call.function, sample)
        found = reference.branches(reference.values(sample.leaves))
        shape = sample.leaves[0].shape
        wide = [np.broadcast_to(np.asarray(b, np.float64), shape).ravel() for b in found]
        return np.stack(wide, axis=-1) if wide else np.zeros((*x.shape, 0))

    left, right = grid[:-1].copy(), grid[1:].copy()
    marks = signature(grid)
    changes = np.any(marks[:-1] != marks[1:], axis=-1)
    left, right, at = left[changes], right[changes], marks[:-1][changes]
    for _ in range(70 if dtype is float64 else 40):
        middle = (left + (right - left) / 2).astype(dtype.numpy)
        if not left.size:
            break
        same = np.all(signature(middle) == at, axis=-1)
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    return np.concatenate([left, right])


def _calls(context: Context, dtype: DType) -> Iterator[Call]:
    for call in context.target.calls:
        sample = call.sample.cast(dtype)
        if not any(map(is_real, sample.leaves)):
            continue
        if is_unary(call):
            found = [edges(call, dtype), np.array(ROUND_NUMBERS, dtype.numpy)]
            yield call.with_sample(sample.filled([np.concatenate(found)]))
            continue
        # Many round numbers are equal to one another and to usual thresholds.
        rounded = sample.map_free(lambda a: np.round(a.astype(np.float64)).astype(a.dtype), True)
        yield call.with_sample(rounded)


def kinks(context: Context) -> Verdict:
    """The gradient at kinks and ties follows the convention."""
    count = 0
    for dtype in (float64, float32):
        for call in _calls(context, dtype):
            reference = derivative(call)
            expected = expectations(
                reference, call.sample.leaves, context.budget.perturbations, context.rng()
            )
            plain = reference.plain(call.sample.leaves)
            ones = call.cotangents(context.rng(), ones=True)
            got = run(context.host, call.vjp, (call.sample.args, ones))
            for leaf, (value, want, rounded) in enumerate(zip(got, expected, plain, strict=True)):
                if not is_real(value):
                    continue
                truth = want.value
                with np.errstate(all="ignore"):
                    scale = np.max(np.abs(np.where(np.isfinite(truth), truth, 0)), initial=1e-3)
                    limit = (
                        TOLERANCE[dtype.name] * np.maximum(np.abs(truth), scale) + want.tolerance
                    )
                    wrong = np.isfinite(truth) & ~(np.abs(value - truth) <= limit)
                    # Rounding may select the branch; then the branch of rounded arithmetic is right
                    # too. Exactly at the threshold both are the same.
                    wrong &= ~(np.abs(value - rounded) <= limit)
                count += value.size
                if wrong.any():
                    _fail(call, leaf, first_index(wrong), truth, value)
    if not count:
        return not_applicable("no real arguments")
    return passed(f"{count} gradients at kinks, ties and round numbers follow the convention")


def _fail(call: Call, leaf: int, index: tuple[int, ...], truth: Array, got: Array) -> NoReturn:
    sample, path = call.sample, call.sample.paths[leaf]
    point, expected, value = (float(a[index]) for a in (sample.leaves[leaf], truth, got))
    if is_unary(call):
        sample, index = sample.at(index), (0,) * len(index)
    fail(
        f"the gradient at {path} = {point:.9g} is {value:.9g}; the convention is {expected:.9g}",
        "relu'(0) = 0, |x|'(0) = 0, ties share, clip passes on its closed interval: in a declared "
        "vjp, choose the side with < or <= accordingly",
        call.with_sample(sample).case(expected, value, index, " [gradient]"),
    )


def declared(context: Context) -> Verdict:
    """The declared derivative against the derived one."""
    definition = context.target.definition
    rule = definition.rule if isinstance(definition, Extension) else None
    if rule is None:
        return not_applicable("no derivative is declared")
    undeclared = type(definition)(definition.definition, name=definition.name)
    worst = 0.0
    for call in context.target.calls:
        each = Differentiated(context, call)
        without = Call(undeclared, each.call.sample)
        derived = run(context.host, without.vjp, (each.call.sample.args, each.weights))
        for path, one, two in zip(each.call.sample.paths, each.cotangents, derived, strict=True):
            if not is_real(one) or not one.size:
                continue
            off = np.abs(one - two)
            scale = float(np.nanmax(np.abs(two), initial=1e-30))
            worst = max(worst, float(np.nanmax(off, initial=0.0)) / scale)
            wrong = ~(off <= 1e-7 * np.abs(two) + 1e-10 * scale) & np.isfinite(two)
            if wrong.any() and not rule.surrogate:
                index = first_index(wrong)
                sample = each.call.sample
                if each.differences.pointwise:
                    sample = sample.at(index)
                fail(
                    f"the declared derivative with respect to {path} is {float(one[index]):.9g}, "
                    f"the derived one {float(two[index]):.9g}",
                    f"correct @{definition.name}.vjp, or remove it: the derived one is right; if "
                    f"it differs on purpose, declare @{definition.name}.vjp(surrogate=True)",
                    each.call.with_sample(sample).case(
                        float(two[index]), float(one[index]), index, " [gradient]"
                    ),
                )
    if rule.surrogate:
        return passed(
            f"a surrogate is declared: it differs from the derivative of the maths by up to "
            f"{worst:.3g} of the largest, on purpose", "", surrogate=True,
        )  # fmt: skip
    return passed("the declared derivative is the derived one", "", **{"worst error": worst})
