"""The stages of compilation as text, for `dt.show`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.compile.cpu import native
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.gpu.program import GpuProgram, gpu_program
from dovetail.compile.gpu.stages import kernel_parts, launches_text
from dovetail.compile.gpu.target import target_of
from dovetail.compile.loops import CPU, Nest
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall, LoweredLoop, Program
from dovetail.compile.steps import Buffer
from dovetail.graph.node import Graph
from dovetail.graph.text import graph_text


@dataclass(frozen=True)
class Stage:
    """One stage: its title, its text and the language of the text."""

    title: str
    text: str
    language: str = "text"


def _buffer_names(program: Program) -> dict[Buffer, str]:
    names: dict[Buffer, str] = {}
    for node, buffer in program.schedule.buffers.items():
        if buffer.source is node:
            names[buffer] = node.attr("name") if node.op == "input" else "captured array"
    for number, buffer in enumerate(program.schedule.outputs):
        names[buffer] = f"output {number}"
    for buffer, offset in program.offsets.items():
        names[buffer] = f"temporary at {offset}"
    return names


def program_text(program: Program) -> str:
    """The steps with their buffers, and the memory of the temporaries."""
    names = _buffer_names(program)
    lines: list[str] = []
    kernels = 0
    for number, step in enumerate(program.steps):
        if isinstance(step, KernelCall):
            buffers = ", ".join(names[buffer] for buffer in step.lowered.buffers)
            lines.append(f"step {number}: kernel {kernels} on {buffers}")
            if step.partials is not None:
                lines[-1] += f", with {step.partials.nbytes} bytes of partial results"
            kernels += 1
        elif isinstance(step, LoweredLoop):
            call = step.call
            operands = ", ".join(names[operand.buffer] for operand in call.operands)
            made = ", ".join(names[buffer] for buffer in call.buffers)
            backwards = ", backwards" if call.reverse else ""
            lines.append(f"step {number}: {call.length} times{backwards} ({operands}) -> {made}")
            lines += [f"    {line}" for line in program_text(step.program).splitlines()]
        else:
            operands = ", ".join(names[operand.buffer] for operand in step.operands)
            lines.append(f"step {number}: {step.node.op}({operands}) -> {names[step.buffer]}")
    lines.append(f"temporaries: {program.arena_bytes} bytes")
    return "\n".join(lines)


def _without_functions(module: str) -> str:
    """The module without the bodies of elementary functions and without declarations."""
    module = re.sub(
        r"define internal \w+ @(dt_\w+)\([^)]*\)[^{]*\{.*?\n\}\n",
        r"; elementary function @\1\n",
        module,
        flags=re.DOTALL,
    )
    return "\n".join(line for line in module.splitlines() if not line.startswith("declare"))


def _instructions_only(assembly: str) -> str:
    """Assembly without directives and constants."""
    lines = [line for line in assembly.splitlines() if not re.match(r"\s+\.|\s*#", line)]
    return "\n".join(line for line in lines if not re.match(r"\.L\w*(CPI|CST)", line))


def _kernel_stages(number: int, nest: Nest) -> list[Stage]:
    module = print_module(nest)
    return [
        Stage(f"kernel {number}: loops", nest.text()),
        Stage(f"kernel {number}: LLVM", _without_functions(module), "llvm"),
        Stage(f"kernel {number}: assembly", _instructions_only(native.assembly(module)), "nasm"),
    ]


LONG_LOOP = 24  # steps of a Python loop from which a scan is better


def _advice(graph: Graph) -> Stage | None:
    """That a loop of Python, which is traced step by step, could be compiled once."""
    alike = Counter((x.source, x.op, x.shape) for x in graph if x.args and x.source)
    if not alike:
        return None
    (source, op, _), count = alike.most_common(1)[0]
    if count < LONG_LOOP:
        return None
    text = (
        f"{source} makes {count} nodes {op!r} of one shape: a loop of Python is traced, planned "
        "and compiled step by step. dt.scan traces and compiles a step once, whatever the length."
    )
    return Stage("advice", text)


def stages(
    graph: Graph, strides: Sequence[tuple[int, ...] | None], target: str | None = None
) -> list[Stage]:
    """Every stage from the traced graph to assembly; equal kernels are shown once.

    `target`: a GPU such as sm_90; None is this processor.
    """
    chip = None if target is None else target_of(target)
    found = [Stage("graph, as traced", graph_text(graph))]
    last = found[0].text
    advice = _advice(graph)
    if advice is not None:
        found.append(advice)

    def watch(name: str, after: Graph) -> None:
        nonlocal last
        text = graph_text(after)
        if text != last:
            found.append(Stage(f"graph, after: {name}", text))
            last = text

    program = lower_graph(graph, strides, watch, CPU if chip is None else chip.processor)
    found.append(Stage("program", program_text(program)))
    shown: set[str] = set()
    kernels = [step.lowered.nest for step in program.steps if isinstance(step, KernelCall)]
    if chip is not None:
        return found + _gpu_stages(gpu_program(program, chip), program)
    for number, nest in enumerate(kernels):
        if nest.text() not in shown:
            shown.add(nest.text())
            found += _kernel_stages(number, nest)
    return found


def _gpu_stages(made: GpuProgram, program: Program) -> list[Stage]:
    """The launches, and each kernel once."""
    found = [Stage("launches", launches_text(made))]
    lowered = [step.lowered for step in program.steps if isinstance(step, KernelCall)]
    by_text = {each.nest.text(): each for each in lowered}
    for number, module in enumerate(made.modules):
        found += [Stage(*part) for part in kernel_parts(number, by_text.get(module.nest), module)]
    return found
