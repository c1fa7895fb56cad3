"""The step of a loop's part on the threads and in the memory of a block.

Carries and temporaries are in shared memory as far as it reaches, beyond in memory of the block's
own. Where everything is, and how far from part to part and from step to step, are numbers of the
launch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dovetail.compile.accesses import row_major
from dovetail.compile.gpu.kernel_writer import Parameter
from dovetail.compile.gpu.loop_order import BlockTask, Copy, Region, Zeros, waiting
from dovetail.compile.gpu.loop_parts import Division
from dovetail.compile.gpu.loop_text import Carry, Given, LoopText, Place, Task
from dovetail.compile.gpu.schedule import (
    ACCESS_BYTES,
    MOST_BUSY_THREADS,
    PERSISTENT,
    WARP,
    Schedule,
    has_row_sums,
    header,
    shape_of,
    static_bytes,
)
from dovetail.compile.gpu.target import Target
from dovetail.compile.loops import Nest
from dovetail.compile.lower import Lowered
from dovetail.compile.program import KernelCall, LoweredLoop, Program
from dovetail.compile.steps import Buffer, LoopCall
from dovetail.errors import UnsupportedError
from dovetail.graph.node import Node
from dovetail.graph.primitives.scan import UNTIL

MOST_SUMMANDS = 1 << 26  # bytes of what parts leave to be added up, for one result
ELEMENTS_OF_A_THREAD = 2  # at least, where a step has enough of them
MOST_STATIC_BYTES = 48 * 1024  # of shared memory that code declares: ptxas refuses more
BARRIER = 4  # elements that a thread computes in the time of a barrier, about


def refused(what: str) -> UnsupportedError:
    """The error for a loop that is no kernel."""
    return UnsupportedError(
        f"{what} has no GPU kernel",
        "loops of elementwise maths, reductions and indexing, whose parts fit a block",
        "call it on tensors of that device: the framework's own functions compute it",
    )


@dataclass(frozen=True, eq=False)
class BlockLoop:
    """The code of a loop's kernel, and what a launch gives it.

    `literals`: the arrays that its step holds, which follow the operands and results. `numbers`: of
    the launch. `summands`: of each result that is added up, how many there are.
    """

    text: LoopText
    tasks: tuple[BlockTask, ...]
    literals: tuple[Node, ...]
    grid: int
    shared_bytes: int
    scratch_bytes: int
    numbers: dict[str, int]
    summands: dict[int, int]

    def nest_of(self, parameter: Parameter) -> Lowered:
        """The nest that a parameter is a word or a float of."""
        task = self.tasks[int(parameter.name)]
        assert isinstance(task, Lowered)
        return task


@dataclass
class _Memory:
    """Memory of a block: in shared memory as far as there is room, otherwise in global memory."""

    room: int
    shared: int = 0
    scratch: int = 0

    def fits(self, nbytes: int) -> bool:
        """Whether shared memory has room for so many bytes."""
        return self.shared + nbytes <= self.room

    def take(self, nbytes: int, inside: bool) -> int:
        """Where so many bytes lie, in shared memory or not."""
        size = _whole(nbytes)
        start = self.shared if inside else self.scratch
        if inside:
            self.shared += size
        else:
            self.scratch += size
        return start


@dataclass
class Layout:
    """Lays a step over the threads and the memory of a block."""

    call: LoopCall
    division: Division
    step: Program
    strides: Sequence[Sequence[int]]
    target: Target
    places: dict[Buffer, Place] = field(default_factory=dict["Buffer", "Place"])
    locals: list[Buffer] = field(default_factory=list["Buffer"])
    shared: list[bool] = field(default_factory=list["bool"])  # whether in shared memory
    own: dict[Buffer, int] = field(default_factory=dict["Buffer", "int"])  # results of all parts
    literals: list[Node] = field(default_factory=list["Node"])
    numbers: dict[str, int] = field(default_factory=dict["str", "int"])

    def __post_init__(self) -> None:
        self.body, self.results = self.call.body, len(self.call.operands)
        kernels = [each.lowered.nest for each in self.step.steps if isinstance(each, KernelCall)]
        static = static_bytes(kernels, MOST_BUSY_THREADS)
        if static > MOST_STATIC_BYTES:
            raise refused("a loop over time with so many sums")
        self.memory = _Memory(self.target.shared_bytes - static)
        plan = self.step.schedule
        numbers = {node: number for number, node in enumerate(self.step.graph.inputs)}
        for buffer in plan.buffers.values():
            if buffer.source in numbers:
                number = numbers[buffer.source]
                kind = "now" if number < self.body.carries else "given"
                self.places[buffer] = Place(kind, number)
            elif buffer.source is not None:
                number = self.results + len(self.body.outputs) + len(self.literals)
                self.literals.append(buffer.source)
                self.places[buffer] = Place("given", number)
        for number, buffer in enumerate(plan.outputs):
            assert buffer not in self.places
            if number < self.body.carries:
                self.places[buffer] = Place("next", number)
            elif any(self.division.levels_of_whole(number)):
                # Other parts write it, too: each has its own, of which one is copied.
                self.own[buffer] = number
            else:
                self.places[buffer] = Place("given", self.results + number)

    def laid_out(self) -> BlockLoop:
        tasks = self._tasks()
        threads = self._threads([each for each in tasks if isinstance(each, Lowered)])
        schedules = [self._scheduled(n, each, threads) for n, each in enumerate(tasks)]
        carries, given = self._carries(), self._given()
        self._place_locals()
        waits = waiting(tasks, self._region)
        text = LoopText(
            carries, given, self.results, self.call.length == UNTIL, len(self.division.levels),
            tuple(map(self._text, tasks, schedules, waits)), tuple(self.shared), threads,
        )  # fmt: skip
        grid, summands = self._grid()
        scratch = self.memory.scratch
        self.numbers |= {"length": self.call.length, "scratch": scratch}
        self.numbers["parts"] = self.division.parts
        return BlockLoop(
            text, tuple(tasks), tuple(self.literals), grid,
            self.memory.shared, scratch * grid, self.numbers, summands,
        )  # fmt: skip

    # What a step does.

    def _tasks(self) -> list[BlockTask]:
        """The nests in order, and before the first that adds to an array of zeros, that array."""
        found: list[BlockTask] = []
        cleared: set[Buffer] = set()
        for each in self.step.steps:
            if not isinstance(each, KernelCall):
                inside = "another loop"
                if not isinstance(each, LoweredLoop):
                    inside = f"a library call of {each.node.op}"
                raise refused(f"a loop over time with {inside} in it")
            nest = each.lowered.nest
            if nest.scatters and (nest.parallel_dims or nest.partials or len(nest.loops) > 1):
                raise refused("a loop over time with a scatter among other sums")
            for buffer in each.lowered.buffers:
                if buffer not in self.places:
                    self.places[buffer] = Place("local", len(self.locals))
                    self.locals.append(buffer)
                if buffer.zeroed and buffer not in cleared:
                    cleared.add(buffer)
                    found.append(Zeros(buffer))
            found.append(each.lowered)
        if not found:
            raise refused("a loop over time that computes nothing")
        return [*found, *(Copy(buffer, number) for buffer, number in self.own.items())]

    def _text(self, task: BlockTask, schedule: Schedule | None, waits: bool) -> Task:
        buffers = task.buffers if isinstance(task, Lowered) else [task.buffer]
        nest = task.nest if isinstance(task, Lowered) else None
        places = [self.places[buffer] for buffer in buffers]
        if isinstance(task, Copy):
            places.append(Place("given", self.results + task.result))
        return Task(nest, schedule, tuple(places), waits, buffers[0].dtype)

    def _region(self, buffer: Buffer) -> Region:
        place = self.places[buffer]
        if place.kind != "local" or buffer in self.own:
            return Region(place.kind, place.number)
        start = self.step.offsets[buffer]
        return Region("arena", place.number, start, start + buffer.nbytes, is_arena=True)

    # Threads.

    def _threads(self, nests: Sequence[Lowered]) -> int:
        """So many that the largest nest has some elements for each."""
        loops = "parallel", "rows", "outer_columns", "columns"
        most = max(math.prod(header(each.words, name) for name in loops) for each in nests)
        wanted = 1 << max(0, math.ceil(most / ELEMENTS_OF_A_THREAD) - 1).bit_length()
        return min(MOST_BUSY_THREADS, max(WARP, wanted))

    def _scheduled(self, number: int, task: BlockTask, threads: int) -> Schedule | None:
        """The schedule of a nest in a block, whose numbers are those of the launch."""
        if not isinstance(task, Lowered):
            self.numbers[f"elements{number}"] = math.prod(task.buffer.shape)
            return None
        nest, words = task.nest, task.words
        schedule = _schedule(nest, words, threads)
        shape = shape_of(nest, schedule, words, one_block=True)
        if self.memory.fits(shape.shared_bytes):
            start = self.memory.take(shape.shared_bytes, inside=True)
        else:
            schedule = replace(schedule, cells_shared=False)
            shape = shape_of(nest, schedule, words, one_block=True)
            start = self.memory.take(shape.partial_bytes, inside=False)
        for name, value in shape.numbers.items():
            is_place = name.removeprefix("cells").isdecimal()
            self.numbers[f"nest{number}_{name}"] = value + start * is_place
        return schedule

    # Memory.

    def _carries(self) -> tuple[Carry, ...]:
        """The carries with two places each, small ones in shared memory first."""
        nodes = self.division.graph.inputs[: self.body.carries]
        sizes = [_whole(node.size * node.dtype.itemsize) for node in nodes]
        inside: dict[int, bool] = {}
        for number in sorted(range(len(nodes)), key=lambda n: sizes[n]):
            both = 2 * sizes[number]
            inside[number] = self.memory.fits(both)
            self.numbers[f"carry{number}"] = self.memory.take(both, inside[number])
            self.numbers |= {f"size{number}": sizes[number], f"count{number}": nodes[number].size}
        return tuple(
            Carry(node.dtype, self.division.is_summand(number), inside[number])
            for number, node in enumerate(nodes)
        )

    def _place_locals(self) -> None:
        """The temporaries in one piece of memory, and the block's own results."""
        arena = self.step.arena_bytes
        in_shared = self.memory.fits(arena)
        start = self.memory.take(arena, in_shared)
        for number, buffer in enumerate(self.locals):
            is_shared = in_shared
            if buffer in self.own:
                is_shared = self.memory.fits(buffer.nbytes)
                place = self.memory.take(buffer.nbytes, is_shared)
            else:
                place = start + self.step.offsets[buffer]
            self.numbers[f"local{number}"] = place
            self.shared.append(is_shared)

    def _given(self) -> tuple[Given, ...]:
        """The arrays, with their distances from part to part and from step to step, in bytes."""
        body, levels = self.body, self.division.levels
        own = [each[1:] if n >= body.first_x else each for n, each in enumerate(self.strides)]
        steps = [each[0] if n >= body.first_x else 0 for n, each in enumerate(self.strides)]
        made = [row_major(node.shape, node.dtype.itemsize) for node in body.outputs]
        sizes = [node.size * node.dtype.itemsize for node in body.outputs]
        steps += [size if index >= body.carries else 0 for index, size in enumerate(sizes)]
        split: list[list[bool]] = [[] for _ in steps]
        inner = self.division.parts
        for depth, level in enumerate(levels):
            inner //= level.parts
            self.numbers[f"parts{depth}"] = level.parts
            shares = [*level.shares(own, True), *level.shares(made, False)]
            places = [*level.inputs, *level.outputs]
            for number, share in enumerate(shares):
                index = number - self.results
                is_stacked = index >= body.carries and self.division.is_summand(index)
                if is_stacked:  # each part has all steps of its own
                    share = self.call.length * sizes[index] * inner
                self.numbers[f"part{number}_{depth}"] = share
                split[number].append(isinstance(places[number], int) or is_stacked)
        for number, step in enumerate(steps):
            self.numbers[f"step{number}"] = -step if self.call.reverse else step
        self.numbers |= {f"block{index}": size for index, size in enumerate(sizes)}
        moving = [*(n >= body.first_x for n in range(self.results)),
                  *(n >= body.carries for n in range(len(sizes)))]  # fmt: skip
        nowhere = (False,) * len(levels)
        whole = [nowhere] * self.results
        whole += [self.division.levels_of_whole(index) for index in range(len(sizes))]
        found = [Given(tuple(s), w, m) for s, w, m in zip(split, whole, moving, strict=True)]
        return *found, *([Given(nowhere, nowhere, False)] * len(self.literals))

    def _grid(self) -> tuple[int, dict[int, int]]:
        """The blocks, and of each result that is added up the number of summands."""
        parts, carries = self.division.parts, self.body.carries
        added = [n for n in range(len(self.body.outputs)) if self.division.is_summand(n)]
        grid = min(parts, PERSISTENT) if any(n < carries for n in added) else parts
        summands = {n: grid if n < carries else parts for n in added}
        if any(count * self.call.buffers[n].nbytes > MOST_SUMMANDS
               for n, count in summands.items()):  # fmt: skip
            raise refused("a loop over time with large sums in each part")
        return grid, summands


def _whole(nbytes: int) -> int:
    return -(-nbytes // ACCESS_BYTES) * ACCESS_BYTES


def _schedule(nest: Nest, words: Sequence[int], threads: int) -> Schedule:
    """How a nest lies over the threads of a block: a column of a thread at a time."""
    plain = Schedule(threads, 1, 1, ())
    if nest.sequential or not has_row_sums(nest):
        return plain
    rows, columns = header(words, "rows"), header(words, "columns")
    lanes = min(WARP, 1 << max(0, columns - 1).bit_length())
    by_lanes = math.ceil(rows * lanes / threads) * math.ceil(columns / lanes)
    by_block = rows * (math.ceil(columns / threads) + BARRIER)
    return replace(plain, exchange="block" if by_block < by_lanes else "warp")
