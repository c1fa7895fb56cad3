"""Runs a compiled GPU program (program.py) on a stream of the caller's.

The kernels are loaded when a `NativeGpuProgram` is made: it is a table, which compiled code walks
for each call (runtime/cuda_launch.c), Python's or XLA's. A call gives addresses and scalars; those
of XLA are in memory of the device (`scalars_in_memory`).
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.compile.cpu import runtime
from dovetail.compile.gpu.driver import Driver
from dovetail.compile.gpu.program import (
    Area,
    Argument,
    Clear,
    Float,
    Given,
    GpuProgram,
    Launch,
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


@functools.cache
def _entry() -> Callable[..., int]:
    address = runtime.load("cuda_launch").address("dovetail_cuda_run")
    pointer = ctypes.c_void_p
    return ctypes.CFUNCTYPE(ctypes.c_int32, *[pointer] * 5)(address)


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

    `constants`: the addresses of its constants, on the one device.
    """

    def __init__(
        self, program: GpuProgram, driver: Driver, devices: Sequence[int],
        constants: Sequence[int] = (),
    ) -> None:  # fmt: skip
        assert len(devices) == 1 or not program.constants
        self._driver, self._devices, self._constants = driver, devices, constants
        self._kept: list[Array] = []
        self.workspace_bytes = program.workspace_bytes
        inputs, outputs = len(program.alignments), len(program.outputs)
        self._firsts = {Area.INPUT: 0, Area.OUTPUT: inputs, Area.WORKSPACE: inputs + outputs}
        self._buffers: Any = ctypes.c_int64 * (inputs + outputs + bool(self.workspace_bytes))
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

    def run(self, buffers: Sequence[int], scalars: Sequence[float], stream: int) -> None:
        """Start all kernels. The buffers: inputs, outputs, the workspace if there are bytes of it.

        Nothing is allocated and nothing is waited for. Of several devices it is the stream's.
        """
        name = ctypes.c_char_p()
        error = _entry()(
            self.address, self._buffers(*buffers), (ctypes.c_double * len(scalars))(*scalars),
            stream, ctypes.byref(name),
        )  # fmt: skip
        if error:
            assert name.value is not None
            self._driver.raise_error(name.value.decode(), error)

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
        words, given, scalars = self._arguments(arguments)
        return {
            "functions": functions, "blocks_x": grid[0], "blocks_y": grid[1], "blocks_z": grid[2],
            "threads": threads, "shared_bytes": shared,
            "word_count": len(words), "words": self._words(words),
            "given_count": len(given) // 2, "given": self._words(given),
            "scalar_count": len(scalars) // 2, "scalars": self._words(scalars),
        }  # fmt: skip

    def _arguments(self, arguments: Sequence[Argument]) -> tuple[Array, list[int], list[int]]:
        """The words of arguments; what buffers and what scalars of a call are put into them."""
        words = np.zeros(len(arguments), np.int64)
        given: list[int] = []
        scalars: list[int] = []
        for place, argument in enumerate(arguments):
            if isinstance(argument, Word):
                words[place] = argument.value
            elif isinstance(argument, Float):
                words.view(np.float64)[place] = argument.value
            elif isinstance(argument, Given):
                scalars += (place, argument.number)
            elif argument.area is Area.CONSTANT:
                words[place] = self._constants[argument.number] + argument.offset
            else:
                words[place] = argument.offset
                given += (place, self._firsts[argument.area] + argument.number)
        return words, given, scalars

    def _words(self, values: Sequence[int] | Array) -> int:
        """The address of words that stay as long as this object."""
        self._kept.append(np.array(values, np.int64))
        return self._kept[-1].ctypes.data
