"""NVIDIA's driver: it loads PTX, launches kernels and says what a device can.

The driver is a library that comes with the GPU. Its functions are called by their addresses, so
nothing of CUDA is needed to build or import Dovetail; it is looked for at the first call on an
array of a GPU while kernels are switched on. Contexts are the primary ones, which every framework
uses. A thread may have none, or that of another device: a call makes the right one current and then
restores what was.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import re
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from dovetail.compile.gpu.target import CHIPS, CLUSTERS, TRIPLE, Target, ptx_of, target_of
from dovetail.errors import HostError, UnsupportedError

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"

# CUDA's numbers.
_MAJOR, _MINOR, _MULTIPROCESSORS, _SHARED_OPTIN = 75, 76, 16, 97  # attributes of a device
_MAX_DYNAMIC_SHARED = 8  # an attribute of a function
_ERROR_LOG, _ERROR_LOG_BYTES = 5, 6  # options of a module
_RELAXED = 2  # a thread's mode while a stream is captured
_STATIC_LIMIT = 48 * 1024  # bytes of shared memory that a function may have unasked
_LOG_BYTES = 8192

_address, _integer, _word = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
SIGNATURES: dict[str, tuple[Any, ...]] = {
    "cuInit": (_word,),
    "cuDriverGetVersion": (_address,),
    "cuDeviceGet": (_address, _integer),
    "cuDeviceGetAttribute": (_address, _integer, _integer),
    "cuDevicePrimaryCtxRetain": (_address, _integer),
    "cuCtxGetCurrent": (_address,),
    "cuCtxPushCurrent_v2": (_address,),
    "cuCtxPopCurrent_v2": (_address,),
    "cuStreamGetCtx": (_address, _address),
    "cuThreadExchangeStreamCaptureMode": (_address,),
    "cuModuleLoadDataEx": (_address, _address, _word, _address, _address),
    "cuModuleGetFunction": (_address, _address, ctypes.c_char_p),
    "cuFuncSetAttribute": (_address, _integer, _integer),
    "cuMemsetD8Async": (_address, ctypes.c_ubyte, ctypes.c_size_t, _address),
    "cuLaunchKernel": (_address, *[_word] * 7, _address, _address, _address),
    "cuGetErrorName": (_integer, _address),
    "cuGetErrorString": (_integer, _address),
}

# The first driver (CUDA version, times 1000 and 10) that compiles a version of PTX.
_OF_PTX = {
    **{(7, minor): 11_000 + 10 * minor for minor in range(9)},
    **{(8, minor): 12_000 + 10 * minor for minor in range(6)},
    (8, 6): 12_070, (8, 7): 12_080, (8, 8): 12_090,
    **{(9, minor): 13_000 + 10 * minor for minor in range(4)},
}  # fmt: skip

_REMEDIES = {
    "CUDA_ERROR_UNSUPPORTED_PTX_VERSION": "update the GPU's driver (nvidia-smi shows its version)",
    "CUDA_ERROR_INVALID_PTX": "please report this fault of Dovetail with the message",
    "CUDA_ERROR_INVALID_CLUSTER_SIZE": "please report this fault of Dovetail with the message",
    "CUDA_ERROR_OUT_OF_MEMORY": "free memory of the device, or pass smaller arrays",
    "CUDA_ERROR_ILLEGAL_ADDRESS": "run with CUDA_LAUNCH_BLOCKING=1: another kernel may have failed "
    "before, since errors of a device are reported late",
    "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED": "call it once on such arrays before the capture",
    "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED": "call it once on such arrays before the capture",
    "CUDA_ERROR_NOT_INITIALIZED": "start processes that use a GPU with 'spawn', not with 'fork'",
    "CUDA_ERROR_NO_DEVICE": "check nvidia-smi and CUDA_VISIBLE_DEVICES",
}


class Driver:
    """The driver. `find` gives the address of each function by its name."""

    def __init__(self, find: Callable[[str], int]) -> None:
        self._lock = threading.RLock()
        self._contexts: dict[int, int] = {}
        self._modules: dict[tuple[int, str], int] = {}  # never unloaded
        self._functions: dict[tuple[int, str, str], int] = {}
        self._shared: dict[int, int] = {}  # bytes that a function may have
        self._targets: dict[int, Target] = {}
        self.addresses = {name: find(name) for name in SIGNATURES}
        self._entries: dict[str, Callable[..., int]] = {
            name: ctypes.CFUNCTYPE(ctypes.c_int, *arguments)(self.addresses[name])
            for name, arguments in SIGNATURES.items()
        }
        self._call("cuInit", 0)
        self.version = self._found("cuDriverGetVersion", ctypes.c_int)

    # Calls.

    def _call(self, name: str, *args: Any) -> None:
        code = self._entries[name](*args)
        if code:
            self.raise_error(name, code)

    def _found(self, name: str, kind: Any, *args: Any) -> int:
        """What a function writes to the address that it is given first."""
        result = kind()
        self._call(name, ctypes.byref(result), *args)
        return result.value or 0

    def raise_error(self, name: str, code: int, log: str = "") -> NoReturn:
        """Say that a function failed with CUDA's number of an error. `log`: what it wrote."""
        error, words = (self._text(each, code) for each in ("cuGetErrorName", "cuGetErrorString"))
        raise HostError(
            f"{name} of NVIDIA's driver failed with {error or f'error {code}'}"
            + (f": {words}" if words else "")
            + (f"\n{log.strip()}" if log.strip() else ""),
            "0, which is success",
            _REMEDIES.get(error, "look CUDA's name of the error up; nvidia-smi shows the devices")
            + ". DOVETAIL_GPU_KERNELS=0 leaves the device to the framework's own functions",
        )

    def _text(self, function: str, code: int) -> str:
        text = ctypes.c_char_p()
        failed = self._entries[function](code, ctypes.byref(text))
        return "" if failed or text.value is None else text.value.decode(errors="replace")

    # Devices.

    def attribute(self, device: int, number: int) -> int:
        """An attribute of a device, by CUDA's number."""
        handle = self._found("cuDeviceGet", ctypes.c_int, device)
        return self._found("cuDeviceGetAttribute", ctypes.c_int, number, handle)

    def capability(self, device: int) -> int:
        """The compute capability, ten times: 90 for 9.0."""
        return 10 * self.attribute(device, _MAJOR) + self.attribute(device, _MINOR)

    def target(self, device: int) -> Target:
        """The target whose code a device runs best; raises UnsupportedError if it runs none."""
        with self._lock:
            if device not in self._targets:
                self._targets[device] = self._best_target(device)
            return self._targets[device]

    def _best_target(self, device: int) -> Target:
        capability = self.capability(device)
        # A part of a GPU (MIG) may have too few for its largest clusters.
        whole = self.attribute(device, _MULTIPROCESSORS) >= max(CLUSTERS)
        known = [replace(target_of(f"sm_{chip}"), is_whole=whole)
                 for chip in CHIPS if chip <= capability]  # fmt: skip
        if not known:
            raise UnsupportedError(
                f"device {device} has compute capability {capability / 10}",
                f"{CHIPS[0] / 10} or later",
                "the framework's own functions compute everything there",
            )
        shared = self.attribute(device, _SHARED_OPTIN)
        fitting = [each for each in known if each.shared_bytes <= shared]
        for target in reversed(fitting):
            if needed_driver(target) <= self.version:
                return target
        needed = min(map(needed_driver, fitting), default=0)
        raise UnsupportedError(
            f"the driver of device {device} is for CUDA {_as_text(self.version)}",
            f"one for CUDA {_as_text(needed)} or later, which compiles the PTX of Dovetail",
            "update the GPU's driver; until then the framework's own functions compute everything",
        )

    def context(self, device: int) -> int:
        """The primary context of a device."""
        with self._lock:
            if device not in self._contexts:
                handle = self._found("cuDeviceGet", ctypes.c_int, device)
                found = self._found("cuDevicePrimaryCtxRetain", ctypes.c_void_p, handle)
                self._contexts[device] = found
            return self._contexts[device]

    @contextlib.contextmanager
    def on(self, device: int) -> Generator[None, None, None]:
        """A block in which the device is the current one of this thread."""
        context, current = self.context(device), ctypes.c_void_p()
        self._call("cuCtxGetCurrent", ctypes.byref(current))
        if current.value == context:
            yield
            return
        self._call("cuCtxPushCurrent_v2", context)
        try:
            yield
        finally:
            self._call("cuCtxPopCurrent_v2", ctypes.byref(current))

    # Code.

    def function(self, device: int, ptx: str, name: str, shared_bytes: int = 0) -> int:
        """The function of a kernel on a device, which may have so much dynamic shared memory."""
        key = device, ptx, name
        with self._lock:
            found = self._functions.get(key)
            if found is None or shared_bytes > self._shared[found]:
                with self.on(device):
                    found = self._functions[key] = self._prepared(key, shared_bytes)
            return found

    def _prepared(self, key: tuple[int, str, str], shared_bytes: int) -> int:
        device, ptx, name = key
        module = self._module(device, ptx)
        found = self._found("cuModuleGetFunction", ctypes.c_void_p, module, name.encode())
        if shared_bytes > self._shared.setdefault(found, _STATIC_LIMIT):
            self._call("cuFuncSetAttribute", found, _MAX_DYNAMIC_SHARED, shared_bytes)
            self._shared[found] = shared_bytes
        return found

    def _module(self, device: int, ptx: str) -> int:
        key = device, ptx
        if key not in self._modules:
            log = ctypes.create_string_buffer(_LOG_BYTES)
            options = (ctypes.c_int * 2)(_ERROR_LOG, _ERROR_LOG_BYTES)
            values = (ctypes.c_void_p * 2)(ctypes.addressof(log), _LOG_BYTES)
            module = ctypes.c_void_p()
            # While a stream is captured, a thread that is not relaxed may load nothing.
            mode = ctypes.c_int(_RELAXED)
            self._call("cuThreadExchangeStreamCaptureMode", ctypes.byref(mode))
            text = ptx.encode()
            load = self._entries["cuModuleLoadDataEx"]
            code = load(ctypes.byref(module), text, 2, options, values)
            self._call("cuThreadExchangeStreamCaptureMode", ctypes.byref(mode))
            if code:
                said = log.value.decode(errors="replace")
                self.raise_error("cuModuleLoadDataEx", code, said)
            self._modules[key] = module.value or 0
        return self._modules[key]

    # Work, in the order of a stream; `on` has made its device the current one.

    def launch(
        self, function: int, grid: Sequence[int], threads: int, shared_bytes: int, stream: int,
        arguments: Any,
    ) -> None:  # fmt: skip
        """Start a kernel. `arguments`: an array of the addresses of its arguments."""
        self._call(
            "cuLaunchKernel", function, *grid, threads, 1, 1, shared_bytes, stream, arguments, None
        )


