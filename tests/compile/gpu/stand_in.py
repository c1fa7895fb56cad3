"""A stand-in for NVIDIA's driver: its functions by address, on devices that are the CPU's memory.

Kernels run in the emulator at once, on the memory that they are given. What CUDA demands is
demanded: a current context of the right device in this thread, a stream of that device, shared
memory within the limit, a grid of whole clusters, nothing loaded while a stream is captured.
Launches are recorded.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.compile.gpu.driver import SIGNATURES, Driver
from dovetail.verify.emulator.machine import launch, parsed
from dovetail.verify.emulator.memory import Array, Memory

FIRST_PAGE = 4096
_space = (ctypes.c_uint8 * ((1 << 47) - FIRST_PAGE)).from_address(FIRST_PAGE)
_CONTEXTS, _MODULES, _FUNCTIONS = 1000, 2000, 3000
STREAMS = 100  # of a device: device 1 has 100 to 199; 0 is the default stream of every one
ERRORS = {
    1: "CUDA_ERROR_INVALID_VALUE", 2: "CUDA_ERROR_OUT_OF_MEMORY", 100: "CUDA_ERROR_NO_DEVICE",
    101: "CUDA_ERROR_INVALID_DEVICE", 201: "CUDA_ERROR_INVALID_CONTEXT",
    218: "CUDA_ERROR_INVALID_PTX", 222: "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
    400: "CUDA_ERROR_INVALID_HANDLE", 500: "CUDA_ERROR_NOT_FOUND",
    700: "CUDA_ERROR_ILLEGAL_ADDRESS", 912: "CUDA_ERROR_INVALID_CLUSTER_SIZE",
    900: "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
}  # fmt: skip


def aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array at an address divisible by 256, of bytes that no test expects."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.full(size + 256, 0xFF, np.uint8)
    start = -raw.ctypes.data % 256
    return raw[start : start + size].view(dtype).reshape(shape)


class RealMemory(Memory):
    """The memory of this process, at its own addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = np.frombuffer(_space, np.uint8)

    def _parts(self, addresses: Array, size: int) -> Any:
        if addresses.size:
            first = int(addresses.min())
            region = self.whole[first - FIRST_PAGE : int(addresses.max()) + size - FIRST_PAGE]
            yield region, np.arange(addresses.size), (addresses - first).astype(np.int64)


@dataclass(frozen=True)
class Started:
    """A kernel that was started, or bytes that were set (`name` is "memset")."""

    name: str
    device: int
    stream: int
    grid: tuple[int, int, int] = (0, 0, 0)
    threads: int = 0
    shared_bytes: int = 0
    arguments: tuple[int, ...] = ()
    thread: int = field(default_factory=threading.get_ident)


@dataclass
class _Function:
    name: str
    ptx: str
    device: int
    shared: int = 48 * 1024


