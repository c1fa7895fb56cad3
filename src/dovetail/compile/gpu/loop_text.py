"""What the code of a loop over time depends on: its tasks, and where everything is.

Sizes, addresses and distances are not in it: they are numbers of a launch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dovetail.compile.gpu.schedule import Schedule
from dovetail.compile.loops import Nest
from dovetail.graph.dtypes import DType


@dataclass(frozen=True)
class Place:
    """Where a buffer of a nest is.

    "given": the array of this number that the kernel gets. "now", "next": the carry of this
    number, as the step finds and as it leaves it. "local": the block's own memory of this number.
    """

    kind: Literal["given", "now", "next", "local"]
    number: int


@dataclass(frozen=True)
class Task:
    """What a block does in a step at a time: a nest; or, without one, zeros in an array, or a copy
    from one to another.

    `places`: of the buffers. `waits`: whether a barrier comes before it.
    """

    nest: Nest | None
    schedule: Schedule | None
    places: tuple[Place, ...]
    waits: bool
    dtype: DType

    def text(self) -> str:
        """What differs between two tasks differs here."""
        what = f"{'copy' if len(self.places) > 1 else 'zeros'}: {self.dtype}"
        if self.nest is not None and self.schedule is not None:
            what = f"{self.schedule.text()}\n{self.nest.text()}"
        places = ", ".join(f"{place.kind} {place.number}" for place in self.places)
        return f"{'barrier, then ' * self.waits}{what}\nbuffers: {places}"


@dataclass(frozen=True)
class Carry:
    """`sums`: whether a block adds it up over its parts. `shared`: whether in shared memory."""

    dtype: DType
    sums: bool
    shared: bool


@dataclass(frozen=True)
class Given:
    """An array that the kernel gets: whether parts have shares of it, at each level of parts, and
    whether steps have an element each. `whole`: of a result, the levels at which all parts have
    the same, of which the first one writes it.
    """

    split: tuple[bool, ...]
    whole: tuple[bool, ...]
    moving: bool


@dataclass(frozen=True)
class LoopText:
    """What the code of a loop depends on. The first of `given` are the first carries; the last
    carries begin at `results`.
    """

    carries: tuple[Carry, ...]
    given: tuple[Given, ...]
    results: int
    until: bool  # it runs as long as the first carry is true
    levels: int  # of parts
    tasks: tuple[Task, ...]
    locals_shared: tuple[bool, ...]  # of the block's own memory, whether it is in shared memory
    threads: int

    @property
    def needs_scratch(self) -> bool:
        """Whether something of a block is in global memory."""
        cells = [task.schedule.cells_shared for task in self.tasks if task.schedule is not None]
        carries = [carry.shared for carry in self.carries]
        return not all((*cells, *carries, *self.locals_shared))

    def text(self) -> str:
        """What differs between two loops differs here."""
        lines = [
            f"loop in parts: {self.threads} threads, {self.levels} levels of parts, results from"
            f" {self.results}{', until the first carry is false' * self.until}"
        ]
        for number, carry in enumerate(self.carries):
            notes = " summed" * carry.sums + " in shared memory" * carry.shared
            lines.append(f"carry {number}: {carry.dtype}{notes}")
        for number, given in enumerate(self.given):
            levels = [level for level, is_split in enumerate(given.split) if is_split]
            split = "".join(f" split at level {level}" for level in levels)
            split += " of one part" * any(given.whole)
            lines.append(f"array {number}:{split}{' by steps' * given.moving}")
        for number, is_shared in enumerate(self.locals_shared):
            lines.append(f"local {number}:{' in shared memory' * is_shared}")
        return "\n".join([*lines, *(task.text() for task in self.tasks)])
