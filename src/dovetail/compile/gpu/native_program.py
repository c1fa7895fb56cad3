"""A GPU program as the table that compiled code walks (runtime/cuda_launch.c), without Python.

The kernels are loaded on each device when the table is made. Unlike launcher.py, which Python
calls, it serves several devices, and all that a call gives is addresses: a program with scalar
inputs reads them from memory (`scalars_in_memory`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dovetail.compile.cpu import runtime
from dovetail.compile.gpu.driver import Driver
from dovetail.compile.gpu.program import (
    Area,
    Argument,
    Clear,
    Float,
    GpuProgram,
    Launch,
    Pointer,
    Word,
)
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Graph, Node, transform
from dovetail.graph.primitives.elementwise import cast
from dovetail.graph.primitives.row import input_node

Array = np.ndarray[Any, Any]

_FUNCTIONS = {
    "launch": "cuLaunchKernel", "clear": "cuMemsetD8Async", "context_of": "cuStreamGetCtx",
    "current": "cuCtxGetCurrent", "push": "cuCtxPushCurrent_v2", "pop": "cuCtxPopCurrent_v2",
    "name_of": "cuGetErrorName",
}  # fmt: skip


def scalars_in_memory(graph: Graph) -> Graph:
    """The graph with an array of one float64 in place of each scalar input."""
    replaced: dict[Node, Node] = {}
    inputs: list[Node] = []
    for node in graph.inputs:
        if node.flag("scalar"):
            given = input_node(str(node.attr("name")), (), float64)
            replaced[node] = cast(given, dtype=node.dtype)
            inputs.append(given)
        else:
            inputs.append(node)
    return Graph(tuple(inputs), transform(graph.outputs, lambda node: node, replaced))


class NativeGpuProgram:
    """A program on some devices; `address` is where its table is, as long as this object lives.

    The buffers of a call are the inputs, the outputs, and the workspace if there is one.
    """

    def __init__(self, program: GpuProgram, driver: Driver, devices: Sequence[int]) -> None:
        self._driver, self._devices = driver, devices
        self._kept: list[Array] = []
        inputs, outputs = len(program.alignments), len(program.outputs)
        self._firsts = {Area.INPUT: 0, Area.OUTPUT: inputs, Area.WORKSPACE: inputs + outputs}
        rows = list(map(self._row, program.device_steps))
        functions = {name: driver.addresses[entry] for name, entry in _FUNCTIONS.items()}
        head = runtime.words(
            "CudaProgram",
            driver=self._words(runtime.words("CudaDriver", **functions)),
            devices=len(devices),
            contexts=self._words([driver.context(device) for device in devices]),
            steps=len(rows),
            table=self._words([word for row in rows for word in runtime.words("CudaStep", **row)]),
            most_words=max((row["word_count"] for row in rows), default=1),
        )
        self.address = self._words(head)

    def _row(self, step: Launch | Clear) -> dict[str, int]:
        """The fields of a step."""
        if isinstance(step, Clear):
            functions, grid, threads, shared = 0, (0, 0, 0), 0, 0
            arguments: Sequence[Argument] = (step.pointer, Word(step.nbytes))
        else:
            module, grid, shared = step.module, step.grid, step.shared_bytes
            threads, arguments = module.threads, step.arguments
            load = self._driver.function
            functions = self._words(
                [load(device, module.ptx, module.name, shared) for device in self._devices]
            )
        words, given = self._arguments(arguments)
        return {
            "functions": functions, "blocks_x": grid[0], "blocks_y": grid[1], "blocks_z": grid[2],
            "threads": threads, "shared_bytes": shared,
            "word_count": len(words), "words": self._words(words),
            "given_count": len(given) // 2, "given": self._words(given),
        }  # fmt: skip

    def _arguments(self, arguments: Sequence[Argument]) -> tuple[Array, list[int]]:
        """The words of arguments, and which of them the address of which buffer is added to."""
        words = np.zeros(len(arguments), np.int64)
        given: list[int] = []
        for place, argument in enumerate(arguments):
            if isinstance(argument, Pointer):
                words[place] = argument.offset
                given += (place, self._firsts[argument.area] + argument.number)
            elif isinstance(argument, Word):
                words[place] = argument.value
            else:
                assert isinstance(argument, Float)  # scalars are in memory
                words.view(np.float64)[place] = argument.value
        return words, given

    def _words(self, values: Sequence[int] | Array) -> int:
        """The address of words that stay as long as this object."""
        self._kept.append(np.array(values, np.int64))
        return self._kept[-1].ctypes.data
