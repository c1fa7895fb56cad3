"""Runs a compiled GPU program (program.py) on a device, on a stream of the caller's.

The kernels are loaded when a `LoadedProgram` is made. A run fills in the addresses and numbers of
the call and starts the kernels; it allocates nothing and waits for nothing, so it can be captured
in a CUDA graph. The driver copies the arguments while a kernel is started.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

from dovetail.compile.gpu.driver import Driver
from dovetail.compile.gpu.program import (
    Area,
    Clear,
    Float,
    Given,
    GpuProgram,
    Launch,
    Word,
)

_Places = tuple[Sequence[int], ...]  # addresses, in the areas of a call
_AREAS = (Area.INPUT, Area.OUTPUT, Area.WORKSPACE)


class Arguments:
    """The words that a kernel is given, and an array of their addresses."""

    def __init__(self, count: int) -> None:
        self.words: Any = (ctypes.c_int64 * count)()
        self.floats: Any = (ctypes.c_double * count).from_buffer(self.words)
        first = ctypes.addressof(self.words)
        self.addresses: Any = (ctypes.c_void_p * count)(*(first + 8 * n for n in range(count)))


class _LoadedLaunch:
    """One kernel of a program."""

    def __init__(self, launch: Launch, driver: Driver, device: int, constants: Sequence[int]):
        module = launch.module
        self._driver = driver
        self._function = driver.function(device, module.ptx, module.name, launch.shared_bytes)
        self._shape = launch.grid, module.threads, launch.shared_bytes
        self._arguments = Arguments(len(launch.arguments))
        self._pointers: list[tuple[int, int, int, int]] = []
        self._scalars: list[tuple[int, int]] = []
        for place, argument in enumerate(launch.arguments):
            if isinstance(argument, Word):
                self._arguments.words[place] = argument.value
            elif isinstance(argument, Float):
                self._arguments.floats[place] = argument.value
            elif isinstance(argument, Given):
                self._scalars.append((place, argument.number))
            elif argument.area is Area.CONSTANT:
                address = constants[argument.number] + argument.offset
                self._arguments.words[place] = address
            else:
                area = _AREAS.index(argument.area)
                self._pointers.append((place, area, argument.number, argument.offset))

    def run(self, places: _Places, scalars: Sequence[float], stream: int) -> None:
        words, floats = self._arguments.words, self._arguments.floats
        for place, area, number, offset in self._pointers:
            words[place] = places[area][number] + offset
        for place, number in self._scalars:
            floats[place] = scalars[number]
        self._driver.launch(self._function, *self._shape, stream, self._arguments.addresses)


class _LoadedClear:
    """Bytes that are set to zero."""

    def __init__(self, clear: Clear, driver: Driver) -> None:
        self._clear, self._driver = clear, driver

    def run(self, places: _Places, scalars: Sequence[float], stream: int) -> None:
        pointer = self._clear.pointer
        address = places[_AREAS.index(pointer.area)][pointer.number] + pointer.offset
        self._driver.clear(address, self._clear.nbytes, stream)


class LoadedProgram:
    """A program on one device. `constants`: the addresses of its constants there."""

    def __init__(
        self, program: GpuProgram, driver: Driver, device: int, constants: Sequence[int] = ()
    ) -> None:
        self.program, self.device = program, device
        self._driver = driver
        self._lock = threading.Lock()  # several threads share the words of the arguments
        self._steps = [
            _LoadedLaunch(step, driver, device, constants)
            if isinstance(step, Launch)
            else _LoadedClear(step, driver)
            for step in program.device_steps
        ]

    def run(
        self, inputs: Sequence[int], outputs: Sequence[int], workspace: int,
        scalars: Sequence[float], stream: int,
    ) -> None:  # fmt: skip
        """Start all kernels: addresses of the arrays, values of the scalars, in order."""
        places = inputs, outputs, (workspace,)
        with self._lock:
            entered = self._driver.enter(self.device)
            try:
                for step in self._steps:
                    step.run(places, scalars, stream)
            finally:
                if entered:
                    self._driver.leave()
