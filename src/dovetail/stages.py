"""dt.show: every stage of a definition, as text.

What is printed is what the NumPy host would run for arguments of these shapes, dtypes
and layouts: the same tracing, the same passes, the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dovetail.compile.cpu import native
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.pipeline import plan_program
from dovetail.compile.program import KernelCall, Program
from dovetail.errors import StageError
from dovetail.extension.base import Extension
from dovetail.extension.gradients import grad
from dovetail.extension.layer import Layer
from dovetail.extension.op import op
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Graph
from dovetail.graph.text import graph_text
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from dovetail.language.tree import flatten, map_leaves

__all__ = ["show", "stages"]

PUBLIC = ["show"]

STAGES = ("graph", "passes", "kernels", "gradient", "llvm", "assembly")
USUAL = ("graph", "kernels", "gradient")


def show(definition: Any, *args: Any, only: str | tuple[str, ...] = USUAL) -> None:
    """Print what becomes of a definition called with these arrays.

    `only`: one or more of "graph" (as traced), "passes" (after each pass that changes it),
    "kernels" (loop nests and library calls), "gradient" (the kernels of the gradient with
    respect to every floating argument), "llvm" (the code handed to LLVM) and "assembly".
    """
    print("\n\n".join(f"# {title}\n{text}" for title, text in stages(definition, *args, only=only)))


def stages(
    definition: Any, *args: Any, only: str | tuple[str, ...] = USUAL
) -> Iterator[tuple[str, str]]:
    """(title, text) of each stage that is asked for."""
    wanted = (only,) if isinstance(only, str) else tuple(only)
    for stage in wanted:
        if stage not in STAGES:
            raise StageError(stage, STAGES)
    if isinstance(definition, Layer):
        definition.build(*args)
        call, arguments = definition.program, [definition.parameters(), definition.states(), *args]
        names = definition.name
    else:
        call = definition if isinstance(definition, Extension) else op(definition)
        arguments, names = list(args), call.name
    passes: list[tuple[str, Graph]] = []
    graph, program = _planned(call, arguments, lambda name, after: passes.append((name, after)))
    if "graph" in wanted:
        yield f"{names}: graph", graph_text(graph)
    if "passes" in wanted:
        before = graph_text(graph)
        for name, after in passes:
            text = graph_text(after)
            if text != before:
                yield f"{names}: after {name}", text
            before = text
    if "kernels" in wanted:
        yield f"{names}: kernels", _steps(program)
    if "gradient" in wanted:
        numbers = tuple(i for i, value in enumerate(arguments) if _is_floating(value))
        if numbers:
            _, backward = _planned(grad(_total(call), argnums=numbers), arguments, None)
            yield f"{names}: gradient, kernels", _steps(backward)
    for stage, printed in (("llvm", lambda ir: ir), ("assembly", native.assembly)):
        if stage in wanted:
            codes = (print_module(step.lowered.nest) for step in _kernels(program))
            yield f"{names}: {stage}", "\n".join(printed(code) for code in codes)


def _total(call: Any) -> Any:
    """The sum of everything that a call returns, which has a gradient."""

    def total(*args: Any) -> Any:
        leaves = flatten(call(*args))[0]
        sums = [dt.sum(leaf) for _, leaf in leaves if leaf.dtype.is_floating]
        result = sums[0]
        for each in sums[1:]:
            result = result + each
        return result

    return op(total)


def _is_floating(value: Any) -> bool:
    leaves = [leaf for _, leaf in flatten(value)[0]]
    return bool(leaves) and all(
        isinstance(leaf, np.ndarray) and as_dtype(leaf.dtype).is_floating for leaf in leaves
    )


def _spec(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return ArraySpec(value.shape, as_dtype(value.dtype))
    return ScalarSpec() if isinstance(value, float) else value


def _planned(
    call: Any, arguments: list[Any], watch: Callable[[str, Graph], None] | None
) -> tuple[Graph, Program]:
    """The traced graph and the program that the NumPy host would run."""
    values = call.signature.bind(tuple(arguments), {})
    args, kwargs = call.signature.spread([map_leaves(_spec, value) for value in values])
    graph = trace(call, args, kwargs).graph
    leaves = (leaf for _, leaf in flatten(values)[0] if isinstance(leaf, np.ndarray))
    strides = [None if node.attr("scalar") else next(leaves).strides for node in graph.inputs]
    return graph, plan_program(graph, strides, watch)


def _kernels(program: Program) -> list[KernelCall]:
    return [step for step in program.steps if isinstance(step, KernelCall)]


def _steps(program: Program) -> str:
    """The steps in order: a loop nest each, or a library call."""
    parts: list[str] = []
    for number, step in enumerate(program.steps):
        if isinstance(step, KernelCall):
            parts.append(f"step {number}: kernel\n{step.lowered.nest.text()}")
        else:
            shapes = ", ".join(str(operand.buffer.shape) for operand in step.operands)
            parts.append(f"step {number}: {step.node.op} of {shapes} to {step.buffer.shape}")
    return "\n".join(parts) or "nothing to compute"
