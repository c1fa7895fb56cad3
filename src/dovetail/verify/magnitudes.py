"""Values and gradients for small and large arguments, beside the maths.

A formula may be exact for ordinary arguments, and wrong where a factor, a square or a cube in it
leaves the range of float32: a norm's gradient, an angle of long vectors. The result is then finite,
and only the number is wrong (envelope.py looks for results that are not finite). What rounding
does to the formula is allowed, except in losses, whose errors go to 0 in training. Values that the
formula computes right but its compiled form does not are found more closely by rewriting.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.verify.context import Context
from dovetail.verify.programs import Call
from dovetail.verify.reference import LARGEST, WIDE, Reference
from dovetail.verify.sample import Array, Sample, is_real
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed

NORMS = (1e-18, 1e-15, 1e-10, 1e-5, 1e5, 1e10, 1e15, 1e18)
ERRORS = (1e-2, 1e-4, 1e-6, 1e-8)  # of losses, which go to 0 in training
WRONG = 0.01  # of the largest element of a result
SPREAD = 4.0  # times the change that rounding makes to a result
SMALLEST = 1.2e-38  # the smallest normal number of float32
DISTURBANCES = 4


def magnitudes(context: Context) -> Verdict:
    """Value and gradient for arguments of norms from 1e-18 to 1e18, where float32 holds them."""
    is_loss = context.subject.kind == "loss"
    looked = 0
    for call in context.subject.calls:
        for what, program, scales in _programs(context, call):
            for norm in (*(ERRORS if is_loss else ()), *NORMS):
                there = program.with_sample(_of_norm(program.sample, scales, norm))
                got = there.on(context.host)
                looked += 1
                arrays = there.sample.leaves
                found = _wrong(program.reference, arrays, got, not is_loss, context.rng())
                if found is None:
                    continue
                number, index, right = found
                mine = float(np.asarray(got[number])[index])
                return failed(
                    f"for arguments of norm {norm:.0e} the {what} is {mine:.6g}, where the maths "
                    f"has {right:.6g}",
                    _advice(norm),
                    there.case(right, mine, index, "" if what == "value" else " [gradient]"),
                )
    if not looked:
        return not_applicable("no real arguments")
    return passed("value and gradient keep their digits for norms from 1e-18 to 1e18")


def _programs(context: Context, call: Call) -> Iterator[tuple[str, Call, list[bool]]]:
    """The value and the gradient, as calls in float32, and which of their leaves are scaled."""
    sample = call.sample.cast(float32)
    scales = [free and is_real(leaf) for free, leaf in zip(sample.free, sample.leaves, strict=True)]
    if not any(scales):
        return
    there = call.with_sample(sample)
    yield "value", there, scales
    gradient = there.gradient(there.cotangents(context.rng()))
    cotangents = len(gradient.sample.leaves) - len(scales)
    yield "gradient", gradient, [*scales, *[False] * cotangents]


def _of_norm(sample: Sample, scales: Sequence[bool], norm: float) -> Sample:
    """The sample, these arrays scaled so that the longest has this norm."""
    pairs = list(zip(sample.leaves, scales, strict=True))
    longest = max(float(np.linalg.norm(leaf.astype(np.float64))) for leaf, may in pairs if may)
    factor = norm / longest if longest else 1.0
    return sample.with_leaves(
        [(leaf * factor).astype(leaf.dtype) if may else leaf for leaf, may in pairs]
    )


def _wrong(
    reference: Reference,
    arrays: Sequence[Array],
    got: Sequence[Array],
    rounding: bool,
    rng: np.random.Generator,
) -> tuple[int, tuple[int, ...], float] | None:
    """The first output with a finite number that is wrong, where, and the right one.

    `rounding`: what the formula loses by rounding is allowed.
    """
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
            off = held & np.isfinite(wide) & (np.abs(wide - value) > WRONG * scale)
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
        return "an intermediate result underflows, or is absorbed by a constant: scale first"
    if norm > 1.0:
        return (
            "an intermediate result leaves the range of float32: divide by the largest element "
            "first, and multiply by one factor after the other"
        )
    return "the formula cancels near 0: write it with expm1, log1p, sinh or a square"
