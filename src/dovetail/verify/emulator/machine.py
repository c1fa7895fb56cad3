"""Runs PTX without a GPU: an array element for each thread, on the real text.

The lanes of one warp of all blocks run together; the warps of a block run one after the other, in a
shuffled order, each up to the next barrier. So a value that another warp has not written yet is
poison, and a missing barrier shows. Lanes that branch apart meet again (control_flow.py).
What blocks of a cluster may do with each other's memory is checked (clusters.py).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.graph.node import Array
from dovetail.verify.emulator.clusters import ClusterMemory
from dovetail.verify.emulator.control_flow import ordered
from dovetail.verify.emulator.instructions import step_of
from dovetail.verify.emulator.memory import DeviceError, Memory
from dovetail.verify.emulator.operands import WARP, Device, Frame, Step
from dovetail.verify.emulator.ptx_text import Function, Line, Text, parse

MOST_STEPS = 100_000  # blocks of code that one warp runs
TOGETHER = 512  # blocks that run at a time
MOST_SHARED = 1 << 24  # bytes of shared memory of clusters that run at a time
GONE, AT_BLOCK, AT_CLUSTER = range(3)  # where a lane that does not run is: at which barrier


def launch(
    ptx: str, name: str, grid: Sequence[int], threads: int, shared_bytes: int,
    arguments: Sequence[int], memory: Memory, seed: int = 0,
) -> None:  # fmt: skip
    """Run a kernel; `arguments`: words of 64 bits."""
    text = parsed(ptx)
    function = text.functions[name]
    if threads % WARP or not 0 < threads <= function.threads:
        raise DeviceError(f"{threads} threads, where the kernel has {function.threads}")
    offsets = list(function.parameters.values())
    if offsets != [8 * number for number in range(len(arguments))]:
        raise DeviceError(f"{len(arguments)} arguments for the parameters at {offsets}")
    given = dict(zip(function.parameters, np.array(arguments, np.uint64), strict=True))
    if grid[0] % function.cluster:
        raise DeviceError(f"a grid of {grid[0]} blocks in clusters of {function.cluster}")
    together = TOGETHER
    if function.cluster > 1:
        fitting = MOST_SHARED // max(1, text.static_bytes + shared_bytes)
        together = max(1, min(TOGETHER, fitting) // function.cluster) * function.cluster
    order = np.random.default_rng(seed)
    count = math.prod(grid)
    for start in range(0, count, together):
        numbers = np.arange(start, min(count, start + together))
        with np.errstate(all="ignore"):
            _blocks(text, function, grid, threads, shared_bytes, given, memory, order, numbers)


def _blocks(
    text: Text, function: Function, grid: Sequence[int], threads: int, shared_bytes: int,
    given: dict[str, Any], memory: Memory, order: Any, numbers: Array,
) -> None:  # fmt: skip
    lanes, warps = WARP * len(numbers), threads // WARP
    shared = ClusterMemory(len(numbers), text.static_bytes + shared_bytes, function.cluster)
    block = np.repeat(numbers, WARP)
    own = np.repeat(np.arange(len(numbers)), WARP)
    frames: list[Frame] = []
    devices: list[Device] = []
    for warp in range(warps):
        thread = np.tile(np.arange(WARP), len(numbers)) + WARP * warp
        specials = {
            "%tid.x": thread, "%ntid.x": threads, "%laneid": thread % WARP,
            "%ctaid.x": block % grid[0], "%ctaid.y": block // grid[0] % grid[1],
            "%ctaid.z": block // (grid[0] * grid[1]),
            "%nctaid.x": grid[0], "%nctaid.y": grid[1], "%nctaid.z": grid[2],
        }  # fmt: skip
        found = {name: np.broadcast_to(np.asarray(value, np.uint32), lanes)
                 for name, value in specials.items()}  # fmt: skip
        frames.append(Frame(function, lanes, np.ones(lanes, bool), given))
        devices.append(Device(text, memory, shared, found, own, _run))
    while any(frame.active.any() for frame in frames):
        for warp in order.permutation(warps):
            _run(frames[warp], devices[warp])
        at = np.stack([frame.waiting.reshape(-1, WARP) for frame in frames])
        going = _released(at, shared)[own]
        for frame in frames:
            frame.active = going & (frame.waiting != GONE)
            frame.arrived &= ~frame.active
            frame.waiting[frame.active] = GONE


def _released(at: Array, shared: ClusterMemory) -> Array:
    """The blocks that go on: all their threads, or all of their cluster, are at a barrier.

    `at`: where the lanes are, by warp, block, and lane of the warp.
    """
    threads = at.shape[0] * WARP
    here, apart = ((at == kind).sum(axis=(0, 2)) for kind in (AT_BLOCK, AT_CLUSTER))
    if np.any((here != 0) & (here != threads)):
        raise DeviceError("a barrier that some threads of the block do not reach")
    of_clusters = apart.reshape(-1, shared.cluster).sum(axis=1).repeat(shared.cluster)
    running = (here != 0).reshape(-1, shared.cluster).any(axis=1).repeat(shared.cluster)
    together = of_clusters == threads * shared.cluster
    if np.any((of_clusters != 0) & ~together & ~running | (apart != 0) & (apart != threads)):
        raise DeviceError("a barrier of the cluster that some of its threads do not reach")
    shared.leave((here == 0) & (apart == 0))
    shared.pass_barrier(together)
    return (here != 0) | together


def _barrier(line: Line | None) -> int:
    """The barrier that an instruction waits at."""
    if line is None or line.parts[0] not in ("bar", "barrier"):
        return GONE
    if "cluster" not in line.parts:
        return AT_BLOCK
    return AT_CLUSTER if "wait" in line.parts else GONE


def _run(frame: Frame, device: Device) -> None:
    """Run lanes until each is at a barrier or has left."""
    function = frame.function
    code = compiled(function)
    for _ in range(MOST_STEPS):
        if not frame.active.any():
            return
        current = code.order[code.place[frame.at[frame.active]].min()]
        mask = frame.active & (frame.at == current)
        frame.mask = None if mask.all() else mask
        frame.at[mask] = current + 1
        for step in code.steps[current]:
            step(frame, device)
        last = function.blocks[current].lines[-1] if function.blocks[current].lines else None
        if _barrier(last) != GONE:
            frame.waiting[mask] = _barrier(last)
            frame.active = frame.active & ~mask
        elif last is not None and last.parts[0] == "ret":
            leaving = mask
            if last.guard is not None:
                leaving = mask & (frame.registers[last.guard] != last.negated)
            frame.active = frame.active & ~leaving
        frame.active = frame.active & (frame.at < len(function.blocks))
    raise DeviceError("a kernel that does not end")


@functools.lru_cache(maxsize=512)
def parsed(ptx: str) -> Text:
    """The parsed text."""
    return parse(ptx)


@dataclass(frozen=True)
class Code:
    """What runs each block of code; the order of the blocks, and the place of each in it."""

    function: Function
    steps: list[list[Step]]
    order: list[int]
    place: Array


_compiled: dict[int, Code] = {}


def compiled(function: Function) -> Code:
    """The code of a function, which is made once."""
    known = _compiled.get(id(function))
    if known is None:
        steps = [[step_of(line, function) for line in block.lines] for block in function.blocks]
        order = ordered(function)
        known = Code(function, steps, order, np.argsort(order))
        _compiled[id(function)] = known
    return known
