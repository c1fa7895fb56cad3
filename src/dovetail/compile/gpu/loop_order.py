"""Which tasks of a block wait: those that read or overwrite what others have written or read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dovetail.compile.lower import Lowered
from dovetail.compile.steps import Buffer


@dataclass(frozen=True, eq=False)
class Zeros:
    """All elements of an array become zero."""

    buffer: Buffer


@dataclass(frozen=True, eq=False)
class Copy:
    """An array of the block's own is copied to where the result belongs."""

    buffer: Buffer
    result: int


BlockTask = Lowered | Zeros | Copy


@dataclass(frozen=True)
class Region:
    """Memory that a task uses: bytes of the temporaries, or a whole array of a kind."""

    kind: str
    number: int = 0
    start: int = 0
    stop: int = 1
    is_arena: bool = False

    def meets(self, other: Region) -> bool:
        """Whether both have a byte in common."""
        same = self.kind == other.kind and (self.is_arena or self.number == other.number)
        return same and self.start < other.stop and other.start < self.stop


@dataclass(frozen=True)
class _Uses:
    """What a task reads and writes. `updates`: whether it reads what it writes, or writes all."""

    reads: tuple[Region, ...]
    writes: tuple[Region, ...]
    updates: bool

    def meets(self, later: _Uses) -> bool:
        """Whether a later task must wait. Two that write parts of one array need not."""
        pairs = [(one, other) for one in self.writes for other in later.reads]
        pairs += [(one, other) for one in self.reads for other in later.writes]
        pairs += [
            (one, other)
            for one in self.writes
            for other in later.writes
            if one != other or self.updates or later.updates
        ]
        return any(one.meets(other) for one, other in pairs)


def waiting(tasks: Sequence[BlockTask], region: Callable[[Buffer], Region]) -> list[bool]:
    """For each task, whether a barrier comes before it."""
    found: list[bool] = []
    since: list[_Uses] = []
    for task in tasks:
        own = _uses(task, region)
        waits = any(before.meets(own) for before in since)
        since = [own] if waits else [*since, own]
        found.append(waits)
    return found


def _uses(task: BlockTask, region: Callable[[Buffer], Region]) -> _Uses:
    if isinstance(task, Zeros):
        return _Uses((), (region(task.buffer),), True)
    if isinstance(task, Copy):
        return _Uses((region(task.buffer),), (), False)
    nest = task.nest
    reads = {item.access for item in nest.instructions if item.access is not None}
    reads |= {store.access for loop in nest.loops for store in loop.stores if store.combine}
    read, written = (
        {buffer for number in numbers if (buffer := nest.accesses[number].buffer) is not None}
        for numbers in (reads, nest.stored)
    )
    return _Uses(
        tuple(region(task.buffers[number]) for number in sorted(read)),
        tuple(region(task.buffers[number]) for number in sorted(written)),
        bool(read & written),
    )
