"""A launcher for tests: runs a GPU program on NumPy arrays, by the emulator."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dovetail.compile.gpu.program import (
    Area,
    Argument,
    Clear,
    Float,
    Given,
    GpuProgram,
    Launch,
    Pointer,
    Word,
    gpu_program,
)
from dovetail.compile.gpu.schedule import schedule_of, shape_of
from dovetail.compile.gpu.target import target_of
from dovetail.compile.gpu.traffic import Traffic, traffic_of
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.node import Graph
from tests.compile.gpu.emulator import launch
from tests.compile.gpu.memory import POISON, Memory

Array = np.ndarray[Any, Any]
LARGE = 1 << 28  # bytes of an array that is not copied


@dataclass
class Run:
    """What a program has computed, and what it took."""

    outputs: list[Array]
    memory: Memory
    status: int = 0
    launches: list[Launch] = field(default_factory=list)


def planned(
    graph: Graph, arrays: Sequence[Array], target: str = "sm_90", misaligned: Sequence[int] = ()
) -> GpuProgram:
    """The GPU program of a graph for arrays; `misaligned`: bytes beyond an aligned address."""
    strides = iter([array.strides for array in arrays])
    given = [None if node.flag("scalar") else next(strides) for node in graph.inputs]
    moved = [*misaligned, *[0] * (len(arrays) - len(misaligned))]
    alignments = [bytes_ & -bytes_ if bytes_ else 256 for bytes_ in moved]
    return gpu_program(lower_graph(graph, given, processor="gpu"), target, alignments)


def traffic(graph: Graph, arrays: Sequence[Array], target: str = "sm_90") -> list[Traffic]:
    """The bytes of each kernel, counted from its schedule."""
    program = lower_graph(graph, [array.strides for array in arrays], processor="gpu")
    found: list[Traffic] = []
    for step in program.steps:
        assert isinstance(step, KernelCall)
        nest, words = step.lowered.nest, step.lowered.words
        alignments = [256] * len(step.lowered.buffers)
        schedule = schedule_of(nest, words, alignments, target_of(target))
        found.append(traffic_of(nest, schedule, words, shape_of(nest, schedule, words)))
    return found


def run(
    graph: Graph, arrays: Sequence[Array], scalars: Sequence[float] = (), *, target: str = "sm_90",
    misaligned: Sequence[int] = (), seed: int = 0,
) -> Run:  # fmt: skip
    """The outputs of a graph, compiled for a GPU and emulated."""
    program = planned(graph, arrays, target, misaligned)
    return execute(program, arrays, scalars, misaligned=misaligned, seed=seed)


def execute(
    program: GpuProgram, arrays: Sequence[Array], scalars: Sequence[float] = (), *,
    misaligned: Sequence[int] = (), seed: int = 0,
) -> Run:  # fmt: skip
    """The outputs of a program."""
    memory = Memory()
    moved = [*misaligned, *[0] * (len(arrays) - len(misaligned))]
    places: dict[tuple[Area, int], int] = {}
    for number, array in enumerate(arrays):
        places[Area.INPUT, number] = _placed(memory, array, moved[number])
    for number, array in enumerate(program.constants):
        places[Area.CONSTANT, number] = _placed(memory, array, 0)
    sizes = [int(np.prod(shape)) * dtype.itemsize for shape, dtype in program.outputs]
    for number, size in enumerate(sizes):
        places[Area.OUTPUT, number] = memory.place(np.full(size, POISON, np.uint8))
    workspace = np.full(program.workspace_bytes, POISON, np.uint8)
    places[Area.WORKSPACE, 0] = memory.place(workspace)

    def address(pointer: Pointer) -> int:
        return places[pointer.area, pointer.number] + pointer.offset

    def word(argument: Argument) -> int:
        if isinstance(argument, Pointer):
            return address(argument)
        if isinstance(argument, Word):
            return argument.value & ((1 << 64) - 1)
        value = argument.value if isinstance(argument, Float) else scalars[argument.number]
        assert isinstance(argument, (Float, Given))
        return int(struct.unpack("<Q", struct.pack("<d", value))[0])

    for step in program.steps:
        if isinstance(step, Clear):
            memory.bytes_at(address(step.pointer), step.nbytes)[:] = 0
            continue
        words = [word(argument) for argument in step.arguments]
        launch(step.module.ptx, step.module.name, step.grid, step.module.threads, step.shared_bytes,
               words, memory, seed)  # fmt: skip
    outputs = [
        memory.bytes_at(places[Area.OUTPUT, number], size).view(dtype.numpy).reshape(shape)
        for number, (size, (shape, dtype)) in enumerate(zip(sizes, program.outputs, strict=True))
    ]
    status = 0
    if program.status is not None:
        status = int(memory.bytes_at(address(program.status), 8).view(np.int64)[0])
    return Run(outputs, memory, status, list(program.launches))


def _placed(memory: Memory, array: Array, misaligned: int) -> int:
    """The address of an array's first element; negative strides reach back from there."""
    if not array.size:
        return memory.place(np.zeros(0, np.uint8), misaligned)
    steps = [
        stride * (extent - 1) for stride, extent in zip(array.strides, array.shape, strict=True)
    ]
    low, high = (sum(step for step in steps if (step > 0) is up) for up in (False, True))
    size = high - low + array.itemsize
    raw = (ctypes.c_uint8 * size).from_address(array.ctypes.data + low)
    start = (misaligned - low) % 16  # the first element is as aligned as it is said to be
    whole = np.frombuffer(raw, np.uint8)
    return memory.place(whole.copy() if size < LARGE else whole, start) - low


def changed(program: GpuProgram, old: str, new: str) -> GpuProgram:
    """The program with an error planted in its PTX."""
    assert any(old in module.ptx for module in program.modules), f"no {old!r} to change"

    def step(found: Launch | Clear) -> Launch | Clear:
        if isinstance(found, Clear):
            return found
        module = replace(found.module, ptx=found.module.ptx.replace(old, new))
        return replace(found, module=module)

    return replace(program, steps=tuple(map(step, program.steps)))
