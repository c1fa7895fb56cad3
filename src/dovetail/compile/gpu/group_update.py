"""One update applied to many tensors of a device: a launch for all that have the same rule.

Tensors are flat memory, cut into chunks; tables on the device say which piece of which tensor a
chunk is and where its arrays are (group_kernels.py). They are made once. Only gradients move from
step to step: words of their table that have changed are written by a launch whose arguments they
are, so that nothing waits, and a CUDA graph that is captured holds them.

Clipping by the norm of all gradients takes two launches more, which leave the factor on the device.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dovetail.compile.flat_plan import FlatPlan
from dovetail.compile.gpu.driver import Driver
from dovetail.compile.gpu.group_kernels import (
    CHUNK_WORDS,
    INVERSE_SCALE,
    WRITTEN,
    GroupKernel,
    factor_kernel,
    square_kernel,
    update_kernel,
    write_kernel,
)
from dovetail.compile.gpu.schedule import ACCESS_BYTES
from dovetail.compile.gpu.target import Target

Array = np.ndarray[Any, Any]

_FEWEST, _MOST = 2048, 32_768  # elements of a chunk, powers of two
_CHUNKS = 2048  # that there are about, where there are elements enough


class _Launch:
    """A kernel on a device, whose arguments are set by their names."""

    def __init__(self, kernel: GroupKernel, driver: Driver, device: int) -> None:
        self._driver, self._threads = driver, kernel.threads
        self._names = kernel.parameters
        self._function = driver.function(device, kernel.ptx, kernel.name)
        count = len(kernel.parameters)
        self._words: Any = (ctypes.c_int64 * count)()
        self._floats: Any = (ctypes.c_double * count).from_buffer(self._words)
        first = ctypes.addressof(self._words)
        self._addresses: Any = (ctypes.c_void_p * count)(*(first + 8 * n for n in range(count)))

    def run(self, blocks: int, stream: int, values: Mapping[str, int | float]) -> None:
        for position, name in enumerate(self._names):
            value = values[name]
            (self._floats if isinstance(value, float) else self._words)[position] = value
        self._driver.launch(
            self._function, (blocks, 1, 1), self._threads, 0, stream, self._addresses
        )


class TensorGroup:
    """Tensors of one device and their update. `items`: the plan of each, and its elements.

    `bases`: for each tensor the addresses of the parameter, of anything in the gradient's place, of
    the states, and of the float32 that counts its steps, which is so many so far (`steps`). `place`
    puts an array on the device and gives its address. `wide`: see `is_wide`.
    """

    def __init__(
        self, driver: Driver, device: int, target: Target, items: Sequence[tuple[FlatPlan, int]],
        bases: Array, steps: Sequence[float], place: Callable[[Array], int],
    ) -> None:  # fmt: skip
        self._driver, self._device, self._target = driver, device, target
        self._lock = threading.Lock()
        self._launches: dict[GroupKernel, _Launch] = {}
        self._parts: list[tuple[FlatPlan, int, int]] = []  # a plan, its first chunk, its chunks
        chunks: list[Array] = []
        size = chunk_elements(sum(length for _, length in items))
        first = 0
        for plan in dict.fromkeys(plan for plan, _ in items):
            own = [(n, length) for n, (each, length) in enumerate(items) if each is plan]
            chunks += [_cut(number, length, size) for number, length in own]
            count = sum(map(len, chunks)) - first
            self._parts.append((plan, first, count))
            first += count
        table = np.concatenate(chunks)
        self._count = len(table)
        self._stride = bases.shape[1]
        self._are_wide = is_wide(bases.ravel())
        self._written = np.zeros(table_length(len(items)), np.int64)
        self._tables = {
            "chunks": place(table),
            "bases": place(bases),
            "steps": place(np.array(steps, np.float32)[table[:, 0]]),
            "gradients": place(self._written),
            "partials": place(np.zeros(self._count, np.float64)),
            "factor": place(np.ones(1, np.float64)),
        }

    def run(
        self, stream: int, gradients: Sequence[int], floats: Sequence[float], *,
        clip_norm: float | None = None, clip_value: float | None = None, grad_scale: int = 0,
        found_inf: int = 0, table: int = 0,
    ) -> None:  # fmt: skip
        """One step. `gradients`: their addresses. `floats`: the scalars of the update, in order,
        of which those that every update has do not matter. `grad_scale` and `found_inf` are
        addresses, or 0. `table`: the address of `table_length` words, of a step that is captured.
        """
        addresses = np.zeros_like(self._written)
        addresses[: len(gradients)] = gradients
        wide = self._are_wide and is_wide(addresses)
        values: dict[str, int | float] = {
            "stride": self._stride, "grad_scale": grad_scale, "found_inf": found_inf,
            "bound": math.inf if clip_value is None else float(clip_value),
            "limit": float(clip_norm or 0.0), "count": self._count, "factor": 0,
            "gradients": table or self._tables["gradients"], "bases": self._tables["bases"],
        }  # fmt: skip
        values |= {f"float{number}": float(each) for number, each in enumerate(floats)}
        with self._lock, self._driver.on(self._device):
            self._write(stream, addresses, table)
            if clip_norm is not None:
                for plan, first, count in self._parts:
                    kernel = square_kernel(plan, self._target)
                    self._launch(kernel, count, stream, values | self._pieces(first))
                values["factor"] = self._tables["factor"]
                self._launch(factor_kernel(self._target), 1, stream, values | self._pieces(0))
            for plan, first, count in self._parts:
                kernel = update_kernel(plan, self._target, wide)
                self._launch(kernel, count, stream, values | self._pieces(first))

    def _pieces(self, first: int) -> dict[str, int]:
        """The tables with an entry for each chunk, from the first of a part on."""
        sizes = {"chunks": 8 * CHUNK_WORDS, "steps": 4, "partials": 8}
        return {name: self._tables[name] + size * first for name, size in sizes.items()}

    def _write(self, stream: int, addresses: Array, table: int) -> None:
        """Bring the table of gradients up to date. A captured step writes one of its own."""
        start = table or self._tables["gradients"]
        changed = addresses != self._written
        for first in range(0, len(addresses), WRITTEN):
            piece = slice(first, first + WRITTEN)
            if table or changed[piece].any():
                values = {f"word{n}": word for n, word in enumerate(addresses[piece].tolist())}
                kernel = write_kernel(self._target)
                self._launch(kernel, 1, stream, {"table": start + 8 * first, **values})
        if not table:
            self._written = addresses

    def _launch(
        self, kernel: GroupKernel, blocks: int, stream: int, values: Mapping[str, int | float]
    ) -> None:
        found = self._launches.get(kernel)
        if found is None:
            found = self._launches[kernel] = _Launch(kernel, self._driver, self._device)
        found.run(blocks, stream, values)


def chunk_elements(total: int) -> int:
    """The elements of a chunk, for so many in all."""
    wanted = 1 << max(0, total // _CHUNKS - 1).bit_length()
    return min(_MOST, max(_FEWEST, wanted))


def table_length(items: int) -> int:
    """The words of a table of gradients."""
    return WRITTEN * -(-items // WRITTEN)


def is_wide(addresses: Array) -> bool:
    """Whether all addresses are divisible by the bytes of the widest access."""
    return not int(np.bitwise_or.reduce(addresses, initial=0)) % ACCESS_BYTES


def _cut(item: int, length: int, size: int) -> Array:
    """The chunks of a tensor; one without elements has one, which counts its steps."""
    offsets = np.arange(0, max(length, 1), size)
    return np.stack(
        [np.full_like(offsets, item), offsets, np.minimum(size, length - offsets)], axis=1
    )


def floats_of(scalars: Sequence[str], hyper: Mapping[str, float]) -> list[float]:
    """The scalars of an update, with zeros for those that the device finds out itself."""
    return [0.0] * (INVERSE_SCALE + 1) + [hyper[name] for name in scalars[INVERSE_SCALE + 1 :]]
