"""Evaluation of a program without Dovetail, several times over, each time a little off.

The first lane is the program in float64. In the others every result that a machine would
round is off by a few units of rounding of its own dtype: what the lanes differ by is
what rounding does to this program at these values, so that an ill-conditioned one has wide
bounds and a well-conditioned one has narrow ones. Which way a result is off is a hash of
its bits: equal numbers stay equal, as they do in a program where one node has one value.

Where a function jumps (a comparison, `floor`, `argmax`) and its operand may lie on the
other side, the lanes go both ways. A last lane, the plain one, computes in the dtypes of
the program, step by step: it shows what overflows or underflows on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.fuzz.backends import NumPy
from tests.fuzz.operations import Operation
from tests.fuzz.programs import DTYPES, FLOATS, Input, Program, Step
from tests.fuzz.tables import TABLE

ROUNDING = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
# The most units of rounding that a result is off; half of it is the least. The lanes are float64:
# there only many units are fine enough that two errors never cancel by chance.
JITTER = {"float64": 1024.0, "float32": 4.0, "float16": 4.0, "bfloat16": 4.0}
NEAR = 16.0  # how many times the difference of the lanes counts as near an edge
LANES = 4
PLAIN = LANES  # the number of the plain lane


def promoted(dtypes: Sequence[str]) -> str:
    """The dtype that operands promote to, by the array API standard."""
    floats = [name for name in dtypes if name in FLOATS]
    if not floats:
        order = ("bool", "int32", "int64")
        return max(dtypes, key=order.index)
    if len(set(floats)) == 1:
        return floats[0]
    return "float64" if "float64" in floats else "float32"


def result_dtype(row: Operation, dtypes: Sequence[str]) -> str:
    """The dtype of a step's result."""
    if row.result == "first":
        return dtypes[0]
    if row.result == "choice":
        return promoted(dtypes[1:])
    if row.result not in ("float", "same", "sum"):
        return row.result
    common = promoted(dtypes)
    if row.result == "float" and common not in FLOATS:
        return "float32"
    return "int64" if row.result == "sum" and common not in FLOATS else common


def computing_dtype(row: Operation, dtypes: Sequence[str]) -> str | None:
    """The dtype that operands are brought to first; None where each keeps its own."""
    if row.result in ("float", "same", "sum"):
        return result_dtype(row, dtypes)
    return promoted(dtypes) if row.result == "bool" and len(dtypes) > 1 else None


def uniform(values: Any, salt: int) -> Any:
    """Numbers from -1 to 1 that depend on the bits of `values` only."""
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    with np.errstate(over="ignore"):
        mixed = (bits ^ np.uint64(0x9E3779B97F4A7C15 * salt % 2**64)) * np.uint64(
            0xBF58476D1CE4E5B9
        )
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
    fractions = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return (2 * fractions - 1).reshape(np.shape(values))


