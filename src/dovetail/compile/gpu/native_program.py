"""Runs a compiled GPU program (program.py) on the caller's stream.

The kernels are loaded when a `NativeGpuProgram` is made. It is a table that compiled code walks at
each call (runtime/cuda_launch.c), whether Python or XLA calls. A call passes addresses and scalars;
the scalars of XLA's calls are in the device's memory instead (`scalars_in_memory`).
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
    """A program on some devices. `address`: its table, which lives as long as this object.

    `constants`: the addresses of its constants, which only a program on one device may have.
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
        """Start all kernels. The buffers: inputs, outputs, and the workspace if it has any bytes.

        Nothing is allocated and nothing is waited for. The stream decides on which device it runs.
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
        """The words of arguments, and pairs: a position in them, a number of a buffer or scalar."""
        words = np.zeros(len(arguments), np.int64)
        given: list[int] = []
        scalars: list[int] = []
        for position, argument in enumerate(arguments):
            if isinstance(argument, Word):
                words[position] = argument.value
            elif isinstance(argument, Float):
                words.view(np.float64)[position] = argument.value
            elif isinstance(argument, Given):
                scalars += (position, argument.number)
            elif argument.area is Area.CONSTANT:
                words[position] = self._constants[argument.number] + argument.offset
            else:
                words[position] = argument.offset
                given += (position, self._firsts[argument.area] + argument.number)
        return words, given, scalars

    def _words(self, values: Sequence[int] | Array) -> int:
        """The address of words that stay as long as this object."""
        self._kept.append(np.array(values, np.int64))
        return self._kept[-1].ctypes.data
