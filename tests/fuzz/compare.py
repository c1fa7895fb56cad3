"""Whether a result is as close to the reference as its conditioning allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np

from tests.fuzz.programs import DTYPES, FLOATS
from tests.fuzz.reference import LANES, PLAIN, ROUNDING, spread

# Units of rounding that every result may be off by.
FEW = {"float64": 64.0, "float32": 64.0, "float16": 4.0, "bfloat16": 4.0}
VALUES, DERIVATIVES, SECOND = 6.0, 20.0, 80.0  # how many times what the lanes differ by


def tolerance(lanes: Sequence[Any], dtype: str, order: float) -> Any:
    """The tolerance of each element around the first lane; 0 if nothing was rounded."""
    reference = np.asarray(lanes[0], np.float64)
    with np.errstate(all="ignore"):
        plain = np.abs(np.asarray(lanes[PLAIN], np.float64) - reference)
    plain = np.where(np.isfinite(plain), plain, 0.0)
    tiny = float(ml_dtypes.finfo(DTYPES[dtype]).tiny)
    size = np.where(np.isfinite(reference), np.abs(reference), 0.0)
    apart = spread(lanes) + plain
    rounded = (apart > 0) | getattr(lanes, "rounded", True)
    few = np.where(rounded, FEW[dtype] * ROUNDING[dtype] * size, 0.0)
    # PyTorch multiplies partial derivatives, whose product may vanish where the result does not.
    vanished = 2.0**-400 if order != VALUES and dtype == "float64" else 0.0
    least = np.where(rounded | (size < tiny), 16 * ROUNDING[dtype] * tiny, 0.0)
    return order * apart + few + least + vanished


def _float_faults(found: Any, lanes: Sequence[Any], dtype: str, order: float, special: bool) -> Any:
    """Which elements are wrong."""
    wide = np.asarray(found).astype(np.float64)
    reference = np.asarray(lanes[0], np.float64)
    plain = np.asarray(lanes[PLAIN], np.float64)
    kinds = [np.isfinite(np.asarray(v, np.float64)) for v in lanes[:LANES]]
    finite = np.logical_and.reduce(kinds)
    allowed = tolerance(lanes, dtype, order)
    largest = float(ml_dtypes.finfo(DTYPES[dtype]).max)
    with np.errstate(all="ignore"):
        off = ~(np.abs(wide - reference) <= allowed)
        in_range = np.abs(reference) + allowed < largest
    wrong = finite & np.isfinite(plain) & in_range & off
    if not special:
        return wrong
    # NaN and infinities, where all lanes agree that the result is one.
    nan = np.logical_and.reduce([np.isnan(v) for v in lanes])
    wrong |= nan & ~np.isnan(wide)
    for infinity in (np.inf, -np.inf):
        all_infinite = np.logical_and.reduce([np.asarray(v) == infinity for v in lanes])
        wrong |= all_infinite & (wide != infinity)
    return wrong


def faults(found: Any, lanes: Sequence[Any], dtype: str, order: float, special: bool) -> Any:
    """Which elements of `found` are wrong, as a mask; a message where shape or dtype is.

    `special`: where the reference is NaN or infinite the result must be, too. Not so for
    derivatives, whose conventions differ there.
    """
    array = np.asarray(found)
    reference = np.asarray(lanes[0])
    if array.shape != reference.shape:
        return f"shape {array.shape} instead of {reference.shape}"
    if array.dtype != np.dtype(DTYPES[dtype]):
        return f"dtype {array.dtype} instead of {dtype}"
    if dtype in FLOATS:
        return _float_faults(array, lanes, dtype, order, special)
    agreed = np.logical_and.reduce([np.asarray(v) == reference for v in lanes])
    return agreed & (array != reference)


def described(
    found: Any, lanes: Sequence[Any], dtype: str, order: float, special: bool = False
) -> str | None:
    """What is wrong with a result, or None."""
    wrong = faults(found, lanes, dtype, order, special)
    if isinstance(wrong, str):
        return wrong
    if not np.any(wrong):
        return None
    reference = np.asarray(lanes[0])
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    bound = ""
    if dtype in FLOATS:
        bound = f" (may be off by {tolerance(lanes, dtype, order)[where]:.3g})"
    return (
        f"{int(np.sum(wrong))} of {wrong.size} elements wrong, first at {where}: "
        f"found {np.asarray(found)[where]!s}, expected {reference[where]!s}{bound}"
    )
