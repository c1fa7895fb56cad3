"""The list of passes from a traced graph to an executable program."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from dovetail.compile.cpu.executor import Executable
from dovetail.compile.decompose import decompose
from dovetail.compile.fuse import fuse
from dovetail.compile.index_checks import with_checks
from dovetail.compile.loops import CPU, Processor
from dovetail.compile.merge_axes import merge_axes
from dovetail.compile.panels import with_panels
from dovetail.compile.program import Program, build_program, program_filler
from dovetail.compile.side_by_side import side_by_side
from dovetail.compile.tiled_convolution import convolutions
from dovetail.compile.unroll_windows import unroll_windows
from dovetail.graph.generic import SizeGeneric, Strides
from dovetail.graph.node import Graph, Node
from dovetail.graph.typecheck import typecheck
from dovetail.transform.contract import contract
from dovetail.transform.scan_hoist import simple_loops
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

Pass = Callable[[Graph], Graph]


def _simplify(graph: Graph) -> Graph:
    return Graph(graph.inputs, simplify(graph.outputs))


def _stabilise(graph: Graph) -> Graph:
    return Graph(graph.inputs, stabilise(graph.outputs))


# The graph is traced before; differentiation runs between two runs of the first four passes.
PASSES: tuple[tuple[str, Pass], ...] = (
    ("loops", simple_loops),
    ("simplify", _simplify),
    ("stabilise", _stabilise),
    ("decompose", decompose),
    ("convolutions", convolutions),
    ("unroll windows", unroll_windows),
    ("simplify again", _simplify),
    ("contract", contract),
)
# For the kernels and loops of the CPU, after them.
CPU_PASSES: tuple[tuple[str, Pass], ...] = (
    ("merge axes", merge_axes),
    ("panels", with_panels),
)


def optimise(
    graph: Graph,
    watch: Callable[[str, Graph], None] | None = None,
    passes: Sequence[tuple[str, Pass]] = PASSES,
) -> Graph:
    """Run the passes; each result is verified and passed to `watch`."""
    typecheck(graph)
    for name, run in passes:
        made = run(graph)
        if made is not graph:
            graph = typecheck(made)
        if watch is not None:
            watch(name, graph)
    return graph


def contiguous_inputs(graph: Graph, strides: dict[Node, tuple[int, ...]]) -> frozenset[Node]:
    """The inputs whose arrays are in C order (strides of dimensions of size 1 do not matter)."""
    result: set[Node] = set()
    for node, given in strides.items():
        step = node.dtype.itemsize
        in_order = True
        for extent, stride in zip(reversed(node.shape), reversed(given), strict=True):
            in_order = in_order and (extent == 1 or stride == step)
            step *= extent
        if in_order:
            result.add(node)
    return frozenset(result)


def lower_graph(
    graph: Graph,
    strides: Strides,
    watch: Callable[[str, Graph], None] | None = None,
    processor: Processor = CPU,
    of_body: bool = False,
) -> Program:
    """Run all passes up to loop nests; `strides` are those of the inputs, in bytes.

    `of_body`: the graph is the body of a loop.
    """
    if watch is None:
        return _planned(graph, processor, of_body, strides=strides)
    return _plan(graph, strides, processor, of_body, watch)


def _plan(
    graph: Graph,
    strides: Strides,
    processor: Processor = CPU,
    of_body: bool = False,
    watch: Callable[[str, Graph], None] | None = None,
) -> Program:
    given = {
        node: stride
        for node, stride in zip(graph.inputs, strides, strict=True)
        if stride is not None
    }
    count = len(graph.outputs)

    def watch_outputs(name: str, after: Graph) -> None:
        if watch is not None:
            watch(name, Graph(after.inputs, after.outputs[:count]))

    passes = (*PASSES, *CPU_PASSES) if processor == CPU else PASSES
    optimised = optimise(with_checks(graph), watch_outputs, passes)
    computed = Graph(optimised.inputs, optimised.outputs[:count])
    literals = {
        node: node.attr("array").value.strides for node in optimised if node.op == "literal"
    }
    given.update(literals)
    contiguous, checks = contiguous_inputs(optimised, given), optimised.outputs[count:]
    schedule = fuse(computed, contiguous, checks, processor)
    lower_body = functools.partial(lower_graph, processor=processor, of_body=True)
    in_parts = processor == CPU and not of_body
    program = build_program(optimised, schedule, given, lower_body, processor, in_parts)
    return side_by_side(program)


_planned = SizeGeneric(_plan, lambda program, _: program_filler(program))


def compile_graph(graph: Graph, strides: Strides) -> Executable:
    """Compile a graph for NumPy arrays with these strides."""
    return Executable(lower_graph(graph, strides))
