"""Programs: a schedule with its kernels lowered and memory assigned to its temporaries.

Temporaries share one arena (arena.py).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dovetail.compile.accesses import row_major
from dovetail.compile.arena import arena_layout
from dovetail.compile.index_map import Index, strided
from dovetail.compile.loops import CPU, Processor
from dovetail.compile.lower import Lowered, lower
from dovetail.compile.shared_loops import parts_of
from dovetail.compile.steps import (
    Buffer,
    Kernel,
    LibraryCall,
    LoopCall,
    Operand,
    Schedule,
    Step,
)
from dovetail.errors import StructureError
from dovetail.graph.dtypes import uint8
from dovetail.graph.generic import Values, filled_number, numbers
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.row import size
from dovetail.graph.sizes import computed_numbers


@dataclass(eq=False)
class KernelCall:
    """A lowered kernel; `partials` is the buffer for its partial results."""

    lowered: Lowered
    partials: Buffer | None


@dataclass(eq=False)
class LoweredParts:
    """That a loop runs in parts (shared_loops.py): how many, and the program of the last of them.

    `strides`: the bytes from one part to the next, for each operand, carry, y and scratch.
    """

    count: int
    last: Program
    strides: tuple[int, ...]


@dataclass(eq=False)
class LoweredLoop:
    """A loop with the program of its body, or of a part of it.

    `offsets`: for each operand, the bytes before its first element; `steps`: for each x, the bytes
    from one step to the next. `alike`: for each carry, the number of a y with the same value, or
    -1. The program computes the ys, and the carries that are not equal to one. `group`: loops with
    the same number, other than 0, run at the same time if they follow each other.
    """

    call: LoopCall
    program: Program
    offsets: tuple[int, ...]
    steps: tuple[int, ...]
    alike: tuple[int, ...]
    parts: LoweredParts | None = None
    group: int = 0


ProgramStep = KernelCall | LibraryCall | LoweredLoop


@dataclass(eq=False)
class Program:
    """A schedule ready for code generation, with its kernels lowered and memory assigned."""

    graph: Graph
    schedule: Schedule
    steps: list[ProgramStep]
    offsets: dict[Buffer, int]  # of the temporaries, in the arena
    arena_bytes: int
    strides: dict[Node, tuple[int, ...]]  # of the inputs and literals

    @functools.cached_property
    def has_checks(self) -> bool:
        """Whether an index may be out of bounds, here or in a loop."""
        return any(
            step.lowered.nest.checks
            if isinstance(step, KernelCall)
            else isinstance(step, LoweredLoop) and step.program.has_checks
            for step in self.steps
        )


def other_arrays(name: str, given: Iterable[str], expected: Iterable[str]) -> StructureError:
    """The error for buffers of other types or sizes than a program was made for."""
    return StructureError(
        f"the program of {name}",
        ", ".join(given) or "no arrays",
        f"{', '.join(expected) or 'no arrays'}, for which it was made",
        "trace or compile again for these arrays. If every cotangent, output and replayed graph "
        "of yours has the expected types and shapes, please report this",
    )


def touched(step: Step | ProgramStep) -> list[Buffer]:
    """The buffers that a step reads or writes."""
    if isinstance(step, KernelCall):
        extra = [] if step.partials is None else [step.partials]
        return [*step.lowered.buffers, *extra]
    if isinstance(step, (LoweredLoop, LoopCall)):
        call = step.call if isinstance(step, LoweredLoop) else step
        return [*(operand.buffer for operand in call.operands), *call.buffers, *call.scratch]
    assert isinstance(step, LibraryCall)
    return [*(operand.buffer for operand in step.operands), step.buffer]


def written(step: ProgramStep) -> list[Buffer]:
    """The buffers that a step writes."""
    if isinstance(step, KernelCall):
        nest, buffers = step.lowered.nest, step.lowered.buffers
        numbers = [nest.accesses[number].buffer for number in nest.stored]
        own = [buffers[number] for number in numbers if number is not None]
        return own if step.partials is None else [*own, step.partials]
    if isinstance(step, LibraryCall):
        return [step.buffer]
    return [*step.call.buffers, *step.call.scratch]


def at_once(steps: Sequence[ProgramStep]) -> Iterator[list[ProgramStep]]:
    """The steps in order, those together that run at the same time."""
    numbers = (
        (step.group if isinstance(step, LoweredLoop) else 0) or -1 - number
        for number, step in enumerate(steps)
    )
    for _, pairs in itertools.groupby(zip(numbers, steps, strict=True), lambda pair: pair[0]):
        yield [step for _, step in pairs]


def loops_of(steps: Iterable[ProgramStep]) -> list[LoweredLoop]:
    """Those of the steps that are loops."""
    return [step for step in steps if isinstance(step, LoweredLoop)]


def _arena(steps: list[ProgramStep], kept: set[Buffer]) -> tuple[dict[Buffer, int], int]:
    """Offsets of the temporaries by their lifetimes, and the bytes of all."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for number, group in enumerate(at_once(steps)):
        for buffer in (buffer for step in group for buffer in touched(step)):
            if buffer.source is None and buffer not in kept:
                first.setdefault(buffer, number)
                last[buffer] = number
    layout = functools.partial(arena_layout, [(first[buffer], last[buffer]) for buffer in first])
    # One function of all sizes: its comparisons are no guards.
    *offsets, total = computed_numbers(layout, *(buffer.nbytes for buffer in first))
    return dict(zip(first, offsets, strict=True)), total


