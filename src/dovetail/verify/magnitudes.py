"""Values and gradients for very small and very large arguments.

A formula may be exact for ordinary arguments, and wrong where a factor, a square or a cube in it
leaves the range of float32: a norm's gradient, an angle of long vectors. The result is then finite
but wrong (envelope.py checks for results that are not finite). Terms in another order, or scaled
later, may overflow in the compiled program and not in the definition.

`magnitudes` compares with the maths. Rounding errors of the formula are allowed, except in losses,
whose errors go to 0 in training. `rewriting` compares with the definition as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.graph.node import Array
from dovetail.verify.calls import Call
from dovetail.verify.compare import first_index
from dovetail.verify.context import Context
from dovetail.verify.forward import compare_values
from dovetail.verify.reference import LARGEST, WIDE, Reference
from dovetail.verify.sample import Sample, is_real
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed

NORMS = (1e-18, 1e-15, 1e-10, 1e-5, 1e5, 1e10, 1e15, 1e18)
SCALES = (1e-34, 1e-28, 1e-22, 1e-15, 1e-8, 1e8, 1e15, 1e22, 1e28, 1e34)
ERRORS = (1e-2, 1e-4, 1e-6, 1e-8)  # of losses, which go to 0 in training
WRONG = 0.01  # error, as a share of the largest element of a result
SPREAD = 4.0  # error, as a multiple of the rounding error of the formula
SMALLEST = 1.2e-38  # the smallest normal number of float32
PERTURBATIONS = 4


def magnitudes(context: Context) -> Verdict:
    """Value and gradient for arguments of norms from 1e-18 to 1e18, where float32 holds them."""
    is_loss = context.target.kind == "loss"
    checked = 0
    for call in context.target.calls:
        sample = call.sample.cast(float32)
        scales = [a and is_real(leaf) for a, leaf in zip(sample.free, sample.leaves, strict=True)]
        if not any(scales):
            continue
        for each in call.with_sample(sample).with_gradient(context.rng()):
            for norm in (*(ERRORS if is_loss else ()), *NORMS):
                variant = each.with_sample(_of_norm(each.sample, scales, norm))
                got = variant.on(context.host)
                checked += 1
                leaves = variant.sample.leaves
                found = _wrong(each.reference, leaves, got, not is_loss, context.rng())
                if found is not None:
                    number, index, right = found
                    value = float(np.asarray(got[number])[index])
                    fail(
                        f"for arguments of norm {norm:.0e} {each.what} is {value:.6g}, expected "
                        f"{right:.6g}",
                        _advice(norm), variant.case(right, value, index),
                    )  # fmt: skip
    if not checked:
        return not_applicable("no real arguments")
    return passed("value and gradient are accurate for norms from 1e-18 to 1e18")


def rewriting(context: Context) -> Verdict:
    """As accurate as the formula for arguments times 1e-34 to 1e34, where the formula is finite."""
    return compare_values(context, _at_every_scale(context), float32)


def _at_every_scale(context: Context) -> Iterator[Call]:
    for call in context.target.calls:
        for scale in SCALES:
            variant = call.with_sample(call.sample.scaled(scale).labelled(f"times {scale:.0e}"))
            written = variant.reference.plain(variant.sample.leaves)
            if all(np.isfinite(out).all() for out in written if out.dtype.kind == "f"):
                yield variant


def _of_norm(sample: Sample, scales: Sequence[bool], norm: float) -> Sample:
    """The sample with the arrays that `scales` selects scaled; the longest has this norm."""
    chosen = [leaf for leaf, may in zip(sample.leaves, scales, strict=False) if may]
    longest = max(float(np.linalg.norm(leaf.astype(np.float64))) for leaf in chosen)
    factor = norm / longest if longest else 1.0
    for number, may in enumerate(scales):
        if may:
            leaf = sample.leaves[number]
            sample = sample.with_leaf(number, (leaf * factor).astype(leaf.dtype))
    return sample


def _wrong(
    reference: Reference,
    arrays: Sequence[Array],
    got: Sequence[Array],
    rounding: bool,
    rng: np.random.Generator,
) -> tuple[int, tuple[int, ...], float] | None:
    """(output, index, expected value) of the first finite element that is wrong.

    `rounding`: rounding errors of the formula are allowed.
    """
    values = reference(arrays)
    runs: list[list[Array]] = []
    for number, (output, value) in enumerate(zip(got, values, strict=True)):
        if value.dtype.kind != "f" or not value.size:
            continue
        wide = np.asarray(output).astype(WIDE)
        with np.errstate(all="ignore"):
            size = np.abs(value)
            held = np.isfinite(value) & (size < WIDE(LARGEST["float32"]))
            scale = max(float(np.max(np.where(held, size, 0.0))), SMALLEST)
            off = held & np.isfinite(wide) & (np.abs(wide - value) > WRONG * scale)
            if off.any() and rounding:
                if not runs:
                    runs = [reference.perturbed(arrays, rng, bounded=False)
                            for _ in range(PERTURBATIONS)]  # fmt: skip
                spread = np.max([np.abs(run[number] - value) for run in runs], axis=0)
                off &= np.abs(wide - value) > SPREAD * spread
        if off.any():
            index = first_index(off)
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
