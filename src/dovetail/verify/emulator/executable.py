"""Graphs as NumPy arrays' executables whose kernels are PTX, run by the emulator."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.compile.cpu.library import call_library
from dovetail.compile.gpu.program import (
    Area,
    Argument,
    Clear,
    Float,
    Given,
    GpuProgram,
    HostCall,
    Launch,
    Pointer,
    View,
    Word,
    gpu_program,
)
from dovetail.compile.gpu.target import target_of
from dovetail.compile.index_checks import fallible_nodes, with_checks
from dovetail.compile.pipeline import lower_graph
from dovetail.graph.node import Array, Graph
from dovetail.graph.primitives.indexing import out_of_range
from dovetail.verify.emulator.machine import launch
from dovetail.verify.emulator.memory import POISON, Memory

LARGE = 1 << 28  # bytes of an array that is not copied


@dataclass
class Run:
    """What a program has computed, and the memory that it did it in."""

    outputs: list[Array]
    memory: Memory
    status: int = 0


class Emulated:
    """An executable of a graph (hosts/numpy/host.py) on an emulated GPU.

    A graph with a step that has no GPU kernel, such as most loops over time, is an
    UnsupportedError.
    """

    def __init__(
        self, graph: Graph, strides: Sequence[tuple[int, ...] | None], target: str
    ) -> None:
        self._graph = graph
        chip = target_of(target)
        plan = lower_graph(graph, strides, processor=chip.processor)
        self._program = gpu_program(plan, chip, library=True)

    def __call__(
        self, arrays: Sequence[Any], scalars: Sequence[float] = (),
        into: Sequence[Array] | None = None,
    ) -> list[Array]:  # fmt: skip
        run = execute(self._program, arrays, scalars)
        if run.status:
            raise out_of_range(fallible_nodes(with_checks(self._graph)))
        if into is None:
            return [np.array(each) for each in run.outputs]
        for target, made in zip(into, run.outputs, strict=True):
            target[...] = made
        return list(into)

    def shares(self, output: int, position: int) -> bool:
        """Whether an output may be written into an input: each call has memory of its own."""
        return True


def execute(
    program: GpuProgram, arrays: Sequence[Array], scalars: Sequence[float] = (), *,
    misaligned: Sequence[int] = (), seed: int = 0,
) -> Run:  # fmt: skip
    """Run a program; `misaligned`: bytes beyond an aligned address, for each array."""
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

    def view(found: View) -> Array:
        return memory.array_at(address(found.pointer), found.dtype.numpy, found.shape,
                               found.strides)  # fmt: skip

    for step in program.steps:
        if isinstance(step, Clear):
            memory.bytes_at(address(step.pointer), step.nbytes)[:] = 0
        elif isinstance(step, HostCall):
            call_library(step.node, [view(each) for each in step.operands], view(step.result))
        else:
            assert isinstance(step, Launch)
            words = [word(argument) for argument in step.arguments]
            module = step.module
            launch(module.ptx, module.name, step.grid, module.threads, step.shared_bytes, words,
                   memory, seed)  # fmt: skip
    outputs = [
        memory.bytes_at(places[Area.OUTPUT, number], size).view(dtype.numpy).reshape(shape)
        for number, (size, (shape, dtype)) in enumerate(zip(sizes, program.outputs, strict=True))
    ]
    status = 0
    if program.status is not None:
        status = int(memory.bytes_at(address(program.status), 8).view(np.int64)[0])
    return Run(outputs, memory, status)


def _placed(memory: Memory, array: Array, misaligned: int) -> int:
    """The address of an array's first element; negative strides reach back from there."""
    if not array.size:
        return memory.place(np.zeros(0, np.uint8), misaligned)
    steps = [
        stride * (extent - 1) for stride, extent in zip(array.strides, array.shape, strict=True)
    ]
    low, high = (sum(step for step in steps if (step > 0) is up) for up in (False, True))
    size = high - low + array.itemsize
    raw: Any = (ctypes.c_uint8 * size).from_address(array.ctypes.data + low)
    start = (misaligned - low) % 16  # the first element is as aligned as it is said to be
    whole = np.frombuffer(raw, np.uint8)
    return memory.place(whole.copy() if size < LARGE else whole, start) - low
