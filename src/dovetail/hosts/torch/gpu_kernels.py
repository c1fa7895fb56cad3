"""Kernels of ours on NVIDIA's GPUs: launched on PyTorch's current stream, in its memory.

Outputs and temporaries come from PyTorch's allocator, which knows the stream; nothing waits for the
device, so a call can be captured in a CUDA graph, in any thread.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import torch

from dovetail.compile.gpu import program as programs
from dovetail.compile.gpu.native_program import NativeGpuProgram
from dovetail.compile.gpu.schedule import ACCESS_BYTES
from dovetail.errors import HostError
from dovetail.hosts.torch import native
from dovetail.hosts.torch.dtypes import THEIRS, shared, spec
from dovetail.hosts.torch.gpu_devices import Gpu
from dovetail.hosts.torch.layout import strides_in
from dovetail.hosts.torch.memory import SUSPECT, is_freed, no_memory
from dovetail.operations.operation import Operation

Tensor = torch.Tensor


class _Constants:
    """Arrays that programs read, on their devices. They stay: a CUDA graph may hold an address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Any, Tensor] = {}

    def of(self, gpu: Gpu, arrays: Sequence[Any]) -> list[int]:
        """The addresses of arrays on a device."""
        with self._lock:
            return [self._one(gpu, each).data_ptr() for each in arrays]

    def _one(self, gpu: Gpu, array: Any) -> Tensor:
        key = gpu.device, array.dtype.str, array.shape, array.tobytes()
        if key not in self._kept:
            if gpu.platform.is_capturing(gpu.index):
                raise HostError(
                    "a definition with an array in it was first called while a CUDA graph is "
                    "captured",
                    "its array on the device before",
                    "call it once on such tensors before the capture, as for a warm-up",
                )
            # PyTorch waits for this copy, so that every stream may read it.
            self._kept[key] = shared(array.copy()).to(gpu.device)
        return self._kept[key]


_constants = _Constants()


class GpuKernels:
    """An operation on tensors of a GPU that are laid out in one way.

    A program that has a step without a GPU kernel is an UnsupportedError.
    """

    def __init__(self, gpu: Gpu, operation: Operation, arrays: Sequence[Tensor]) -> None:
        self._gpu, self._name = gpu, operation.name
        strides = [tuple(each.stride()) for each in arrays]
        specs = tuple(map(spec, arrays))
        self._plan, order, outputs = native.planned(operation, strides, specs, gpu.target.processor)
        self._outputs = [
            (shape, strides_in(shape, order), THEIRS[dtype]) for shape, dtype in outputs
        ]
        self._from_cpu = [n for n, each in enumerate(arrays) if each.device != gpu.device]
        self._loaded: dict[tuple[int, ...], NativeGpuProgram] = {}
        self._aligned = self._load((ACCESS_BYTES,) * len(arrays))

    def _load(self, alignments: tuple[int, ...]) -> NativeGpuProgram:
        """The program for arrays at addresses divisible by these."""
        gpu = self._gpu
        made = programs.gpu_program(self._plan, gpu.target, alignments, reads_status=False)
        constants = _constants.of(gpu, made.constants)
        loaded = NativeGpuProgram(made, gpu.driver, [gpu.index], constants)
        return self._loaded.setdefault(alignments, loaded)

    def __call__(self, arrays: Sequence[Tensor], floats: Sequence[float]) -> list[Tensor]:
        gpu, device = self._gpu, self._gpu.device
        if self._from_cpu:
            arrays = self._moved(arrays)
        addresses = [each.data_ptr() for each in arrays]
        if min(addresses, default=SUSPECT) < SUSPECT:
            self._check_memory(arrays)
        loaded = self._aligned
        if any(each % ACCESS_BYTES for each in addresses):
            alignments = tuple(math.gcd(each, ACCESS_BYTES) for each in addresses)
            loaded = self._loaded.get(alignments) or self._load(alignments)
        outputs = [
            torch.empty_strided(shape, strides, dtype=dtype, device=device)
            for shape, strides, dtype in self._outputs
        ]
        addresses += [each.data_ptr() for each in outputs]
        if loaded.workspace_bytes:
            scratch = torch.empty(loaded.workspace_bytes, dtype=torch.uint8, device=device)
            addresses.append(scratch.data_ptr())
        loaded.run(addresses, floats, gpu.platform.stream(gpu.index))
        return outputs

    def _moved(self, arrays: Sequence[Tensor]) -> list[Tensor]:
        """Numbers of shape () from the CPU on the device, by value: nothing waits for it."""
        found = list(arrays)
        for number in self._from_cpu:
            each = found[number]
            found[number] = torch.full((), each.item(), dtype=each.dtype, device=self._gpu.device)
        return found

    def _check_memory(self, arrays: Sequence[Tensor]) -> None:
        for each in arrays:
            if is_freed(each):
                raise no_memory(self._name, "tensor", "a view of storage that has been freed")
