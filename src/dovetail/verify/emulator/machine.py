"""Runs PTX without a GPU: an array element for each thread, on the real text.

The lanes of one warp of all blocks run together; the warps of a block run one after the other, in a
shuffled order, each up to the next barrier. So a value that another warp has not written yet is
poison, and a missing barrier shows. Lanes that branch apart go on at the earliest block of code.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dovetail.verify.emulator.arithmetic import Array
from dovetail.verify.emulator.instructions import WARP, Device, Frame, Step, step_of
from dovetail.verify.emulator.memory import DeviceError, Memory, SharedMemory
from dovetail.verify.emulator.ptx_text import Function, Text, parse

MOST_STEPS = 100_000  # blocks of code that one warp runs


def launch(
    ptx: str, name: str, grid: Sequence[int], threads: int, shared_bytes: int,
    arguments: Sequence[int], memory: Memory, seed: int = 0, together: int = 512,
) -> None:  # fmt: skip
    """Run a kernel; `arguments`: words of 64 bits. `together`: blocks that run at a time."""
    text = parsed(ptx)
    function = text.functions[name]
    if threads % WARP or not 0 < threads <= (function.threads or 1024):
        raise DeviceError(f"{threads} threads, where the kernel has {function.threads}")
    offsets = list(function.parameters.values())
    if offsets != [8 * number for number in range(len(arguments))]:
        raise DeviceError(f"{len(arguments)} arguments for the parameters at {offsets}")
    given = dict(zip(function.parameters, np.array(arguments, np.uint64), strict=True))
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
    shared = SharedMemory(len(numbers), text.static_bytes + shared_bytes)
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
    waiting = [np.zeros(lanes, bool) for _ in range(warps)]
    while any(frame.active.any() for frame in frames):
        for warp in order.permutation(warps):
            waiting[warp] = _run(frames[warp], devices[warp])
        arrived = sum(each.reshape(-1, WARP).sum(axis=1) for each in waiting)
        if np.any((arrived != 0) & (arrived != threads)):
            raise DeviceError("a barrier that some threads of the block do not reach")
        for frame, each in zip(frames, waiting, strict=True):
            frame.active = each


def _run(frame: Frame, device: Device) -> Array:
    """Run lanes until each is at a barrier or has left; those at a barrier."""
    function = frame.function
    steps = compiled(function)
    waiting = np.zeros(frame.lanes, bool)
    for _ in range(MOST_STEPS):
        if not frame.active.any():
            return waiting
        current = int(frame.at[frame.active].min())
        mask = frame.active & (frame.at == current)
        frame.mask = None if mask.all() else mask
        frame.at[mask] = current + 1
        for step in steps[current]:
            step(frame, device)
        last = function.blocks[current].lines[-1] if function.blocks[current].lines else None
        if last is not None and last.parts[0] in ("bar", "barrier"):
            waiting |= mask
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


_compiled: dict[int, tuple[Function, list[list[Step]]]] = {}


def compiled(function: Function) -> list[list[Step]]:
    """What runs each block of code."""
    known = _compiled.get(id(function))
    if known is None:
        steps = [[step_of(line, function) for line in block.lines] for block in function.blocks]
        known = _compiled[id(function)] = function, steps
    return known[1]
