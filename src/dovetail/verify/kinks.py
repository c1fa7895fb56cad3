"""Where no derivative exists, the stated convention decides; and declared derivatives.

relu'(0) = 0, |x|'(0) = 0, ties of maximum and of max share, clip passes on its closed
interval. The rows of the primitives state it; here their derivative is taken of the graph
as it was traced, and evaluated by the reference.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dovetail.extension.base import Extension
from dovetail.graph.dtypes import DType, float32, float64
from dovetail.graph.node import Graph
from dovetail.graph.primitives.declared import hold_constant
from dovetail.graph.primitives.row import constant
from dovetail.transform.derivative import vjp
from dovetail.verify.compare import expectations
from dovetail.verify.context import Context, is_unary
from dovetail.verify.gradients import Differentiated
from dovetail.verify.programs import Call, run
from dovetail.verify.reference import Reference
from dovetail.verify.sample import Array, is_real
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed

ROUND = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0)
CLOSE = {"float32": 1e-4, "float64": 1e-9}


def derivative(call: Call) -> Reference:
    """The reference of the gradient of the sum of the outputs, by the rows' own derivatives."""
    traced = Reference(call.function, call.sample)
    outputs = traced.graph.outputs
    # Held constant, so that no rule sees their value: `vjp` gets them as arrays.
    ones = [
        hold_constant(constant(1.0, n.shape, n.dtype)) if n.dtype.is_floating else None
        for n in outputs
    ]
    traced.use(Graph(traced.graph.inputs, tuple(vjp(outputs, traced.graph.inputs, ones))))
    return traced


def edges(call: Call, dtype: DType) -> Array:
    """Both sides of every place where a function of one array changes its branch."""
    steps = np.concatenate([np.linspace(-8, 8, 257), np.array([-100.0, 100.0])])
    grid = np.sort(steps).astype(dtype.numpy)

    def signature(x: Array) -> Array:
        there = call.sample.filled([x])
        reference = Reference(call.function, there)
        found = reference.branches(reference.values(there.leaves))
        shape = there.leaves[0].shape
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
    """Calls whose arguments lie on kinks."""
    for call in context.subject.calls:
        sample = call.sample.cast(dtype)
        if not any(map(is_real, sample.leaves)):
            continue
        if is_unary(call):
            found = [edges(call, dtype), np.array(ROUND, dtype.numpy)]
            yield call.with_sample(sample.filled([np.concatenate(found)]))
            continue
        # Round numbers, of which many are equal to one another and to usual thresholds.
        free = sample.free
        leaves = [
            np.round(leaf.astype(np.float64)).astype(leaf.dtype) if is_real(leaf) and may else leaf
            for leaf, may in zip(sample.leaves, free, strict=True)
        ]
        yield call.with_sample(sample.with_leaves(leaves))


def kinks(context: Context) -> Verdict:
    """The gradient at kinks and ties is the one that the convention states."""
    count = 0
    for dtype in (float64, float32):
        for call in _calls(context, dtype):
            reference = derivative(call)
            wanted = expectations(
                reference, call.sample.leaves, context.budget.disturbances, context.rng()
            )
            own = reference.plain(call.sample.leaves)
            ones = call.cotangents(context.rng(), ones=True)
            got = run(context.host, call.vjp, (call.sample.args, ones))
            for leaf, (mine, want, rounded) in enumerate(zip(got, wanted, own, strict=True)):
                if not is_real(mine):
                    continue
                truth = want.value
                with np.errstate(all="ignore"):
                    scale = np.max(np.abs(np.where(np.isfinite(truth), truth, 0)), initial=1e-3)
                    limit = CLOSE[dtype.name] * np.maximum(np.abs(truth), scale) + want.tolerance
                    wrong = np.isfinite(truth) & ~(np.abs(mine - truth) <= limit)
                    # Where rounding decides on the branch, the branch of rounded arithmetic is
                    # right, too; where the threshold is met exactly, both are the same.
                    wrong &= ~(np.abs(mine - rounded) <= limit)
                count += mine.size
                if wrong.any():
                    index = tuple(int(i) for i in np.argwhere(wrong)[0])
                    return _wrong(call, leaf, index, truth, mine)
    if not count:
        return not_applicable("no real arguments")
    return passed(f"{count} gradients at kinks, ties and round numbers follow the convention")


def _wrong(call: Call, leaf: int, index: tuple[int, ...], truth: Array, mine: Array) -> Verdict:
    sample, path = call.sample, call.sample.paths[leaf]
    place = float(sample.leaves[leaf][index])
    if is_unary(call):
        sample, index_ = sample.at(index), (0,) * len(index)
    else:
        index_ = index
    return failed(
        f"the gradient at {path} = {place:.9g} is {float(mine[index]):.9g}, where the convention "
        f"has {float(truth[index]):.9g}",
        "relu'(0) = 0, |x|'(0) = 0, ties share, clip passes on its closed interval: in a declared "
        "vjp, choose the side with < or <= accordingly",
        call.with_sample(sample).case(
            float(truth[index]), float(mine[index]), index_, " [gradient]"
        ),
    )


def declared(context: Context) -> Verdict:
    """The derivative that the author declares against the derived one."""
    definition = context.subject.definition
    rule = definition.rule if isinstance(definition, Extension) else None
    if rule is None:
        return not_applicable("no derivative is declared")
    twin = type(definition)(definition.definition, name=definition.name)
    worst = 0.0
    for call in context.subject.calls:
        each = Differentiated(context, call)
        without = Call(twin, each.call.sample)
        mine = run(context.host, each.call.vjp, (each.call.sample.args, each.weights))
        derived = run(context.host, without.vjp, (each.call.sample.args, each.weights))
        for path, one, two in zip(each.call.sample.paths, mine, derived, strict=True):
            if not is_real(one) or not one.size:
                continue
            off = np.abs(one - two)
            scale = float(np.nanmax(np.abs(two), initial=1e-30))
            worst = max(worst, float(np.nanmax(off, initial=0.0)) / scale)
            wrong = ~(off <= 1e-7 * np.abs(two) + 1e-10 * scale) & np.isfinite(two)
            if wrong.any() and not rule.surrogate:
                index = tuple(int(i) for i in np.argwhere(wrong)[0])
                sample = each.call.sample
                if each.differences.pointwise:
                    sample = sample.at(index)
                return failed(
                    f"the declared derivative with respect to {path} is {float(one[index]):.9g}, "
                    f"the derived one {float(two[index]):.9g}",
                    f"correct @{definition.name}.vjp, or leave it out: the derived one is right; "
                    f"if the difference is meant, declare @{definition.name}.vjp(surrogate=True)",
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
