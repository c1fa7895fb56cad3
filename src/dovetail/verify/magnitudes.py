"""Small and large arguments, and gradients where a definition is saturated or its arguments 0.

A form may be exact for ordinary arguments, and lose its result where a factor, a square or a
cube of it leaves the range of float32 on the way: a norm's gradient, an angle of long vectors.
Nothing is infinite then, and nothing is NaN; only the number is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dovetail.extension.base import Extension
from dovetail.graph.dtypes import float32
from dovetail.verify.context import Context
from dovetail.verify.programs import Call
from dovetail.verify.reference import LARGEST, WIDE
from dovetail.verify.sample import Array, Sample, is_real
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed

NORMS = (1e-18, 1e-15, 1e-10, 1e-5, 1e5, 1e10, 1e15, 1e18)
ERRORS = (1e-2, 1e-4, 1e-6, 1e-8)  # of losses, which go to 0 in training
LOST = 0.01  # of the largest element of a result
SPREAD = 4.0  # times what rounding moves a result
SMALLEST = 1.2e-38  # the smallest normal number of float32
SATURATED = (30.0, 200.0, 1e4)
SHARE = 0.25  # of a hyperparameter's default, for another exponent, slope or margin
DISTURBANCES = 4


def magnitudes(context: Context) -> Verdict:
    """Value and gradient for arguments of norms from 1e-18 to 1e18, where float32 holds them."""
    is_loss = context.subject.kind == "loss"
    looked = 0
    for call in context.subject.calls:
        for what, program, full, moves in _programs(context, call):
            for norm in (*(ERRORS if is_loss else ()), *NORMS):
                leaves = _of_norm(full, moves, norm)
                got = program.with_sample(leaves).on(context.host)
                looked += 1
                found = _lost(program, leaves, got, not is_loss, context.rng())
                if found is None:
                    continue
                number, index, right = found
                mine = float(np.asarray(got[number])[index])
                text = (
                    f"for arguments of norm {norm:.0e} the {what} is {mine:.6g}, where the maths "
                    f"has {right:.6g}"
                )
                return failed(text, _advice(norm), program.with_sample(leaves).case(
                    right, mine, index, "" if what == "value" else " [gradient]"
                ))  # fmt: skip
    if not looked:
        return not_applicable("no real arguments")
    return passed("value and gradient keep their digits for norms from 1e-18 to 1e18")


def _programs(context: Context, call: Call) -> Iterator[tuple[str, Call, Sample, list[bool]]]:
    """The value and the gradient, as calls in float32, and which leaves are scaled."""
    sample = call.sample.cast(float32)
    moves = [free and is_real(leaf) for free, leaf in zip(sample.free, sample.leaves, strict=True)]
    if not any(moves):
        return
    there = call.with_sample(sample)
    yield "value", there, sample, moves
    weights = there.cotangents(context.rng())
    full = Sample((sample.args, weights), {}, ("args", "cotangents"), sample.label)
    others = [False] * (len(full.leaves) - len(moves))
    yield "gradient", Call(there.pull, full), full, [*moves, *others]


def _of_norm(sample: Sample, moves: Sequence[bool], norm: float) -> Sample:
    """The sample, its arrays scaled so that the longest has this norm."""
    pairs = list(zip(sample.leaves, moves, strict=True))
    longest = max(float(np.linalg.norm(leaf.astype(np.float64))) for leaf, may in pairs if may)
    factor = norm / longest if longest else 1.0
    return sample.with_leaves(
        [(leaf * factor).astype(leaf.dtype) if may else leaf for leaf, may in pairs]
    )


def _lost(
    call: Call, sample: Sample, got: Sequence[Array], rounding: bool, rng: np.random.Generator
) -> tuple[int, tuple[int, ...], float] | None:
    """The first output with a finite number that is wrong, where, and the right one.

    `rounding`: what the formula loses by rounding is allowed.
    """
    reference, arrays = call.reference, sample.leaves
    values = reference(arrays)
    runs: list[list[Array]] = []
    for number, (mine, value) in enumerate(zip(got, values, strict=True)):
        if value.dtype.kind != "f" or not value.size:
            continue
        wide = np.asarray(mine).astype(WIDE)
        with np.errstate(all="ignore"):
            size = np.abs(value)
            held = np.isfinite(value) & (size < WIDE(LARGEST["float32"]))
            scale = max(float(np.max(np.where(held, size, 0.0))), SMALLEST)
            off = held & np.isfinite(wide) & (np.abs(wide - value) > LOST * scale)
            if off.any() and rounding:
                if not runs:
                    runs = [reference.disturbed(arrays, rng, bounded=False)
                            for _ in range(DISTURBANCES)]  # fmt: skip
                spread = np.max([np.abs(run[number] - value) for run in runs], axis=0)
                off &= np.abs(wide - value) > SPREAD * spread
        if off.any():
            index = tuple(int(i) for i in np.argwhere(off)[0])
            return number, index, float(value[index])
    return None


def _advice(norm: float) -> str:
    if norm < 1e-10:
        return "an intermediate result underflows, or is lost beside a constant: scale first"
    if norm > 1.0:
        return (
            "an intermediate result leaves the range of float32: divide by the largest element "
            "first, and multiply by one factor after the other"
        )
    return "the formula cancels near 0: write it with expm1, log1p, sinh or a square"


def edges(context: Context) -> Verdict:
    """No gradient is NaN where the arguments and the result are numbers."""
    looked = 0
    for call in context.subject.calls:
        for each in _with_shares(call):
            for label, sample in _at_edges(each.sample.cast(float32)):
                there = each.with_sample(sample)
                if not all(np.isfinite(out).all() for out in there.on(context.host)):
                    continue
                looked += 1
                weights = there.cotangents(context.rng(), ones=True)
                full = Sample((sample.args, weights), {}, ("args", "cotangents"), sample.label)
                pulled = Call(there.pull, full).on(context.host)
                for path, found in zip(sample.paths, pulled, strict=False):
                    wrong = np.isnan(found) if is_real(found) else np.zeros(found.shape, bool)
                    if wrong.any():
                        index = tuple(int(i) for i in np.argwhere(wrong)[0])
                        return failed(
                            f"{label}, the gradient with respect to {path} is NaN where the "
                            f"result is a number",
                            "the derivative of a power, root or quotient is infinite there and "
                            "meets a 0: select its argument with dt.where before, and its "
                            "result after",
                            there.case("a number", np.nan, index, " [gradient]"),
                        )
    if not looked:
        return not_applicable("no real arguments for which the result is finite")
    return passed(f"no gradient is NaN at {looked} saturated or empty arguments")


def _with_shares(call: Call) -> Iterator[Call]:
    """The call, and with each float that it takes at a share of its default."""
    yield call
    function: Any = call.function
    if not isinstance(function, Extension):
        return
    for argument in function.signature.arguments:
        if argument.scalar and argument.name not in call.sample.settings and argument.default:
            settings = {**call.sample.settings, argument.name: SHARE * argument.default}
            sample = call.sample
            yield Call(function, Sample(sample.args, settings, sample.names, sample.label,
                                        sample.fixed))  # fmt: skip


def _at_edges(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Large arguments, of which one saturates; and rows of zeros."""
    free = [may and is_real(leaf) for may, leaf in zip(sample.free, sample.leaves, strict=True)]
    if not any(free):
        return
    pairs = list(zip(sample.leaves, free, strict=True))
    for factor in SATURATED:
        yield (
            f"for arguments times {factor:.0f}",
            sample.with_leaves(
                [(leaf * factor).astype(leaf.dtype) if may else leaf for leaf, may in pairs]
            ),
        )
    for number, (leaf, may) in enumerate(pairs):
        if may and leaf.ndim:
            leaves = [np.array(each) for each in sample.leaves]
            leaves[number][:1] = 0.0
            yield f"for a first row of zeros in {sample.paths[number]}", sample.with_leaves(leaves)
