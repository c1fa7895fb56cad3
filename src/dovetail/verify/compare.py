"""A computed array against what the reference says it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dovetail.graph.dtypes import DType, bfloat16, float16
from dovetail.verify.reference import LARGEST, WIDE, Reference, ulp
from dovetail.verify.sample import Array

SPREAD = 4.0  # times what the disturbances moved a result
SLACK = 2.0  # ULP on top
MORE = 5  # times the disturbances, before anything is said to be wrong
ORDINARY = 100.0  # inputs up to here do not overflow the reference by themselves


@dataclass(frozen=True)
class Expected:
    """One output: its value in wide arithmetic, and how far off it may be.

    `survives`: where the definition, carried out in its own types, does not overflow.
    `genuine`: where an infinity or NaN of the reference comes from the maths itself.
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
    """What every output must be, from `count` disturbed evaluations."""
    base = reference(arrays)
    runs = [reference.disturbed(arrays, rng) for _ in range(count)]
    ordinary = all(not np.any(np.abs(_finite(a)) > ORDINARY) for a in arrays if a.size)
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
            # A form of the formula may give the limit where this one gives inf / inf.
            ours = np.where(np.isnan(value), *_from(arrays, value.shape))
            genuine = genuine & ours
        found.append(
            Expected(value, tolerance, np.asarray(survives), np.asarray(genuine), unit, dtype)
        )
    return found


def _finite(array: Array) -> Array:
    with np.errstate(all="ignore"):
        values = array.astype(np.float64)
    return np.where(np.isfinite(values), values, 0.0)


def _wide(array: Array) -> Array:
    with np.errstate(all="ignore"):
        return array.astype(np.float64)


def _from(arrays: Sequence[Array], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Where a NaN, and where an infinity, is the maths' own: element by element.

    A NaN of a NaN or of ordinary numbers; an infinity of what is not finite, or of ordinary
    numbers. Arguments of another shape than the output say nothing about one element; what
    they hold counts for all.
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
    """The error of every element in ULP, and where it is too large."""

    wrong: Array
    error: Array  # signed, in ULP; NaN where nothing can be said
    toward: Array  # the same, positive where the magnitude is too large
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


def examined(
    reference: Reference,
    arrays: Sequence[Array],
    outputs: Sequence[Array],
    count: int,
    rng: np.random.Generator,
) -> list[Comparison]:
    """Every output against the reference. What seems wrong is looked at with more disturbances:
    in a few, errors that a formula allows may cancel by chance."""
    found: list[Comparison] = []
    for runs in (count, MORE * count):
        expected = expectations(reference, arrays, runs, rng)
        found = [compare(got, want) for got, want in zip(outputs, expected, strict=True)]
        if not any(each.wrong.any() for each in found):
            break
    return found


def compare(got: Array, expected: Expected) -> Comparison:
    """Element by element. Where the definition itself overflows, nothing is said here."""
    value = expected.value
    if expected.exact:
        wrong = (np.asarray(got) != value) & expected.survives
        nothing = np.full(value.shape, np.nan)
        return Comparison(wrong, nothing, nothing, got, expected)
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
