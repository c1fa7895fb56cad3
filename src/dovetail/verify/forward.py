"""Values against the reference: errors in ULP and signed bias."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

import numpy as np

from dovetail.graph.dtypes import DType, bfloat16, float16, float32
from dovetail.graph.node import Array
from dovetail.verify.calls import Call
from dovetail.verify.compare import Comparison, examined
from dovetail.verify.context import Context, is_unary
from dovetail.verify.reference import REFERENCE, is_wide
from dovetail.verify.sample import Sample
from dovetail.verify.samples import points
from dovetail.verify.shrink import shrink
from dovetail.verify.verdict import Figure, Verdict, fail, not_applicable, passed, skipped

LOSSY = 64.0  # ULP above which a report says that the definition loses digits
BIAS = {
    "float16": 0.1,
    "bfloat16": 0.1,
    "float32": 0.3,
    "float64": 0.3,
}  # mean error in ULP that fails
WELL_CONDITIONED = 16.0  # ULP of tolerance up to which a result is well conditioned
TINIEST = {"float16": 1e-3, "bfloat16": 1e-30, "float32": 1e-30, "float64": 1e-250}
MANY_VALUES = 60_000  # from which on FEWER_RUNS perturbed runs are enough
FEWER_RUNS = 9
ENOUGH = 64  # results for a meaningful average


def comparisons(context: Context, call: Call) -> list[Comparison]:
    """Every output of a call against the reference."""
    many = sum(leaf.size for leaf in call.sample.leaves) >= MANY_VALUES
    runs = min(context.budget.perturbations, FEWER_RUNS) if many else context.budget.perturbations
    got = call.on(context.host)
    return examined(call.reference, call.sample.leaves, got, runs, context.rng())


def sampled(context: Context, dtype: DType) -> Iterator[Call]:
    """The calls in a data type, with many points for a pointwise function."""
    for call in context.target.calls:
        sample = call.sample
        if call.reference.pointwise:
            sample = points(sample, call.reference, context.budget.points, context.rng())
        yield call.with_sample(sample.cast(dtype))


def values(dtype: DType) -> Callable[[Context], Verdict]:
    """The check of values in one data type."""

    def check(context: Context) -> Verdict:
        if is_wide(dtype):
            return skipped(f"the reference, {REFERENCE}, has no more digits than {dtype}")
        return compare_values(context, sampled(context, dtype), dtype)

    return check


def compare_values(context: Context, calls: Iterator[Call], dtype: DType) -> Verdict:
    """Compare the values of some calls with the reference."""
    seen: list[Comparison] = []
    where: list[tuple[Call, int]] = []
    for call in calls:
        for number, found in enumerate(comparisons(context, call)):
            seen.append(found)
            where.append((call, number))
            if found.wrong.any():
                _fail(context, call, number, found, dtype)
    figures = summary(seen)
    figures["reference"] = REFERENCE
    worst = figures.get("worst ULP")
    advice = ""
    if isinstance(worst, float) and worst > LOSSY:
        place = _worst_argument(seen, where)
        advice = (
            f"as accurate as this formula can be in {dtype}, but it cancels: {worst:.3g} ULP at "
            f"{place}; a formula without cancellation would be more accurate"
        )
    points_ = figures["points"]
    return passed(f"{dtype}: {points_} values as accurate as the formula allows", advice, **figures)


def summary(seen: Sequence[Comparison]) -> dict[str, Figure]:
    """Worst and mean ULP, and the signed bias, over many comparisons."""
    parts = [each.error[~np.isnan(each.error)].ravel() for each in seen]
    errors = np.concatenate(parts) if parts else np.zeros(0)
    figures: dict[str, Figure] = {"points": int(errors.size)}
    if errors.size:
        figures["worst ULP"] = float(np.abs(errors).max())
        figures["mean ULP"] = float(np.abs(errors).mean())
        signed, toward, count = biases(seen)
        if count:
            figures["bias ULP"] = signed
            figures["bias of magnitude ULP"] = toward
    return figures


def biases(seen: Sequence[Comparison]) -> tuple[float, float, int]:
    """(mean signed error, mean error of the magnitude, count) of well-conditioned results."""
    signed: list[Array] = []
    toward: list[Array] = []
    for each in seen:
        if each.expected.exact:
            continue
        fine = ~np.isnan(each.error) & _is_well_conditioned(each)
        signed.append(each.error[fine].ravel())
        toward.append(each.toward[fine].ravel())
    errors = np.concatenate(signed) if signed else np.zeros(0)
    if not errors.size:
        return 0.0, 0.0, 0
    return float(errors.mean()), float(np.concatenate(toward).mean()), int(errors.size)


def _is_well_conditioned(each: Comparison) -> Array:
    """Where a result is well conditioned and not 0 or near the subnormal numbers."""
    expected = each.expected
    size = np.abs(expected.value)
    normal = (size > TINIEST[expected.dtype.name]) & np.isfinite(size)
    return normal & (expected.tolerance <= WELL_CONDITIONED * expected.unit)


def _worst_argument(seen: Sequence[Comparison], where: Sequence[tuple[Call, int]]) -> str:
    sizes = [np.where(np.isnan(each.error), -1.0, np.abs(each.error)) for each in seen]
    best = max(range(len(seen)), key=lambda i: float(np.max(sizes[i], initial=-1.0)))
    index, (call, _) = seen[best].worst, where[best]
    if index is None:
        return "some point"
    return ", ".join(
        f"{name} = {float(leaf[index]):.6g}" if leaf.shape == seen[best].error.shape else name
        for name, leaf in call.sample.shown().items()
    )


def _fail(context: Context, call: Call, number: int, found: Comparison, dtype: DType) -> NoReturn:
    """The verdict for a wrong value, with a shrunk example."""

    def again(sample: Sample) -> Comparison:
        return comparisons(context, call.with_sample(sample))[number]

    sample = reduced(call, found)
    small = shrink(sample, lambda s: bool(again(s).wrong.any()), context.budget.shrinking)
    if not again(small).wrong.any():
        small = call.sample
    last = again(small)
    index = last.worst if last.worst is not None else found.worst
    if last.worst is None or not last.wrong.any():
        small, last = call.sample, found
    assert index is not None
    expected, got = last.expected.value[index], last.got[index]
    error = last.error[index]
    off = f"{abs(float(error)):.4g} ULP off" if not np.isnan(error) else "wrong"
    case = call.with_sample(small).case(expected, got, index)
    text = f"{dtype}: {_text(got)}, expected {_text(expected)}, {off}"
    figures: dict[str, Figure] = {"wrong values": int(found.wrong.sum()), "reference": REFERENCE}
    figures.update(summary([found]))
    remedy = (
        "the compiled result differs from the definition itself: please report it with this example"
    )
    fail(text, remedy, case, **figures)


def reduced(call: Call, found: Comparison) -> Sample:
    """The sample at the worst element only, for a pointwise call."""
    index = found.worst
    alike = all(leaf.shape == found.error.shape for leaf in call.sample.leaves)
    if index is None or not alike or not call.reference.pointwise:
        return call.sample
    return call.sample.at(index)


def _text(value: object) -> str:
    array = np.asarray(value)
    return str(array) if array.dtype.kind in "biu" else f"{float(array):.9g}"


def bias(context: Context) -> Verdict:
    """Whether errors have a mean: truncation stays within every tolerance, but adds up."""
    seen: dict[str, list[tuple[Call, Comparison]]] = {}  # by the type of the result
    for dtype in (float32, bfloat16, float16):
        for call in sampled(context, dtype):
            if dtype is not float32 and not (call.reference.pointwise or is_unary(call)):
                continue
            for found in comparisons(context, call):
                seen.setdefault(found.expected.dtype.name, []).append((call, found))
    figures: dict[str, Figure] = {}
    for name, pairs in seen.items():
        signed, toward, count = biases([found for _, found in pairs])
        if count < ENOUGH:
            continue
        figures[f"bias in {name}, ULP"] = signed
        figures[f"bias of magnitude in {name}, ULP"] = toward
        for value, word in ((signed, "signed error"), (toward, "error of the magnitude")):
            if abs(value) > BIAS[name]:
                call, first = pairs[0]
                index = first.worst or (0,) * first.error.ndim
                case = call.with_sample(reduced(call, first)).case(
                    first.expected.value[index], first.got[index], index
                )
                fail(
                    f"{name}: the {word} is {value:+.3f} ULP on average over {count} values",
                    "round to nearest, ties to even; truncation gives such a bias",
                    case, **figures,
                )  # fmt: skip
    if not figures:
        return not_applicable("too few well-conditioned values to average over")
    return passed("no signed bias", "", **figures)
