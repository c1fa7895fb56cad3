"""JAX's CPU as a GPU: programs call the handlers for CUDA, and a stand-in for NVIDIA's driver.

XLA itself calls the handlers, with frames of its own, in its threads. One function of its API is
replaced: the one that gives the stream, since XLA's CPU has no streams. The stand-in
(tests/compile/gpu/stand_in.py) runs the kernels in the emulator, over XLA's buffers.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from typing import Any

import pytest

jax: Any = pytest.importorskip("jax")

from jax.interpreters import mlir  # noqa: E402

from dovetail.compile.gpu.driver import Driver  # noqa: E402
from dovetail.hosts.jax import cuda, ffi  # noqa: E402
from dovetail.hosts.jax.lowering import lower_on_cpu, lower_on_cuda  # noqa: E402
from dovetail.hosts.jax.primitive import _each, dovetail_p  # noqa: E402
from dovetail.options import override  # noqa: E402
from tests.compile.gpu.stand_in import StandIn  # noqa: E402

_HANDLER = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
_known: dict[str, Any] = {}  # what XLA's CPU calls, by name; for the platform of the current test
_NO_STREAM = ctypes.create_string_buffer(b"there is no stream")
_SIZES = {number: dtype.itemsize for dtype, number in ffi.NUMBERS.items()}  # of elements
# Words of XLA's structs: of a frame, of its API, of the arguments for a stream, of a buffer.
_API, OPERANDS, _COUNT, RESULTS = 2, 9, 12, 14
_CREATE_ERROR, _GET_STREAM = 6, 10
_STREAM, DTYPE, DATA, RANK, _EXTENTS = 3, 2, 3, 4, 5


def _copied(address: int) -> Any:
    """A copy of a struct, whose first word is its size, in words."""
    size = ctypes.c_uint64.from_address(address).value
    words = (ctypes.c_uint64 * -(-size // 8))()
    ctypes.memmove(words, address, size)
    return words


def _spoil(frame: Any) -> None:
    """Fill the results that a call is to write with bytes that no test expects."""
    if len(frame) <= RESULTS:  # XLA asks for the version
        return
    for address in (ctypes.c_uint64 * frame[_COUNT]).from_address(frame[RESULTS]):
        buffer = _copied(address)
        extents = (ctypes.c_int64 * buffer[RANK]).from_address(buffer[_EXTENTS])
        element = _SIZES[buffer[DTYPE] & 0xFFFFFFFF]
        ctypes.memset(buffer[DATA], 0xA5, element * math.prod(extents))


class Platform(cuda.Platform):
    """The CPU as two GPUs. `stream`: the one that XLA runs on; None if it refuses to say."""

    current: Platform

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.made = stand_in.driver()
        self.ordinals = [0, 1]
        self.stream: int | None = 7
        # What calls get: OPERANDS or RESULTS, a word of the first of them, what is added to it.
        self.change: tuple[int, int, int] | None = None
        self.handlers: dict[str, int] = {}

    def devices(self) -> list[int]:
        return self.ordinals

    def driver(self) -> Driver:
        return self.made

    def register(self, name: str, handler: int, platform: str) -> None:
        """As `ffi.register`, for the CPU."""
        assert platform == "CUDA"
        self.handlers[name] = handler
        if name not in _known:

            @_HANDLER
            def through(frame: int) -> int | None:
                return Platform.current.called(name, frame)

            address = ctypes.cast(through, ctypes.c_void_p).value or 0
            capsule = jax.ffi.pycapsule(ctypes.c_void_p(address))
            jax.ffi.register_ffi_target(name, capsule, platform="cpu")
            _known[name] = through

    def called(self, name: str, frame: int) -> int | None:
        """Call a handler with a copy of XLA's frame, in which a stream is to be had."""
        own = _copied(frame)
        api = _copied(own[_API])

        @_HANDLER
        def get_stream(arguments: int) -> int | None:
            if self.stream is None:
                given = (ctypes.c_uint64 * 4)(28, 0, ctypes.addressof(_NO_STREAM), 12)
                return _HANDLER(api[_CREATE_ERROR])(ctypes.addressof(given))
            ctypes.c_uint64.from_address(arguments + 8 * _STREAM).value = self.stream
            return None

        api[_GET_STREAM] = ctypes.cast(get_stream, ctypes.c_void_p).value
        own[_API] = ctypes.addressof(api)
        _spoil(own)
        if self.change and len(own) > RESULTS:
            where, word, more = self.change
            buffer = _copied(ctypes.c_uint64.from_address(own[where]).value)
            buffer[word] += more
            buffers = (ctypes.c_uint64 * 1)(ctypes.addressof(buffer))
            own[where] = ctypes.addressof(buffers)
        return _HANDLER(self.handlers[name])(ctypes.addressof(own))


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """Kernels are on, and JAX's programs for the CPU are those for CUDA."""
    found = Platform.current = Platform(StandIn())
    targets = cuda.CudaTargets(found)
    monkeypatch.setattr(cuda, "targets", lambda: targets)
    monkeypatch.setattr(ffi, "register", found.register)
    mlir.register_lowering(dovetail_p, lower_on_cuda, platform="cpu", **_each)
    jax.clear_caches()
    try:
        with override(gpu_kernels=True):
            yield found
    finally:
        mlir.register_lowering(dovetail_p, lower_on_cpu, platform="cpu", **_each)
        jax.clear_caches()