def needed_driver(target: Target) -> int:
    """The driver that compiles the PTX of a target, as `Driver.version` says it."""
    version = _ptx_version(target)
    return _OF_PTX.get(version, max(_OF_PTX.values()))


@functools.lru_cache(maxsize=len(CHIPS))
def _ptx_version(target: Target) -> tuple[int, int]:
    """The version of PTX that LLVM writes for a chip."""
    empty = f'target triple = "{TRIPLE}"\ndefine ptx_kernel void @nothing() {{ ret void }}\n'
    found = re.search(r"\.version (\d+)\.(\d+)", ptx_of(empty, target))
    assert found is not None
    return int(found[1]), int(found[2])


def _as_text(version: int) -> str:
    return f"{version // 1000}.{version % 1000 // 10}"


_loading = threading.Lock()


def driver() -> Driver:
    """NVIDIA's driver, loaded by the first call; raises UnsupportedError if it cannot be."""
    with _loading:
        return _loaded()


@functools.cache
def _loaded() -> Driver:
    try:
        library = ctypes.CDLL(_LIBRARY)
        return Driver(lambda name: ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0)
    except (OSError, AttributeError) as error:
        raise UnsupportedError(
            f"NVIDIA's driver cannot be loaded: {error}",
            f"{_LIBRARY}, of CUDA 11 or later",
            "install or update the GPU's driver; nvidia-smi shows it",
        ) from None
