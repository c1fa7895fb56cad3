"""A failing program made small: fewer outputs, steps and elements, plainer numbers.

Greedy: of all single changes the first that still fails in the same way is kept, until
none does. A step's result may become an input with the values that it had.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from tests.fuzz.check import Failure, check, possible
from tests.fuzz.programs import DTYPES, FLOATS, Input, Program, Step, trimmed
from tests.fuzz.reference import evaluate


def without_step(program: Program, place: int, item: Input) -> Program:
    """The program where the result of a step is a new input."""
    first = len(program.inputs)
    gone = first + place

    def moved(number: int) -> int:
        if number == gone:
            return first
        return number + 1 if first <= number < gone else number

    steps = tuple(
        replace(step, operands=tuple(moved(n) for n in step.operands))
        for other, step in enumerate(program.steps)
        if other != place
    )
    outputs = tuple(moved(n) for n in program.outputs)
    return trimmed(Program((*program.inputs, item), steps, outputs))


def bypassed(program: Program, number: int, other: int) -> Program:
    """The program with one value replaced by an earlier one."""

    def moved(n: int) -> int:
        return other if n == number else n

    first = len(program.inputs)
    steps = tuple(
        Step(s.name, tuple(moved(n) for n in s.operands), s.attributes)
        if first + place > number or number < first else s
        for place, s in enumerate(program.steps)
    )  # fmt: skip
    return trimmed(Program(program.inputs, steps, tuple(moved(n) for n in program.outputs)))


def _fewer(program: Program) -> Iterator[Program]:
    """Fewer outputs and steps."""
    for n in program.outputs:
        if len(program.outputs) > 1:
            yield trimmed(replace(program, outputs=(n,)))
    for n in program.outputs:
        if len(program.outputs) > 2:
            yield trimmed(replace(program, outputs=tuple(o for o in program.outputs if o != n)))
    reference = evaluate(program)
    first = len(program.inputs)
    for place in reversed(range(len(program.steps))):
        number = first + place
        if number in program.outputs and len(program.outputs) == 1:
            for operand in program.steps[place].operands:
                if operand >= first:
                    yield trimmed(replace(program, outputs=(operand,)))
    for place in reversed(range(len(program.steps))):
        number = first + place
        dtype = reference.dtypes[number]
        values = np.asarray(reference.lanes[number][-1]).astype(DTYPES[dtype])
        yield without_step(program, place, Input(values))
        for operand in program.steps[place].operands:
            if (
                reference.dtypes[operand] == dtype
                and np.shape(reference.lanes[operand][0]) == values.shape
            ):
                yield bypassed(program, number, operand)


def _smaller(program: Program) -> Iterator[Program]:
    """Shorter axes, wherever they have the same extent."""
    extents = sorted({n for item in program.inputs for n in item.array.shape}, reverse=True)
    for extent in extents:
        for target in (1, 2, 3, 4, 8, 16, extent // 2, extent - 1):
            if not 0 < target < extent:
                continue
            for end in (slice(None, target), slice(-target, None)):
                yield replace(
                    program, inputs=tuple(_cut(i, extent, target, end) for i in program.inputs)
                )


def _cut(item: Input, extent: int, target: int, end: slice) -> Input:
    key = tuple(end if n == extent else slice(None) for n in item.array.shape)
    array = np.ascontiguousarray(item.array[key]).reshape(
        [len(range(*s.indices(n))) for s, n in zip(key, item.array.shape, strict=True)]
    )
    if item.dtype in ("int32", "int64"):
        array = np.clip(array, -target, target - 1).astype(item.array.dtype)
    return Input(array, item.layout)


def _plainer(program: Program) -> Iterator[Program]:
    """Plain layouts, and numbers that are easier to read."""
    for place, item in enumerate(program.inputs):

        def changed(new: Input, place: int = place) -> Program:
            return replace(
                program, inputs=(*program.inputs[:place], new, *program.inputs[place + 1 :])
            )

        if item.layout != "plain":
            yield changed(Input(item.values()))
        array = item.array
        if item.dtype not in FLOATS or not array.size:
            continue
        if item.dtype != "float32":
            yield changed(Input(array.astype(np.float32), item.layout))
        with np.errstate(all="ignore"):
            wide = array.astype(np.float64)
            for simple in (
                np.ones_like(wide),
                np.sign(wide),
                np.round(wide),
                np.round(wide * 8) / 8,
            ):
                simple = simple.astype(array.dtype)
                if not np.array_equal(simple, array, equal_nan=True):
                    yield changed(Input(simple, item.layout))
        if array.size <= 16:
            for index in np.ndindex(array.shape):
                for number in (0.0, 1.0, float(np.round(np.nan_to_num(wide[index])))):
                    if array[index] != number and not (number == 1.0 and array[index] == 0.0):
                        simple = array.copy()
                        simple[index] = number
                        yield changed(Input(simple, item.layout))


def shrink(
    failure: Failure,
    seconds: float = 60.0,
    again: Callable[[Program, str], Failure | None] = check,
) -> Failure:
    """A small program that fails in the same way."""
    end = time.monotonic() + seconds
    seen: set[Any] = set()

    def still(program: Program) -> Failure | None:
        key = repr(
            (
                program.steps,
                program.outputs,
                [(i.layout, i.dtype, i.array.shape, i.array.tobytes()) for i in program.inputs],
            )
        )
        if key in seen:
            return None
        seen.add(key)
        try:
            if not possible(program, failure.way):
                return None
            found = again(program, failure.way)
        except Exception:  # no program: the reference does not take it
            return None
        return found if found is not None and found.kind == failure.kind else None

    changing = True
    while changing:
        changing = False
        for candidates in (_fewer, _smaller, _plainer):
            moving = True
            while moving and time.monotonic() < end:
                moving = False
                for candidate in candidates(failure.program):
                    if time.monotonic() > end:
                        break
                    smaller = still(candidate)
                    if smaller is not None:
                        failure, moving, changing = smaller, True, True
                        break
        changing = changing and time.monotonic() < end
    return failure
