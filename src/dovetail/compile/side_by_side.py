"""Loops that do not need each other run at the same time, each on one thread.

The two directions of a bidirectional layer are such loops. Threads that share one step wait for
each other several times a step; those that have a loop each do not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from dovetail.compile.program import (
    LoweredLoop,
    Program,
    ProgramStep,
    loops_of,
    reordered,
    touched,
    written,
)
from dovetail.options import options

# Bytes that one step touches below which a second thread costs more than it saves: it takes about
# 5 us to hand a job over, several times a step.
SHORT_STEP = 1 << 18
# With more threads than this, longer steps are better shared by all of them.
FEW_THREADS = 4
ALIKE = 2  # the bytes that loops of one group touch differ by less than this factor


def side_by_side(program: Program) -> Program:
    """The program with loops that may run at the same time one after the other, in groups."""
    loops = loops_of(program.steps)
    if len(loops) < 2 or options().num_threads < 2:
        return program
    steps = list(program.steps)
    groups = 0
    for loop in loops:
        at = steps.index(loop)
        partner, dependent = _partner(steps, at)
        if loop.group or partner is None:
            continue
        groups += 1
        between = steps[at + 1 : partner]
        after = [step for step in between if step in dependent]
        before = [step for step in between if step not in dependent]
        other = steps[partner]
        assert isinstance(other, LoweredLoop)
        pair = [dataclasses.replace(each, group=groups) for each in (loop, other)]
        steps[at : partner + 1] = [*before, *pair, *after]
        loops[loops.index(other)] = pair[1]
    return reordered(program, steps) if groups else program


def _partner(steps: Sequence[ProgramStep], at: int) -> tuple[int | None, set[ProgramStep]]:
    """The place of the next loop that may run beside the one at this place.

    Also the steps between that must run after the first loop.
    """
    loop = steps[at]
    assert isinstance(loop, LoweredLoop)
    dependent: set[ProgramStep] = set()
    changed, read = set(written(loop)), set(touched(loop))
    for place in range(at + 1, len(steps)):
        step = steps[place]
        if not changed.isdisjoint(touched(step)) or not read.isdisjoint(written(step)):
            dependent.add(step)
            changed.update(written(step))
            read.update(touched(step))
        elif isinstance(step, LoweredLoop) and not step.group and _fit(loop, step):
            return place, dependent
    return None, dependent


def _fit(first: LoweredLoop, second: LoweredLoop) -> bool:
    """Whether two loops that do not need each other take about as long, and have short steps."""
    if first.parts or second.parts:
        return False
    steps = [bytes_of_a_step(each.program) for each in (first, second)]
    lengths = first.call.length, second.call.length
    if not (first.call.body.carries and second.call.body.carries) or min(lengths) < 2:
        return False
    if max(steps) >= SHORT_STEP and options().num_threads > FEW_THREADS:
        return False
    less, more = sorted(step * length for step, length in zip(steps, lengths, strict=True))
    return more < ALIKE * less


def bytes_of_a_step(program: Program) -> int:
    """The bytes of all buffers that the steps of a program touch."""
    return sum(buffer.nbytes for step in program.steps for buffer in touched(step))