class StandIn:
    """The driver's functions. `fail[name] = code`: what a function then gives."""

    def __init__(self, devices: int = 2, capability: int = 90, version: int = 12_080) -> None:
        self.devices, self.capability, self.version = devices, capability, version
        self.shared_kilobytes, self.multiprocessors = 227, 132
        self.fail: dict[str, int] = {}
        self.calls: list[str] = []
        self.started: list[Started] = []
        self.loaded: list[int] = []  # the device of each module
        self.captured: dict[int, list[Callable[[], None]]] = {}  # by the stream
        self.skips = False  # whether kernels are recorded alone
        self.pause = 0.0  # seconds before a launch reads its arguments
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._modules: list[tuple[int, str]] = []
        self._functions: list[_Function] = []
        self._texts: dict[int, Any] = {}
        self._kept = {
            name: ctypes.CFUNCTYPE(ctypes.c_int, *arguments)(self._entry(name))
            for name, arguments in SIGNATURES.items()
        }

    def driver(self) -> Driver:
        """The driver, by the addresses of these functions."""
        made = Driver(lambda name: ctypes.cast(self._kept[name], ctypes.c_void_p).value or 0)
        made.__dict__["stand_in"] = self  # whose functions must live as long as their addresses
        return made

    def replay(self, stream: int) -> None:
        """Run what was captured on a stream."""
        for run in self.captured[stream]:
            run()

    # The functions.

    def _entry(self, name: str) -> Callable[..., int]:
        function = getattr(self, f"_{name}")

        def entry(*args: Any) -> int:
            self.calls.append(name)
            if name in self.fail and not name.startswith("cuGetError"):
                return self.fail[name]
            return function(*args) or 0

        return entry

    @property
    def _stack(self) -> list[int]:
        """The contexts of this thread; the last is current."""
        if not hasattr(self._threads, "stack"):
            self._threads.stack, self._threads.mode = [], 0
        return self._threads.stack

    def current(self) -> int | None:
        """The device whose context is current in this thread."""
        return self._stack[-1] - _CONTEXTS if self._stack else None

    def _cuInit(self, flags: int) -> int:  # noqa: N802
        return 0

    def _cuDriverGetVersion(self, found: int) -> None:  # noqa: N802
        ctypes.c_int.from_address(found).value = self.version

    def _cuDeviceGet(self, found: int, ordinal: int) -> int:  # noqa: N802
        ctypes.c_int.from_address(found).value = ordinal
        return 0 if 0 <= ordinal < self.devices else 101

    def _cuDeviceGetAttribute(self, found: int, number: int, device: int) -> None:  # noqa: N802
        values = {16: self.multiprocessors, 75: self.capability // 10, 76: self.capability % 10,
                  97: 1024 * self.shared_kilobytes}  # fmt: skip
        ctypes.c_int.from_address(found).value = values[number]

    def _cuDevicePrimaryCtxRetain(self, found: int, device: int) -> None:  # noqa: N802
        ctypes.c_uint64.from_address(found).value = _CONTEXTS + device

    def _cuCtxGetCurrent(self, found: int) -> None:  # noqa: N802
        ctypes.c_uint64.from_address(found).value = self._stack[-1] if self._stack else 0

    def _cuCtxPushCurrent_v2(self, context: int) -> None:  # noqa: N802
        self._stack.append(context)

    def _cuCtxPopCurrent_v2(self, found: int) -> int:  # noqa: N802
        if not self._stack:
            return 201
        ctypes.c_uint64.from_address(found).value = self._stack.pop()
        return 0

    def _cuStreamGetCtx(self, stream: int | None, found: int) -> None:  # noqa: N802
        number = stream or 0
        context = _CONTEXTS + number // STREAMS if number else (self._stack or [0])[-1]
        ctypes.c_uint64.from_address(found).value = context

    def _cuThreadExchangeStreamCaptureMode(self, mode: int) -> None:  # noqa: N802
        _ = self._stack
        given = ctypes.c_int.from_address(mode)
        given.value, self._threads.mode = self._threads.mode, given.value

    def _cuModuleLoadDataEx(  # noqa: N802
        self, found: int, text: int, count: int, options: int, values: int
    ) -> int:
        device = self.current()
        if device is None:
            return 201
        if self.captured and self._threads.mode != 2:
            return 900
        ptx = ctypes.string_at(text).decode()
        kinds = (ctypes.c_int * count).from_address(options)
        given = dict(zip(kinds, (ctypes.c_uint64 * count).from_address(values), strict=True))
        if ".entry" not in ptx:
            ctypes.memmove(given[5], b"ptxas fatal: no entry\0", 22)
            return 218
        with self._lock:
            self._modules.append((device, ptx))
            self.loaded.append(device)
            ctypes.c_uint64.from_address(found).value = _MODULES + len(self._modules) - 1
        return 0

    def _cuModuleGetFunction(self, found: int, module: int, name: bytes) -> int:  # noqa: N802
        device, ptx = self._modules[module - _MODULES]
        if name.decode() not in parsed(ptx).functions:
            return 500
        with self._lock:
            self._functions.append(_Function(name.decode(), ptx, device))
            ctypes.c_uint64.from_address(found).value = _FUNCTIONS + len(self._functions) - 1
        return 0

    def _cuFuncSetAttribute(self, function: int, number: int, value: int) -> int:  # noqa: N802
        if number != 8 or value > 1024 * self.shared_kilobytes:
            return 1
        self._functions[function - _FUNCTIONS].shared = value
        return 0

    def _where(self, stream: int | None) -> int | None:
        """The device of a stream, which must be the current one."""
        number, device = stream or 0, self.current()
        if device is None or (number and number // STREAMS != device):
            return None
        return number

    def _cuMemsetD8Async(  # noqa: N802
        self, address: int, value: int, nbytes: int, stream: int | None
    ) -> int:
        number = self._where(stream)
        if number is None:
            return 400 if self._stack else 201
        device = self.current()
        assert device is not None
        record = Started("memset", device, number)
        self._start(record, lambda: ctypes.memset(address, value, nbytes))
        return 0

    def _cuLaunchKernel(  # noqa: N802
        self, function: int, x: int, y: int, z: int, threads: int, ty: int, tz: int, shared: int,
        stream: int | None, arguments: int, extra: int | None,
    ) -> int:  # fmt: skip
        time.sleep(self.pause)
        number = self._where(stream)
        if number is None:
            return 400 if self._stack else 201
        found = self._functions[function - _FUNCTIONS]
        if found.device != self.current():
            return 400
        if shared > found.shared or (ty, tz) != (1, 1) or not 0 < y < 65536 or not 0 < z < 65536:
            return 1
        kernel = parsed(found.ptx).functions[found.name]
        if x % kernel.cluster or kernel.cluster > min(8, self.multiprocessors):
            return 912
        count = len(kernel.parameters)
        places = (ctypes.c_uint64 * count).from_address(arguments)
        words = tuple(ctypes.c_uint64.from_address(each).value for each in places)
        record = Started(found.name, found.device, number, (x, y, z), threads, shared, words)
        self._start(record, lambda: self._run(found.ptx, record))
        return 0

    def _run(self, ptx: str, record: Started) -> None:
        if not self.skips:
            launch(ptx, record.name, record.grid, record.threads, record.shared_bytes,
                   record.arguments, RealMemory())  # fmt: skip

    def _start(self, record: Started, run: Callable[[], Any]) -> None:
        self.started.append(record)
        if record.stream in self.captured:
            self.captured[record.stream].append(run)
        else:
            run()

    def _cuGetErrorName(self, code: int, found: int) -> int:  # noqa: N802
        return self._say(found, ERRORS.get(code, ""), code)

    def _cuGetErrorString(self, code: int, found: int) -> int:  # noqa: N802
        return self._say(found, f"what code {code} means", -code)

    def _say(self, found: int, text: str, key: int) -> int:
        if not text:
            return 1
        kept = self._texts[key] = ctypes.create_string_buffer(text.encode())
        ctypes.c_uint64.from_address(found).value = ctypes.addressof(kept)
        return 0

    def kernels(self) -> Iterator[Started]:
        """What was started, without the clearing of memory."""
        return (each for each in self.started if each.name != "memset")
