"""The state of lanes that run, and the operands of instructions, as they are read and written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.graph.node import Array
from dovetail.verify.emulator.arithmetic import TYPES
from dovetail.verify.emulator.clusters import ClusterMemory
from dovetail.verify.emulator.memory import Memory
from dovetail.verify.emulator.ptx_text import BITS, Function, Text

WARP = 32
UNSIGNED = {1: np.bool_, 8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}


@dataclass
class Frame:
    """The registers of the lanes that run a function."""

    function: Function
    lanes: int
    active: Array  # the lanes that run
    parameters: dict[str, Any] = field(default_factory=dict)
    registers: dict[str, Array] = field(default_factory=dict)
    outgoing: dict[str, Any] = field(default_factory=dict)
    mask: Array | None = None  # of the lanes at the current block; None: all

    def __post_init__(self) -> None:
        self.at = np.zeros(self.lanes, np.int32)
        self.waiting = np.zeros(self.lanes, np.int8)  # at which barrier (machine.py)
        self.arrived = np.zeros(self.lanes, bool)  # at that of the cluster

    def chosen(self) -> Array:
        """The numbers of the lanes at the current block."""
        return np.arange(self.lanes) if self.mask is None else np.flatnonzero(self.mask)

    def whole(self, value: Any) -> Array:
        """A value for every lane."""
        value = np.asarray(value)
        return value if value.shape == (self.lanes,) else np.broadcast_to(value, self.lanes)


class Device:
    """What the lanes of one warp of all blocks see."""

    def __init__(
        self, text: Text, memory: Memory, shared: ClusterMemory, specials: dict[str, Any],
        blocks: Array, run: Callable[[Frame, Device], None],
    ) -> None:  # fmt: skip
        self.text, self.memory, self.shared, self.run = text, memory, shared, run
        self.specials, self.blocks = specials, blocks  # `blocks`: that of each lane


Step = Callable[[Frame, Device], None]


# Operands.


def _immediate(text: str, kind: str) -> Any:
    if text.startswith("0f"):
        single = np.uint32(int(text[2:], 16))
        return single.view(np.float32) if kind == "f32" else single
    if text.startswith("0d"):
        value = np.uint64(int(text[2:], 16))
        return value.view(np.float64) if kind == "f64" else value
    bits = BITS[kind]
    number = int(text.rstrip("U"), 0) & ((1 << bits) - 1)
    if bits == 1:
        return np.bool_(number & 1)
    return np.array(number, UNSIGNED[bits]).view(TYPES[kind])[()]


def width_of(function: Function, register: str) -> int:
    found = re.match(r"%[a-z]+", register)
    assert found is not None
    return function.registers[found[0]]


def reader(text: str, kind: str, function: Function) -> Callable[[Frame, Device], Any]:
    """Reads an operand as a type."""
    wanted = TYPES[kind]
    if text.startswith("%") and not re.match(r"%(tid|ntid|ctaid|nctaid|laneid)", text):
        wide = width_of(function, text) != BITS[kind]

        def register(frame: Frame, device: Device) -> Any:
            value = frame.registers.get(text)
            if value is None:
                return np.zeros(frame.lanes, wanted)
            return value.astype(UNSIGNED[BITS[kind]]).view(wanted) if wide else value.view(wanted)

        return register
    if text.startswith("%"):
        return lambda frame, device: device.specials[text].astype(wanted)
    if re.match(r"[A-Za-z_$]", text):  # the address of a variable in shared memory
        return lambda frame, device: wanted(device.text.shared[text])
    value = _immediate(text, kind)
    return lambda frame, device: value


def write(frame: Frame, register: str, value: Any, bits: int) -> None:
    """Set a register of so many bits; a narrower value is extended, with its sign if signed."""
    value = np.asarray(value)
    if bits == 1:
        value = value.astype(np.bool_)
    else:
        if 8 * value.dtype.itemsize != bits:
            wider = "i" if value.dtype.kind == "i" else "u"
            raw = value if value.dtype.kind in "iu" else value.view(f"u{value.dtype.itemsize}")
            value = raw.astype(f"{wider}{bits // 8}")
        value = value.view(UNSIGNED[bits])
    value = frame.whole(value)
    if frame.mask is not None:
        old = frame.registers.get(register)
        old = np.zeros(frame.lanes, value.dtype) if old is None else old
        value = np.where(frame.mask, value, old)
    frame.registers[register] = value


def elements(text: str) -> list[str]:
    return re.findall(r"[^\s,{}()]+", text)


def address_of(text: str, function: Function) -> Callable[[Frame, Device], Array]:
    found = re.fullmatch(r"\[([%\w$.]+)(?:\+(-?\d+))?\]", text)
    assert found is not None, text
    base = reader(found[1], "u64" if not found[1].startswith("%r") or
                   width_of(function, found[1]) == 64 else "u32", function)  # fmt: skip
    offset = int(found[2] or 0)
    moved = np.uint64(offset & ((1 << 64) - 1))

    def address(frame: Frame, device: Device) -> Array:
        start = frame.whole(np.asarray(base(frame, device)).astype(np.uint64, copy=False))
        return start + moved if offset else start

    return address
