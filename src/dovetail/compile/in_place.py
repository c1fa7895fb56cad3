"""Programs that overwrite some of their inputs with outputs, as a training step does.

The steps that overwrite inputs run last: after every check, and after the numbers that must be
finite. If one of those fails, none of them runs, and the inputs are as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dovetail.compile.program import (
    KernelCall,
    LoweredLoop,
    Program,
    ProgramStep,
    may_share,
    reordered,
    touched,
    written,
)
from dovetail.compile.steps import Buffer
from dovetail.graph.primitives.structure import matmul

Pair = tuple[int, int]  # an output, and the array input that it overwrites


@dataclass(frozen=True, eq=False)
class InPlace:
    """A program whose steps from number `commit` on overwrite inputs.

    `shared`: outputs that are written over their inputs; `copied`: outputs that have memory of
    their own and are copied after the last step. `finite`: the outputs that must be finite before
    anything is overwritten.
    """

    program: Program
    commit: int
    shared: tuple[Pair, ...]
    copied: tuple[Pair, ...]
    finite: tuple[int, ...]


def in_place(program: Program, pairs: Sequence[Pair], finite: Sequence[int] = ()) -> InPlace:
    """The program, reordered so that outputs may overwrite inputs; `pairs` name each once."""
    order = _Order(program, [program.schedule.outputs[number] for number in finite])
    sources = [
        program.schedule.buffers.get(node) for node in program.graph.inputs
        if not node.flag("scalar")
    ]  # fmt: skip
    writers = {
        pair: writer
        for pair in pairs
        if (writer := order.only_writer(program.schedule.outputs[pair[0]])) is not None
    }
    moved = reordered(program, order.ending_with(writers.values()))
    shared = tuple(
        pair for pair in writers
        if _overwrites(moved, program.schedule.outputs[pair[0]], sources[pair[1]])
    )  # fmt: skip
    first = {id(writers[pair]) for pair in shared}
    commit = next(
        (n for n, step in enumerate(moved.steps) if id(step) in first), len(moved.steps)
    )  # fmt: skip
    copied = tuple(pair for pair in pairs if pair not in shared)
    return InPlace(moved, commit, shared, copied, tuple(finite))


def _overwrites(program: Program, output: Buffer, source: Buffer | None) -> bool:
    """Whether an output may be written over an input; an input that no step reads, always."""
    if output.zeroed:  # it is cleared before it is read
        return False
    if source is None:
        return True
    return output.shape == source.shape and may_share(program, output, source)


class _Order:
    """The steps of a program, and which of them need which."""

    def __init__(self, program: Program, finite: Iterable[Buffer]) -> None:
        self._steps = program.steps
        writers: dict[Buffer, list[int]] = {}
        self._needs: list[set[int]] = []
        for number, step in enumerate(program.steps):
            buffers = touched(step)
            self._needs.append({other for buffer in buffers for other in writers.get(buffer, ())})
            for buffer in written(step):
                writers.setdefault(buffer, []).append(number)
        self._writers = writers
        known = {number for number, step in enumerate(program.steps) if _may_fail(step)}
        known |= {number for buffer in finite for number in writers.get(buffer, ())}
        self._first = self._closure(known)

    def _closure(self, numbers: set[int]) -> set[int]:
        """These steps, and all that they need."""
        found, stack = set(numbers), list(numbers)
        while stack:
            new = self._needs[stack.pop()] - found
            found |= new
            stack += new
        return found

    def only_writer(self, buffer: Buffer) -> ProgramStep | None:
        """The kernel that alone writes a buffer, if it can wait for all that may fail."""
        numbers = self._writers.get(buffer, [])
        if len(numbers) != 1 or numbers[0] in self._first:
            return None
        step = self._steps[numbers[0]]
        return step if isinstance(step, KernelCall) else None

    def ending_with(self, last: Iterable[ProgramStep]) -> list[ProgramStep]:
        """All steps: what may fail, then the others, then `last` and what needs them."""
        given = {id(step) for step in last}
        later: set[int] = set()
        for number, step in enumerate(self._steps):
            if id(step) in given or self._needs[number] & later:
                later.add(number)
        middle = set(range(len(self._steps))) - self._first - later
        groups = (self._first, middle, later)
        return [self._steps[number] for group in groups for number in sorted(group)]


def _may_fail(step: ProgramStep) -> bool:
    """Whether a step, or one of a loop, checks its operands."""
    if isinstance(step, KernelCall):
        return step.lowered.nest.checks
    if isinstance(step, LoweredLoop):
        return any(map(_may_fail, step.program.steps))
    return step.node.primitive is not matmul