def reordered(program: Program, steps: list[ProgramStep]) -> Program:
    """The program with its steps in another order, and its temporaries where that lets them lie."""
    offsets, total = _arena(steps, set(program.schedule.outputs))
    return Program(program.graph, program.schedule, steps, offsets, total, program.strides)


CompileBody = Callable[[Graph, Sequence[tuple[int, ...]]], "Program"]


def _looped(
    call: LoopCall,
    strides: dict[Node, tuple[int, ...]],
    compile_body: CompileBody,
    processor: Processor,
    in_parts: bool,
) -> LoweredLoop:
    """A loop, with the program of its body for the strides of these operands.

    `in_parts`: it may run in parts.
    """
    body = call.body
    offsets: list[int] = []
    steps: list[int] = []
    inner: list[tuple[int, ...]] = []
    for number, operand in enumerate(call.operands):
        offset, moved = operand_layout(operand, strides)
        offsets.append(offset)
        if number >= body.first_x:
            steps.append(moved[0])
            moved = moved[1:]
        inner.append(tuple(map(int, moved)))  # the body's program is for these strides
    carries, ys = body.outputs[: body.carries], body.outputs[body.carries :]
    alike = tuple(ys.index(node) if node in ys else -1 for node in carries)
    made = [n for n in range(len(body.outputs)) if n >= body.carries or alike[n] < 0]

    def program(graph: Graph) -> Program:
        computed = Graph(graph.inputs, tuple(graph.outputs[number] for number in made))
        key = "program", processor, tuple(inner), graph
        return body.derived(key, lambda: compile_body(computed, inner))

    layout = tuple(offsets), tuple(steps), alike
    parts = parts_of(body, call.length) if in_parts else None
    if parts is None:
        return LoweredLoop(call, program(body.graph), *layout)
    shares = [
        0 if dim is None else moved[dim] * parts.size
        for moved, dim in zip(inner, parts.inputs, strict=True)
    ]
    written = [node.size * node.dtype.itemsize for node in parts.graph.outputs]
    apart = *shares, *written, *written[: body.carries]
    lowered = LoweredParts(parts.count, program(parts.last), apart)
    return LoweredLoop(call, program(parts.graph), *layout, lowered)


def operand_layout(
    operand: Operand, strides: dict[Node, tuple[int, ...]]
) -> tuple[int, tuple[int, ...]]:
    """The bytes before an operand's first element, and its strides."""
    source = operand.buffer.source
    size = operand.buffer.dtype.itemsize
    base = row_major(operand.shape, size)
    if source is not None and source in strides and source.size and source.shape == operand.shape:
        base = strides[source]
    offset, found = strided(operand.index, base, len(operand.extents))
    return offset, tuple(found)


def build_program(
    graph: Graph,
    schedule: Schedule,
    strides: dict[Node, tuple[int, ...]],
    compile_body: CompileBody,
    processor: Processor = CPU,
    in_parts: bool = False,
) -> Program:
    """Lower every kernel and lay out the arena; `compile_body` makes the programs of loops.

    `in_parts`: loops may run in parts.
    """

    def layout(node: Node) -> tuple[Buffer, tuple[int, ...]]:
        buffer = schedule.buffers[node]
        # The strides that NumPy gives an empty array are arbitrary; loops need those of C order.
        if buffer.source is node and node in strides and node.size:
            return buffer, strides[node]
        return buffer, row_major(node.shape, buffer.dtype.itemsize)

    read = {arg for node in graph for arg in node.args}
    stored = {n: b for n, b in schedule.buffers.items() if b.source is None and n in read}
    steps: list[ProgramStep] = []
    for step in schedule.steps:
        if isinstance(step, Kernel):
            lowered = lower(step, layout, stored, processor)
            partials = Buffer((lowered.partial_bytes,), uint8) if lowered.partial_bytes else None
            steps.append(KernelCall(lowered, partials))
        elif isinstance(step, LoopCall):
            steps.append(_looped(step, strides, compile_body, processor, in_parts))
        else:
            steps.append(step)
    offsets, total = _arena(steps, set(schedule.outputs))
    return Program(graph, schedule, steps, offsets, total, strides)


