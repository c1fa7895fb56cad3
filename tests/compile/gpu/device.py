"""A launcher for tests: runs a graph as a GPU program on NumPy arrays, by the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dovetail.compile.gpu.program import GpuProgram, Launch, Step, gpu_program
from dovetail.compile.gpu.schedule import schedule_of, shape_of
from dovetail.compile.gpu.target import target_of
from dovetail.compile.gpu.traffic import Traffic, traffic_of
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.node import Graph
from dovetail.verify.emulator.executable import Run, execute
from dovetail.verify.emulator.memory import Array


def planned(
    graph: Graph, arrays: Sequence[Array], target: str = "sm_90", misaligned: Sequence[int] = ()
) -> GpuProgram:
    """The GPU program of a graph for arrays; `misaligned`: bytes beyond an aligned address."""
    strides = iter([array.strides for array in arrays])
    given = [None if node.flag("scalar") else next(strides) for node in graph.inputs]
    moved = [*misaligned, *[0] * (len(arrays) - len(misaligned))]
    alignments = [bytes_ & -bytes_ if bytes_ else 256 for bytes_ in moved]
    processor = target_of(target).processor
    return gpu_program(lower_graph(graph, given, processor=processor), target, alignments)


def traffic(graph: Graph, arrays: Sequence[Array], target: str = "sm_90") -> list[Traffic]:
    """The bytes of each kernel, counted from its schedule."""
    chip = target_of(target)
    program = lower_graph(graph, [array.strides for array in arrays], processor=chip.processor)
    found: list[Traffic] = []
    for step in program.steps:
        assert isinstance(step, KernelCall)
        nest, words = step.lowered.nest, step.lowered.words
        alignments = [256] * len(step.lowered.buffers)
        schedule = schedule_of(nest, words, alignments, chip)
        found.append(traffic_of(nest, schedule, words, shape_of(nest, schedule, words)))
    return found


def run(
    graph: Graph, arrays: Sequence[Array], scalars: Sequence[float] = (), *, target: str = "sm_90",
    misaligned: Sequence[int] = (), seed: int = 0,
) -> Run:  # fmt: skip
    """The outputs of a graph, compiled for a GPU and emulated."""
    program = planned(graph, arrays, target, misaligned)
    return execute(program, arrays, scalars, misaligned=misaligned, seed=seed)


def changed(program: GpuProgram, old: str, new: str) -> GpuProgram:
    """The program with an error planted in its PTX."""
    assert any(old in module.ptx for module in program.modules), f"no {old!r} to change"

    def step(found: Step) -> Step:
        if not isinstance(found, Launch):
            return found
        module = replace(found.module, ptx=found.module.ptx.replace(old, new))
        return replace(found, module=module)

    return replace(program, steps=tuple(map(step, program.steps)))