def spread(lanes: Sequence[Any]) -> Any:
    """How far the lanes lie apart, element by element."""
    first = np.asarray(lanes[0], np.float64)
    widest = np.zeros(first.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        for other in lanes[1:LANES]:
            apart = np.abs(np.asarray(other, np.float64) - first)
            widest = np.fmax(widest, apart)
    return np.where(np.isfinite(widest), widest, 0.0)


class Lanes(list[Any]):
    """An array for each lane; `rounded` says which elements a rounding has gone into."""

    rounded: Any = False


def _rounded_elements(operands: Sequence[Any], here: Any, shape: tuple[int, ...]) -> Any:
    """Which elements of a result are rounded, or made of what was: all, where shapes differ."""
    masks = [np.asarray(getattr(lanes, "rounded", False)) for lanes in operands]
    if all(mask.shape in ((), shape) for mask in masks):
        return np.logical_or.reduce(np.broadcast_arrays(here, *masks))
    return bool(np.any(here)) or any(map(np.any, masks))


Value = tuple[list[Any], str]  # an array for each lane, and the dtype


class Evaluation:
    """The lanes of every value of a program.

    `kinks`: derivatives are wanted, so that functions with kinks go both ways, too.
    """

    def __init__(self, backend: NumPy, kinks: bool = False) -> None:
        self.backend = backend
        self.kinks = kinks
        self.lanes: list[list[Any]] = []
        self.dtypes: list[str] = []
        self.left_range = False  # overflow or underflow: what is special then may differ

    def input(self, lanes: list[Any], dtype: str) -> None:
        """Take one input: an array for each lane."""
        self.lanes.append(lanes)
        self.dtypes.append(dtype)

    def step(self, step: Step) -> None:
        """Evaluate one step in every lane."""
        operands = [(self.lanes[n], self.dtypes[n]) for n in step.operands]
        lanes, dtype = self.applied(step.name, *operands, **dict(step.attributes))
        self.lanes.append(lanes)
        self.dtypes.append(dtype)

    def applied(self, name: str, *values: Value, **attributes: Any) -> Value:
        """The lanes and the dtype of an operation's result."""
        row = TABLE[name]
        if row.parts is not None:
            return row.parts(self.applied, *values, **attributes)
        operands = [lanes for lanes, _ in values]
        dtypes = [dtype for _, dtype in values]
        dtype = result_dtype(row, dtypes)
        common = computing_dtype(row, dtypes)
        shifts = self._shifts(row, operands)
        exact = self._exact(row, operands, attributes, common)
        results: list[Any] = []
        for lane in range(PLAIN + 1):
            given = [values[lane] for values in operands]
            if common is not None:
                target = "float64" if lane != PLAIN and common in FLOATS else common
                given = [self.backend.cast(value, target) for value in given]
            if shifts is not None and 0 < lane < LANES:
                given[0] = given[0] + self.backend.array(shifts[lane])
            given = [self._watched(value, dtype, lane) for value in given]
            if row.accumulates and dtype in FLOATS and exact is not True:
                given = [self._off(value, dtype, lane, each=True) for value in given]
            results.append(self.backend.function(row)(*given, **attributes))
        self._note_range(row, operands, results[0], dtype, exact)
        if row.edge == "compare":
            results = self._both_ways(results, operands, attributes)
        for lane, value in enumerate(results):
            if lane == PLAIN or dtype not in FLOATS:
                results[lane] = self.backend.rounded(value, dtype)
                continue
            results[lane] = self.backend.cast(value, "float64")
            if not row.exact and exact is not True:
                results[lane] = self._off(results[lane], dtype, lane, exact)
        found = Lanes(results)
        here = dtype in FLOATS and not row.exact and np.logical_not(exact)
        found.rounded = _rounded_elements(operands, here, np.shape(results[0]))
        return found, dtype

    def _note_range(
        self, row: Operation, operands: list[list[Any]], result: Any, dtype: str, exact: Any
    ) -> None:
        """Whether finite operands gave an infinite result, or 0 where it is none; or infinite
        ones gave NaN."""
        if self.left_range or dtype not in FLOATS:
            return
        result = np.asarray(self.backend.plain(result))
        plain = [np.asarray(self.backend.plain(lanes[0])) for lanes in operands]

        def hold(test: Any) -> Any:
            """Where all operands pass a test: for each element, or at all."""
            masks = [test(x) for x in plain]
            if all(mask.shape in ((), result.shape) for mask in masks):
                return np.logical_and.reduce(np.broadcast_arrays(True, *masks))
            return np.asarray(all(map(np.all, masks)))

        finite = hold(np.isfinite)
        # At a pole too: the sign of the zero that is divided by is not the formula's.
        over = np.any(finite & ~np.isfinite(result))
        # inf - inf or inf / inf, where a stabilised form may find the limit.
        invalid = np.any(hold(lambda x: ~np.isnan(x)) & ~finite & np.isnan(result))
        under = row.vanishing or (row.rounded is not None and not row.accumulates)
        vanished = np.any(finite & (result == 0) & np.logical_not(exact))
        self.left_range = bool(over or invalid or (under and vanished))

    def _exact(
        self,
        row: Operation,
        operands: list[list[Any]],
        attributes: dict[str, Any],
        dtype: str | None,
    ) -> Any:
        """Which results of a correctly rounded operation are exact: a mask, or all (True)."""
        if row.rounded is None or dtype not in FLOATS:
            return False
        given = [np.asarray(self.backend.plain(lanes[0]), np.float64) for lanes in operands]
        exact = row.rounded(*given, **attributes)
        result = np.asarray(row.numpy(*given, **attributes))
        exact = exact & (result.astype(DTYPES[dtype]).astype(np.float64) == result)
        if not row.accumulates:
            return exact
        # Partial sums are held, too, where the sum of all magnitudes would be.
        held = float(np.sum(np.abs(given[0]))) * 8 < 1 / ROUNDING[dtype]
        return bool(np.all(exact)) and held and not np.any(self._spread(operands[0]))

    def _watched(self, value: Any, dtype: str, lane: int) -> Any:
        """Each use of a value has a gradient of its own, which is rounded."""
        if not 0 < lane < LANES or dtype not in FLOATS:
            return value
        return self.backend.watched(value, lambda g: self._off(g, dtype, lane))

    def _off(
        self, value: Any, dtype: str, lane: int, exact: Any = False, *, each: bool = False
    ) -> Any:
        """The value as rounding may leave it; `each`: equal elements differ, as partial sums do."""
        if not 0 < lane < LANES:
            return value
        numbers = np.asarray(self.backend.plain(value), np.float64)
        if each:
            numbers = numbers + np.arange(numbers.size).reshape(numbers.shape) * 2.0**-20
        drawn = uniform(numbers, lane)
        way = np.where(exact, 0.0, np.copysign(0.5 + 0.5 * np.abs(drawn), drawn))
        return value * self.backend.array(1 + JITTER[dtype] * ROUNDING[dtype] * way)

    def _spread(self, lanes: list[Any]) -> Any:
        return spread([self.backend.plain(value) for value in lanes])

    def _shifts(self, row: Operation, operands: list[list[Any]]) -> list[Any] | None:
        """What is added to the first operand in each lane, so that edges are crossed."""
        if row.edge in (None, "compare") or (row.edge == "kink" and not self.kinks):
            return None
        first = self._spread(operands[0])
        values = np.asarray(self.backend.plain(operands[0][0]), np.float64)
        if len(operands) > 1 and row.name not in ("searchsorted",):
            second = np.asarray(self.backend.plain(operands[1][0]), np.float64)
            weight = np.abs(values / second) if row.edge == "round" else 1.0
            first = first + weight * self._spread(operands[1])
        first = np.where(np.isfinite(first), first, 0.0) * NEAR
        if not np.any(first):
            return None
        if row.edge == "order" or row.name in ("max", "min", "sort"):
            return [first * uniform(values + 0.0 * first, 7 + lane) for lane in range(LANES)]
        return [first * way for way in (0.0, -1.0, 1.0, 0.0)]

    def _both_ways(
        self, results: list[Any], operands: list[list[Any]], attributes: dict[str, Any]
    ) -> list[Any]:
        """A comparison of numbers that are nearly equal is true in one lane, false in another."""
        sides = [
            [np.asarray(self.backend.plain(v), np.float64) for v in lanes] for lanes in operands
        ]
        other = sides[1] if len(sides) > 1 else [attributes["c"]] * (PLAIN + 1)
        with np.errstate(invalid="ignore"):
            apart = [a - b for a, b in zip(sides[0], other, strict=True)]
        wide = spread(apart)
        near = (wide > 0) & (np.abs(apart[0]) <= NEAR * wide)
        if np.any(near):
            mask = self.backend.array(near)
            results[1] = results[1] | mask
            results[2] = results[2] & ~mask
        return results


def input_lanes(item: Input) -> list[Any]:
    """An input in every lane: it is exact."""
    values = item.values()
    wide = values.astype(np.float64) if item.dtype in FLOATS else values
    return [wide] * LANES + [NumPy().cast(values, item.dtype)]


def evaluate(program: Program) -> Evaluation:
    """Every value of a program, by NumPy."""
    evaluation = Evaluation(NumPy())
    with np.errstate(all="ignore"):
        for item in program.inputs:
            evaluation.input(input_lanes(item), item.dtype)
        for step in program.steps:
            evaluation.step(step)
    return evaluation