def program_filler(program: Program) -> Callable[[Graph, Values], Program]:
    """A recorded program, for graphs of other sizes (graph/generic.py)."""
    return functools.partial(_filled, program)


def _filled(program: Program, graph: Graph, values: Values) -> Program:
    sources = dict(zip(program.graph.inputs, graph.inputs, strict=True))
    known: dict[Buffer, Buffer] = {}

    def buffer(old: Buffer) -> Buffer:
        found = known.get(old)
        if found is None:
            source = sources.get(old.source) if old.source else None
            found = Buffer(numbers(old.shape, values), old.dtype, source, old.zeroed)
            known[old] = found
        return found

    def scalar(node: Node) -> Node:
        if node.op == "input":
            return sources[node]
        return size(filled_number(node.attr("value"), values), (), node.dtype)

    def index(entry: Index) -> Index:
        offset, step, dim = numbers(entry[:3], values)
        return Index(offset, step, dim, entry.more)

    def operands(given: Sequence[Operand]) -> tuple[Operand, ...]:
        return tuple(
            Operand(
                buffer(operand.buffer),
                numbers(operand.shape, values),
                tuple(map(index, operand.index)),
                numbers(operand.extents, values),
            )
            for operand in given
        )

    def loop(old: LoweredLoop) -> LoweredLoop:
        call = LoopCall(
            old.call.body, filled_number(old.call.length, values), old.call.reverse,
            operands(old.call.operands), tuple(map(buffer, old.call.buffers)),
            tuple(map(buffer, old.call.scratch)),
        )  # fmt: skip
        moved = numbers(old.offsets, values), numbers(old.steps, values)
        return LoweredLoop(call, old.program, *moved, old.alike, old.parts, old.group)

    def step(old: ProgramStep) -> ProgramStep:
        if isinstance(old, LoweredLoop):
            return loop(old)
        if isinstance(old, LibraryCall):
            return LibraryCall(old.node, operands(old.operands), buffer(old.buffer))
        lowered = old.lowered
        new = Lowered(
            lowered.nest, [buffer(each) for each in lowered.buffers],
            list(numbers(lowered.words, values)), [scalar(node) for node in lowered.scalars],
            filled_number(lowered.partial_bytes, values),
        )  # fmt: skip
        return KernelCall(new, old.partials and buffer(old.partials))

    schedule = Schedule(
        program.schedule.steps,
        [buffer(output) for output in program.schedule.outputs],
        [numbers(shape, values) for shape in program.schedule.output_shapes],
        {sources.get(node, node): buffer(old) for node, old in program.schedule.buffers.items()},
    )
    return Program(
        graph,
        schedule,
        [step(old) for old in program.steps],
        {buffer(old): filled_number(offset, values) for old, offset in program.offsets.items()},
        filled_number(program.arena_bytes, values),
        {sources[node]: numbers(strides, values) for node, strides in program.strides.items()},
    )


def may_share(program: Program, output: Buffer, given: Buffer) -> bool:
    """Whether an output may be written over the memory of an input.

    True if one kernel of a single pass writes the output and reads the input at the same addresses,
    and no later step reads the input.
    """
    writers = [n for n, step in enumerate(program.steps) if output in touched(step)]
    readers = [n for n, step in enumerate(program.steps) if given in touched(step)]
    if len(writers) != 1 or output.dtype is not given.dtype:
        return False
    step = program.steps[writers[0]]
    if not isinstance(step, KernelCall) or any(reader > writers[0] for reader in readers):
        return False
    nest, buffers = step.lowered.nest, step.lowered.buffers
    if len(nest.row) != 1 or len(nest.loops) != 1 or nest.transposed or nest.checks:
        return False
    found = [
        step.lowered.access_words(number)
        for number, access in enumerate(nest.accesses)
        if access.buffer is not None and buffers[access.buffer] in (output, given)
    ]
    return all(words == found[0] for words in found)
