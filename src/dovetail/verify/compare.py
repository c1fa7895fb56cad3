"""Comparison of computed arrays with the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dovetail.graph.dtypes import DType, bfloat16, float16
from dovetail.graph.node import Array
from dovetail.verify.reference import LARGEST, WIDE, Reference, ulp

SPREAD = 4.0  # tolerance, as a multiple of the spread between perturbed evaluations
SLACK = 2.0  # ULP that are added to the tolerance
MORE = (1, 5, 25)  # times as many perturbations before a result counts as wrong
RARE = 1e-3  # the share of elements that so many perturbations may miss
ORDINARY = 100.0  # inputs up to this magnitude do not overflow the reference


@dataclass(frozen=True)
class Expected:
    """The expected value of one output in wide arithmetic, and its tolerance.

    `survives`: where the definition does not overflow when evaluated in its own types.
    `genuine`: where an infinity or NaN of the reference follows from the maths.
    """

    value: Array
    tolerance: Array
    survives: Array
    genuine: Array
    unit: Array  # one ULP
    dtype: DType

    @property
    def exact(self) -> bool:
        """Whether it is an integer or bool, which must be equal."""
        return not self.dtype.is_floating


def expectations(
    reference: Reference, arrays: Sequence[Array], count: int, rng: np.random.Generator
) -> list[Expected]:
    """The expected value of every output, with tolerances from `count` perturbed evaluations."""
    base = reference(arrays)
    runs = [reference.perturbed(arrays, rng) for _ in range(count)]
    ordinary = all(not np.any(np.abs(np.nan_to_num(_wide(a), posinf=0, neginf=0)) > ORDINARY)
                   for a in arrays)  # fmt: skip
    found: list[Expected] = []
    for position, (value, dtype) in enumerate(zip(base, reference.output_types, strict=True)):
        if not dtype.is_floating:
            same = np.all([run[position] == value for run in runs], axis=0)
            zero = np.zeros(value.shape, WIDE)
            agreed = np.asarray(same)
            found.append(Expected(value, zero, agreed, agreed, zero, dtype))
            continue
        moved = [run[position] for run in runs]
        with np.errstate(all="ignore"):
            spread = np.max([np.abs(other - value) for other in moved], axis=0)
        survives = np.all([np.isfinite(other) for other in moved], axis=0)
        slack = 1.0 if dtype in (float16, bfloat16) else SLACK
        unit = ulp(value, dtype)
        tolerance = SPREAD * np.where(np.isfinite(spread), spread, 0) + slack * unit
        genuine = np.isnan(value) | np.isinf(value)
        if not ordinary or any(np.isinf(_wide(a)).any() for a in arrays):
            # Another form of the formula may give the limit where this one gives inf / inf.
            genuine = genuine & np.where(np.isnan(value), *_nonfinite(arrays, value.shape))
        found.append(
            Expected(value, tolerance, np.asarray(survives), np.asarray(genuine), unit, dtype)
        )
    return found


def _wide(array: Array) -> Array:
    with np.errstate(all="ignore"):
        return array.astype(np.float64)


def _nonfinite(arrays: Sequence[Array], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Where a NaN, and where an infinity, follows from the maths.

    A NaN follows from a NaN or from ordinary numbers, an infinity from a number that is not finite
    or from ordinary numbers. An argument whose shape is not that of the output is taken as a whole.
    """
    nan, infinite, small = np.zeros(shape, bool), np.zeros(shape, bool), np.ones(shape, bool)
    for array in arrays:
        if array.dtype.kind in "biu":
            continue
        wide = _wide(array)
        alike = array.shape == shape
        nan |= np.isnan(wide) if alike else np.isnan(wide).any()
        infinite |= np.isinf(wide) if alike else np.isinf(wide).any()
        small &= np.abs(wide) <= ORDINARY if alike else bool(np.all(np.abs(wide) <= ORDINARY))
    return nan | (small & ~infinite), nan | infinite | small


@dataclass(frozen=True)
class Comparison:
    """The error of every element in ULP, and which errors are too large."""

    wrong: Array
    error: Array  # signed, in ULP; NaN where it is undefined
    toward: Array  # positive where the magnitude is too large
    got: Array
    expected: Expected

    @property
    def worst(self) -> tuple[int, ...] | None:
        """Where the error is largest; among the wrong elements if there are any."""
        size = np.where(np.isnan(self.error), -1.0, np.abs(self.error))
        if self.wrong.any():
            size = np.where(self.wrong, np.where(size < 0, np.inf, size), -2.0)
        if not size.size or size.max() < 0:
            return None
        return tuple(int(i) for i in np.unravel_index(int(size.argmax()), size.shape))

    @property
    def example(self) -> tuple[tuple[int, ...], float, float]:
        """The index of the worst element, its expected value and its computed value."""
        index = self.worst
        assert index is not None
        return index, float(self.expected.value[index]), float(self.got[index])


def first_index(mask: Array) -> tuple[int, ...]:
    """The index of the first element that is true."""
    return tuple(int(i) for i in np.argwhere(mask)[0])


def examined(
    reference: Reference,
    arrays: Sequence[Array],
    outputs: Sequence[Array],
    count: int,
    rng: np.random.Generator,
) -> list[Comparison]:
    """Compare every output with the reference.

    Results that seem wrong are compared again with more perturbations, because allowed errors may
    cancel by chance in a few: among 1e5 sums, in fifteen at one of them.
    """
    found: list[Comparison] = []
    for times in MORE:
        expected = expectations(reference, arrays, times * count, rng)
        found = [compare(got, want) for got, want in zip(outputs, expected, strict=True)]
        shares = [each.wrong.mean() for each in found if each.wrong.size]
        if not any(shares) or (times > 1 and max(shares) > RARE):
            break
    return found


def compare(got: Array, expected: Expected) -> Comparison:
    """Compare element by element; where the definition itself overflows, anything passes."""
    value = expected.value
    if expected.exact:
        wrong = (np.asarray(got) != value) & expected.survives
        undefined = np.full(value.shape, np.nan)
        return Comparison(wrong, undefined, undefined, got, expected)
    limit = WIDE(LARGEST[expected.dtype.name])
    wide = np.asarray(got).astype(WIDE)
    with np.errstate(all="ignore"):
        unit = expected.unit
        difference = wide - value
        inside = np.abs(value) <= limit
        error = np.where(np.isfinite(difference) & inside, difference / unit, np.nan)
        off = inside & ~(np.abs(difference) <= expected.tolerance) & expected.survives
        beyond = np.isfinite(value) & (np.abs(value) > limit + unit + expected.tolerance)
        off |= beyond & (wide != np.copysign(WIDE(np.inf), value))
        lost = np.isnan(value) & ~np.isnan(wide)
        missed = np.isinf(value) & (wide != value)
        off |= (lost | missed) & expected.genuine
        toward = error * np.sign(value)
    return Comparison(
        np.asarray(off), error.astype(np.float64), toward.astype(np.float64), got, expected
    )
