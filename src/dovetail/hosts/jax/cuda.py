"""Programs as custom calls of XLA on NVIDIA's GPUs.

XLA calls a handler in compiled code (runtime/jax_cuda.c), which starts our kernels on XLA's stream.
Kernels are generated, and loaded on every GPU that JAX has, while a program is lowered: nothing is
loaded while it runs or is recorded in a CUDA graph (a command buffer of XLA's). Shapes are known by
then, so a table holds the grids and arguments. Temporaries are one more result of the call.
"""

from __future__ import annotations

import functools
import logging
from typing import Any

import jax

from dovetail.compile.cpu import runtime
from dovetail.compile.gpu.bounds import without_errors
from dovetail.compile.gpu.driver import Driver, driver
from dovetail.compile.gpu.native_program import NativeGpuProgram, scalars_in_memory
from dovetail.compile.gpu.program import gpu_program
from dovetail.compile.gpu.schedule import ACCESS_BYTES
from dovetail.compile.gpu.target import Target as Chip
from dovetail.compile.pipeline import lower_graph
from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Graph
from dovetail.graph.primitives.scan import Body
from dovetail.hosts.jax import ffi

_log = logging.getLogger("dovetail.gpu")


class Platform:
    """The NVIDIA GPUs that JAX has, and their driver."""

    def devices(self) -> list[int]:
        """Their ordinals, as the driver counts; raises UnsupportedError if JAX has no such GPU."""
        try:
            return [int(each.local_hardware_id) for each in jax.local_devices(backend="cuda")]
        except RuntimeError as error:  # JAX is not installed for CUDA, or there is no GPU
            raise UnsupportedError(
                f"JAX has no NVIDIA GPU: {error}",
                "a GPU, and JAX for CUDA",
                "XLA compiles the maths for other devices",
            ) from None

    def driver(self) -> Driver:
        return driver()


def target(name: str, graph: Graph) -> ffi.Target | None:
    """The custom call of an operation's graph; None if kernels of ours do not compute it."""
    try:
        found = _target(graph)
    except UnsupportedError as error:
        _log.info("%s in JAX on CUDA: XLA's code, since %s", name, error.found)
        return None
    _log.info("%s in JAX on CUDA: kernels of Dovetail", name)
    return found


def _target(graph: Graph) -> ffi.Target:
    if _has_arrays(graph):
        raise UnsupportedError(
            "the definition has an array in it", "one that is given", "XLA compiles the maths"
        )
    found = targets().target(ffi.digest_of(graph), graph)
    assert found is not None
    return found


def _has_arrays(graph: Graph) -> bool:
    """Whether a definition holds an array, or a step of a loop in it does."""
    bodies = [value for node in graph for _, value in node.attrs if isinstance(value, Body)]
    return any(node.op == "literal" for node in graph) or any(
        _has_arrays(body.graph) for body in bodies
    )


class CudaTargets(ffi.Targets):
    """Kernels on the GPUs of a platform."""

    source, platform = "jax_cuda", "CUDA"  # as XLA spells it: JAX translates no other name

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._devices, self._driver = platform.devices(), platform.driver()
        chips = {self._driver.target(each) for each in self._devices}
        if len(chips) > 1:
            raise UnsupportedError(
                f"the GPUs are of several kinds, {', '.join(sorted(each.name for each in chips))}",
                "GPUs that run the same code",
                "make one kind visible by CUDA_VISIBLE_DEVICES",
            )
        self._chip: Chip = chips.pop()

    def compiled(self, digest: str, graph: Graph) -> tuple[ffi.Target, list[Any], Any]:
        given = scalars_in_memory(without_errors(graph))
        # Floats lie one behind the other: every second address is not divisible by 16.
        alignments = [
            float64.itemsize if node.flag("scalar") else ACCESS_BYTES for node in graph.inputs
        ]
        strides, processor = ffi.strides_of(given), self._chip.processor
        planned = lower_graph(given, strides, processor=processor)
        made = gpu_program(planned, self._chip, alignments, reads_status=False)
        program = NativeGpuProgram(made, self._driver, self._devices)
        scratch = made.workspace_bytes
        arrays, floats, operands, results = ffi.buffers_of(graph, scratch)
        words = runtime.words(
            "JaxCudaRecord",
            arrays=arrays,
            floats=floats,
            outputs=len(made.outputs) + bool(scratch),
            alignment=ACCESS_BYTES,
            program=program.address,
            operands=operands.ctypes.data,
            results=results.ctypes.data,
        )
        # The results depend on `scratch`, which another chip or release may change: XLA must not
        # take an executable for those from its cache.
        name = f"dovetail_{self._chip.name}_{scratch}_{digest}"
        return ffi.Target(name, scratch), words, (program, operands, results)

    def define_symbols(self) -> None:
        runtime.export("cuda_launch", "dovetail_cuda_run")


@functools.cache
def targets() -> CudaTargets:
    """Those of this process; raises UnsupportedError if it has no GPU that runs our kernels."""
    return CudaTargets(Platform())
