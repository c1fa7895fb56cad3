"""Overflow of intermediate results, and propagation of NaN and infinity."""

from __future__ import annotations

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.graph.node import Array
from dovetail.verify.calls import Call
from dovetail.verify.compare import Comparison, compare, expectations, first_index
from dovetail.verify.context import Context, is_unary
from dovetail.verify.reference import LARGEST, WIDE
from dovetail.verify.sample import Sample, is_real
from dovetail.verify.shrink import shrink
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed

ORDINARY = 1e4  # a definition has to be finite for arguments up to this magnitude
SCALES = (1.0, 10.0, 40.0, 100.0, 300.0, 1e3, 3e3, 1e4, 1e6, 1e9, 1e15, 1e19, 1e30)
_EXPONENTIAL = "dt.softplus, logsumexp, softmax, sigmoid and expm1 stay finite"
STABLE = {  # what to write instead, by the primitive that overflows
    "exp": _EXPONENTIAL,
    "exp2": _EXPONENTIAL,
    "expm1": _EXPONENTIAL,
    "sinh": _EXPONENTIAL,
    "cosh": _EXPONENTIAL,
    "log": "dt.log1p, log_softmax and logsumexp stay finite",
    "divide": "rewrite the quotient so that numerator and denominator cannot both overflow",
    "multiply": "divide by the largest element first, as dt.hypot and the norms do",
}  # fmt: skip


def envelope(context: Context) -> Verdict:
    """The result must be finite where float32 can hold the value of the maths."""
    reach = np.inf
    for call in context.target.calls:
        reach = min(reach, _unary(context, call) if is_unary(call) else _scaled(context, call))
    if not context.target.calls:
        return not_applicable("no calls")
    if np.isinf(reach):
        return passed("finite wherever the maths is, over the range of float32")
    return passed(f"finite at least to |x| = {reach:.6g}", "", **{"finite to": float(reach)})


def _lost(got: Array, value: Array) -> Array:
    """Where a number that float32 can hold has become infinite or NaN."""
    limit = WIDE(LARGEST["float32"])
    with np.errstate(all="ignore"):
        return np.isfinite(value) & (np.abs(value) < limit * (1 - 1e-6)) & ~np.isfinite(got)


def _grid() -> Array:
    steps = np.unique(np.float32(10.0 ** np.linspace(-38, 38.5, 900)))
    return np.concatenate([-steps[::-1], np.zeros(1, np.float32), steps]).astype(np.float32)


def _unary(context: Context, call: Call) -> float:
    """Evaluate a grid over all of float32, then bisect to the first number that is lost."""

    def lost(points: Array) -> tuple[Array, Array, Array]:
        variant = call.with_sample(call.sample.filled([points]))
        (got,), (value,) = variant.on(context.host), variant.reference(variant.sample.leaves)
        return _lost(np.asarray(got), value), np.asarray(got), value

    grid = _grid()
    missing = lost(grid)[0].ravel()
    if not missing.any():
        return np.inf
    at = int(np.flatnonzero(missing)[np.abs(grid[missing]).argmin()])
    side = np.sign(grid[at])
    outer = float(abs(grid[at]))
    inner = max((float(abs(x)) for x in grid[~missing & (np.sign(grid) == side)]
                 if abs(x) < outer), default=0.0)  # fmt: skip
    for _ in range(40):
        middle = np.float32(inner + (outer - inner) / 2)
        if float(middle) in (inner, outer):
            break
        if lost(np.array([side * middle], np.float32))[0].all():
            outer = float(middle)
        else:
            inner = float(middle)
    if outer > ORDINARY:
        return inner
    where = np.array([side * outer], np.float32)
    _, got, value = lost(where)
    index = (0,) * got.ndim
    example = call.with_sample(call.sample.filled([where])).case(value[index], got[index], index)
    name = call.sample.paths[0]
    text = (
        f"finite to {name} = {side * inner:.6g}; then {float(got[index])}, "
        f"expected {float(value[index]):.6g}"
    )
    fail(text, _advice(call), example, **{"finite to": float(side * inner)})


