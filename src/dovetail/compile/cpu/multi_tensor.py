"""One update applied to many tensors by one native call.

The tensors are flat memory (compile/flat.py), cut into chunks of `CHUNK_ELEMENTS`; the chunks
are gathered into tasks of about that size, which run on the threads of the caller's
`parallel_for`. So many small tensors share a task and a large one takes several. All cuts
follow from the tensors' sizes: the bits do not depend on the number of threads.

The call also clips by the norm of all gradients together, divides by a loss scale, does
nothing where a flag says that a gradient overflowed, and counts steps. The routine itself
is in runtime/multi_tensor.c.
"""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.kernels import kernel_address
from dovetail.compile.flat import flattened, is_flat
from dovetail.compile.flat_plan import LENGTH, FlatPlan, flat_plan
from dovetail.compile.loops import CPU
from dovetail.graph.node import Graph

__all__ = [
    "CHUNK_ELEMENTS", "GRADIENT", "INVERSE_SCALE", "NORM_FACTOR", "STEP", "FlatUpdate",
    "MultiTensor", "flat_update",
]  # fmt: skip

Array = np.ndarray[Any, Any]

CHUNK_ELEMENTS = 32_768
# The scalars that every update has, at the start of the scalars of a call.
STEP, NORM_FACTOR, INVERSE_SCALE = map(runtime.constant, ("STEP", "NORM_FACTOR", "INVERSE_SCALE"))
GRADIENT = runtime.constant("GRADIENT")  # its role


@functools.cache
def _routine() -> Callable[[int, int], int]:
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
    return kind(runtime.load("multi_tensor").address("update"))


class FlatUpdate:
    """A kernel that updates a flat piece of memory of any length in place.

    `address` is that of its table. The arrays by role: the parameter, the gradient, then
    the states, as in the graph.
    """

    def __init__(self, plan: FlatPlan) -> None:
        lowered, lengths = plan.kernel, plan.lengths
        gradient, values = plan.inputs[GRADIENT].dtype, lowered.values
        given = lowered.given(plan.floats)
        self._kept: list[Array] = []
        table = runtime.words(
            "ChunkKernel",
            address=kernel_address(lowered.nest),
            buffer_count=len(lowered.buffers),
            roles=self._integers(plan.roles),
            sizes=self._integers([buffer.dtype.itemsize for buffer in lowered.buffers]),
            word_count=len(lowered.words),
            words=self._integers(lowered.words),
            length_count=len(lengths),
            lengths=self._integers(lengths),
            value_count=len(values),
            values=self._place(np.array(values, np.float64)),
            given_count=len(given),
            given=self._integers([word for pair in given for word in pair]),
            square=runtime.load("multi_tensor").address(f"square_{gradient.name}"),
            grad_size=gradient.itemsize,
        )
        self.address = self._integers(table)

    def _integers(self, words: Sequence[int]) -> int:
        return self._place(np.array(words, np.int64))

    def _place(self, array: Array) -> int:
        self._kept.append(array)
        return array.ctypes.data


@functools.lru_cache(maxsize=256)
def _flat_update(flat: Graph) -> FlatUpdate | None:
    plan = flat_plan(flat, CPU)
    return None if plan is None else FlatUpdate(plan)


def flat_update(graph: Graph) -> FlatUpdate | None:
    """The update that a graph says, for tensors of any length; None where it is not flat.

    The graph's arrays: the parameter, the gradient, the states; its outputs: the new
    parameter, then the new states. Its scalars begin with the step, the factor of clipping
    by the norm, and what the gradient is multiplied by.
    """
    return _flat_update(flattened(graph, LENGTH)) if is_flat(graph) else None


class MultiTensor:
    """The tables of one call. `items`: the update of each tensor, and its elements.

    `bases` holds the addresses of a row of tensors: parameter, gradient, states, and last
    the float32 that counts the parameter's steps, or 0 where `scalars[STEP]` says the step
    for all. `scalars` are those of the update's graph. The caller fills both in.
    """

    def __init__(self, items: Sequence[tuple[FlatUpdate, int]], arrays: int, scalars: int) -> None:
        self._updates = [update for update, _ in items]  # the tables hold their addresses
        self.bases = np.zeros((len(items), arrays + 1), np.int64)
        self.scalars = np.zeros(scalars, np.float64)
        pieces = [
            (item, first, update.address, min(CHUNK_ELEMENTS, size - first))
            for item, (update, size) in enumerate(items)
            for first in range(0, size, CHUNK_ELEMENTS)
        ]
        item, offset, kernel, length = np.array(pieces, np.int64).reshape(-1, 4).T
        chunk = runtime.words("Chunk", item=item, offset=offset, kernel=kernel, length=length)
        self._chunks = np.stack(chunk, axis=1)
        self._starts = np.array(_tasks(length.tolist()), np.int64)
        self._partials = np.zeros(len(pieces), np.float64)
        job = runtime.words(
            "Job",
            items=len(items),
            bases=self.bases.ctypes.data,
            stride=arrays + 1,
            chunks=self._chunks.ctypes.data,
            starts=self._starts.ctypes.data,
            tasks=len(self._starts) - 1,
            chunk_count=len(pieces),
            scalars=self.scalars.ctypes.data,
            partials=self._partials.ctypes.data,
            **dict.fromkeys(_OF_A_RUN, 0),
        )
        self._job = np.array(job, np.int64)
        self._doubles = self._job.view(np.float64)
        self._address = self._job.ctypes.data

    def run(
        self,
        parallel_for: int,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        grad_scale: int = 0,
        found_inf: int = 0,
        factor: float = 1.0,
    ) -> bool:
        """Update every tensor; False where the flag at the address `found_inf` forbade it.

        `grad_scale` is the address of the float32 that the loss was multiplied by. `factor` is
        what gradients are multiplied by where the caller knows their norm, without `clip_norm`.
        """
        self._job[_CLIPS] = clip_norm is not None
        self._doubles[_LIMIT] = clip_norm or 0.0
        self._doubles[_BOUND] = math.inf if clip_value is None else clip_value
        self._job[_GRAD_SCALE] = grad_scale
        self._job[_FOUND_INF] = found_inf
        self._doubles[_FACTOR] = factor
        return not _routine()(self._address, parallel_for)


_OF_A_RUN = ("clips", "limit", "bound", "grad_scale", "found_inf", "factor")
_CLIPS, _LIMIT, _BOUND, _GRAD_SCALE, _FOUND_INF, _FACTOR = map(
    runtime.fields("Job").index, _OF_A_RUN
)


def _tasks(lengths: Sequence[int]) -> list[int]:
    """The first chunk of each task, and the end: tasks of a chunk's size or a little more."""
    starts, held = [0], 0
    for number, length in enumerate(lengths):
        if held >= CHUNK_ELEMENTS // 2 and held + length > CHUNK_ELEMENTS:
            starts.append(number)
            held = 0
        held += length
    return [*starts, len(lengths)] if lengths else [0]