def _scaled(context: Context, call: Call) -> float:
    """Evaluate the sample times growing numbers; parameters are not scaled."""
    reach = np.inf
    for scale in SCALES:
        sample = call.sample.scaled(scale)
        variant = call.with_sample(sample)
        outputs, values = variant.on(context.host), variant.reference(sample.leaves)
        for number, (got, value) in enumerate(zip(outputs, values, strict=True)):
            if value.dtype.kind != "f" or not _lost(np.asarray(got), value).any():
                continue
            reach = largest(call.sample.scaled(scale / 10))
            if scale > ORDINARY:
                return reach

            def fails(other: Sample, number: int = number) -> bool:
                each = call.with_sample(other)
                value = each.reference(other.leaves)[number]
                return bool(_lost(np.asarray(each.on(context.host)[number]), value).any())

            small = shrink(sample, fails, context.budget.shrinking)
            last = call.with_sample(small)
            got, value = last.on(context.host)[number], last.reference(small.leaves)[number]
            index = first_index(_lost(np.asarray(got), value))
            text = (
                f"for arguments up to {largest(small):.6g} the result is {float(got[index])}, "
                f"expected {float(value[index]):.6g}"
            )
            fail(text, _advice(call), last.case(value[index], got[index], index))
    return reach


def largest(sample: Sample) -> float:
    """The largest magnitude among the free real arrays."""
    sizes = [
        float(np.abs(leaf.astype(np.float64)).max())
        for leaf, free in zip(sample.leaves, sample.free, strict=True)
        if free and is_real(leaf) and leaf.size
    ]
    return max(sizes, default=0.0)


def _advice(call: Call) -> str:
    """Advice for a stable formula, by the primitives of the graph."""
    names = {node.op for node in call.reference.order}
    raised = any(STABLE.get(name) is _EXPONENTIAL for name in names)
    if raised and names & {"log", "log1p"}:
        return "the exponential overflows before the logarithm: write softplus(x) or logsumexp(x)"
    for name, advice in STABLE.items():
        if name in names:
            return f"an intermediate of {name} overflows: {advice}"
    return "an intermediate overflows: scale the arguments down first, and the result up"


SPECIAL = (np.nan, np.inf, -np.inf)


def special(context: Context) -> Verdict:
    """NaN and infinity propagate as IEEE 754 says."""
    checked = 0
    for call in context.target.calls:
        for number, (leaf, path) in enumerate(
            zip(call.sample.leaves, call.sample.paths, strict=True)
        ):
            if not is_real(leaf) or not leaf.size:
                continue
            for value in SPECIAL:
                checked += 1
                _check_special(context, call, number, path, value)
    if not checked:
        return not_applicable("no real arguments")
    return passed(f"NaN and infinity propagate, in {checked} arguments")


def _check_special(context: Context, call: Call, number: int, path: str, value: float) -> None:
    sample = call.sample.cast(float32)
    leaf = np.array(sample.leaves[number])
    leaf.flat[leaf.size // 2] = value
    variant = call.with_sample(sample.with_leaf(number, leaf))
    for output, found in enumerate(_specials(context, variant)):
        if not found.wrong.any():
            continue

        def fails(sample: Sample, output: int = output) -> bool:
            return bool(_specials(context, call.with_sample(sample))[output].wrong.any())

        small = shrink(variant.sample, fails, context.budget.shrinking)
        last = call.with_sample(small)
        again = _specials(context, last)[output]
        index = first_index(again.wrong)
        right, got = float(again.expected.value[index]), again.got[index]
        fail(
            f"{path} = {value} gives {float(got):.6g}, but IEEE 754 requires {right:.6g}",
            "NaN and infinity have to propagate: `where(x > 0, x, 0)` drops NaN, "
            "`where(x <= 0, 0, x)` and dt.maximum keep it; do not clip infinity",
            last.case(right, got, index),
        )


def _specials(context: Context, call: Call) -> list[Comparison]:
    """Compare every output, but only elements that are or should be NaN or infinite."""
    expected = expectations(call.reference, call.sample.leaves, 1, context.rng())
    found: list[Comparison] = []
    for got, want in zip(call.on(context.host), expected, strict=True):
        each = compare(got, want)
        if want.exact:
            counts = np.zeros(each.wrong.shape, bool)
        else:
            with np.errstate(all="ignore"):
                gave = ~np.isfinite(np.asarray(got).astype(np.float64))
                lost = gave & np.isfinite(want.value) & (not call.reference.zero_products)
                counts = ~np.isfinite(want.value) | lost
                strict = np.isnan(want.value) & _no_infinity(call)
            counts = counts & (~np.isnan(want.value) | strict)
            each = Comparison((each.wrong | lost) & counts, each.error, each.toward, each.got, want)
        found.append(each)
    return found


def _no_infinity(call: Call) -> bool:
    """Whether no argument is infinite; NaN must then propagate."""
    return not any(np.isinf(a.astype(np.float64)).any() for a in call.sample.leaves if is_real(a))
