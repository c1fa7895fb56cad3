"""The instructions of PTX, each as a function of the lanes that run it."""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.verify.emulator import arithmetic as a
from dovetail.verify.emulator.arithmetic import TYPES, Array
from dovetail.verify.emulator.memory import DeviceError, Memory, SharedMemory
from dovetail.verify.emulator.ptx_text import BITS, Function, Line, Text

WARP = 32
ROUNDINGS = ("rn", "rni", "rzi", "rmi", "rpi")
_UNSIGNED = {1: np.bool_, 8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}


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

    def chosen(self) -> Array:
        """The numbers of the lanes at the current block."""
        return np.arange(self.lanes) if self.mask is None else np.flatnonzero(self.mask)


class Device:
    """What the lanes of one warp of all blocks see."""

    def __init__(
        self, text: Text, memory: Memory, shared: SharedMemory, specials: dict[str, Any],
        blocks: Array, run: Callable[[Frame, Device], Array],
    ) -> None:  # fmt: skip
        self.text, self.memory, self.shared, self.run = text, memory, shared, run
        self.specials, self.blocks = specials, blocks  # `blocks`: that of each lane


Step = Callable[[Frame, Device], None]


# Operands.


def _immediate(text: str, kind: str) -> Any:
    if text.startswith("0f"):
        bits = struct.unpack("<f", struct.pack("<I", int(text[2:], 16)))[0]
        return np.float32(bits).view(np.uint32) if not BITS_FLOAT.get(kind) else np.float32(bits)
    if text.startswith("0d"):
        value = np.uint64(int(text[2:], 16))
        return value.view(np.float64) if kind == "f64" else value
    bits = BITS[kind]
    number = int(text.rstrip("U"), 0) & ((1 << bits) - 1)
    if bits == 1:
        return np.bool_(number & 1)
    return np.array(number, _UNSIGNED[bits]).view(TYPES[kind])[()]


BITS_FLOAT = {"f32": True}


def _width(function: Function, register: str) -> int:
    found = re.match(r"%[a-z]+", register)
    assert found is not None
    return function.registers[found[0]]


def _reader(text: str, kind: str, function: Function) -> Callable[[Frame, Device], Any]:
    """Reads an operand as a type."""
    wanted = TYPES[kind]
    if text.startswith("%") and not re.match(r"%(tid|ntid|ctaid|nctaid|laneid)", text):
        wide = _width(function, text) != BITS[kind]

        def register(frame: Frame, device: Device) -> Any:
            value = frame.registers.get(text)
            if value is None:
                return np.zeros(frame.lanes, wanted)
            return value.astype(_UNSIGNED[BITS[kind]]).view(wanted) if wide else value.view(wanted)

        return register
    if text.startswith("%"):
        return lambda frame, device: device.specials[text].astype(wanted)
    if re.match(r"[A-Za-z_$]", text):  # the address of a variable in shared memory
        return lambda frame, device: wanted(device.text.shared[text])
    value = _immediate(text, kind)
    return lambda frame, device: value


def _write(frame: Frame, register: str, value: Any, bits: int) -> None:
    """Set a register of so many bits; a narrower value is extended, with its sign if signed."""
    value = np.asarray(value)
    if bits == 1:
        value = value.astype(np.bool_)
    else:
        if 8 * value.dtype.itemsize != bits:
            wider = "i" if value.dtype.kind == "i" else "u"
            raw = value if value.dtype.kind in "iu" else value.view(f"u{value.dtype.itemsize}")
            value = raw.astype(f"{wider}{bits // 8}")
        value = value.view(_UNSIGNED[bits])
    if value.shape != (frame.lanes,):
        value = np.broadcast_to(value, frame.lanes)
    if frame.mask is not None:
        old = frame.registers.get(register)
        old = np.zeros(frame.lanes, value.dtype) if old is None else old
        value = np.where(frame.mask, value, old)
    frame.registers[register] = value


def _elements(text: str) -> list[str]:
    return re.findall(r"[^\s,{}()]+", text)


def _address(text: str, function: Function) -> Callable[[Frame, Device], Array]:
    found = re.fullmatch(r"\[([%\w$.]+)(?:\+(-?\d+))?\]", text)
    assert found is not None, text
    base = _reader(found[1], "u64" if not found[1].startswith("%r") or
                   _width(function, found[1]) == 64 else "u32", function)  # fmt: skip
    offset = int(found[2] or 0)
    moved = np.uint64(offset & ((1 << 64) - 1))

    def address(frame: Frame, device: Device) -> Array:
        start = np.broadcast_to(np.asarray(base(frame, device)).astype(np.uint64), frame.lanes)
        return start + moved if offset else start

    return address


# Instructions.


def step_of(line: Line, function: Function) -> Step:
    """What runs an instruction."""
    made = _branch(line, function) if line.parts[0] == "bra" else _plain(line, function)
    if line.guard is None or line.parts[0] == "bra":
        return made
    guard, negated = _reader(line.guard, "pred", function), line.negated

    def guarded(frame: Frame, device: Device) -> None:
        before = frame.mask
        condition = guard(frame, device) != negated
        frame.mask = condition if before is None else before & condition
        made(frame, device)
        frame.mask = before

    return guarded


def _branch(line: Line, function: Function) -> Step:
    target = function.labels[line.operands[0]]
    guard = None if line.guard is None else _reader(line.guard, "pred", function)

    def branch(frame: Frame, device: Device) -> None:
        taken = np.ones(frame.lanes, bool) if frame.mask is None else frame.mask
        if guard is not None:
            taken = taken & (guard(frame, device) != line.negated)
        frame.at[taken] = target

    return branch


def _plain(line: Line, function: Function) -> Step:
    name, *parts = line.parts
    kinds = [part for part in parts if part in BITS]
    if name in ("ret", "bar", "barrier", "fence", "membar"):
        return lambda frame, device: None
    if name in ("ld", "st"):
        space = next(part for part in parts if part in ("param", "global", "shared"))
        return (_load if name == "ld" else _store)(line, function, space, kinds[-1])
    if name == "call":
        return _call(line)
    if name == "shfl":
        return _shuffle(line, function)
    if name == "mov" and any(operand.startswith("{") for operand in line.operands):
        return _packing(line, function, kinds[-1])
    return _arithmetic(line, function, name, parts, kinds)


def _load(line: Line, function: Function, space: str, kind: str) -> Step:
    targets = _elements(line.operands[0])
    size = BITS[kind] // 8
    widths = [_width(function, target) for target in targets]
    if space == "param":
        name = line.operands[1].strip("[]")

        def parameter(frame: Frame, device: Device) -> None:
            value = frame.outgoing[name] if name in frame.outgoing else frame.parameters[name]
            bits = np.asarray(value).astype(_UNSIGNED[BITS[kind]])
            _write(frame, targets[0], bits, widths[0])

        return parameter
    address = _address(line.operands[1], function)

    def load(frame: Frame, device: Device) -> None:
        lanes = frame.chosen()
        at = address(frame, device)[lanes]
        if space == "global":
            values = device.memory.load(at, size, len(targets))
        else:
            values = device.shared.load(device.blocks[lanes], at, size, len(targets))
        for target, bits, value in zip(targets, widths, values, strict=True):
            whole = np.zeros(frame.lanes, value.dtype)
            whole[lanes] = value
            _write(frame, target, whole.view(TYPES[kind]), bits)

    return load


def _store(line: Line, function: Function, space: str, kind: str) -> Step:
    sources = [_reader(each, kind, function) for each in _elements(line.operands[1])]
    if space == "param":
        name = line.operands[0].strip("[]")

        def parameter(frame: Frame, device: Device) -> None:
            _send(frame, name, np.broadcast_to(sources[0](frame, device), frame.lanes))

        return parameter
    address = _address(line.operands[0], function)
    raw = _UNSIGNED[BITS[kind]]

    def store(frame: Frame, device: Device) -> None:
        lanes = frame.chosen()
        at = address(frame, device)[lanes]
        values = [np.broadcast_to(np.asarray(each(frame, device)), frame.lanes)[lanes].view(raw)
                  for each in sources]  # fmt: skip
        if space == "global":
            device.memory.store(at, values)
        else:
            device.shared.store(device.blocks[lanes], at, values)

    return store


def _send(frame: Frame, name: str, value: Any) -> None:
    """Set a parameter of a call, or its result, for the lanes at the current block."""
    mask, old = frame.mask, frame.outgoing.get(name)
    frame.outgoing[name] = value if mask is None or old is None else np.where(mask, value, old)


def _call(line: Line) -> Step:
    *result, name, given = line.operands
    places, back = _elements(given), _elements(result[0])[0] if result else None

    def call(frame: Frame, device: Device) -> None:
        callee = device.text.functions[name]
        inputs = {
            own: frame.outgoing[place] for own, place in zip(callee.parameters, places, strict=True)
        }
        active = np.ones(frame.lanes, bool) if frame.mask is None else frame.mask.copy()
        inner = Frame(callee, frame.lanes, active, inputs)
        device.run(inner, device)
        if back is not None:
            assert callee.result is not None
            _send(frame, back, inner.outgoing[callee.result])

    return call


def _shuffle(line: Line, function: Function) -> Step:
    target, source, offset, clamp, member = line.operands
    assert line.name == "shfl.sync.bfly.b32", line.name
    assert clamp == "31"
    value, moved, members = (_reader(each, "u32", function) for each in (source, offset, member))

    def shuffle(frame: Frame, device: Device) -> None:
        lane = np.arange(frame.lanes) % WARP
        present = np.ones(frame.lanes, bool) if frame.mask is None else frame.mask
        bits = (present.reshape(-1, WARP) << np.arange(WARP)).sum(axis=1).repeat(WARP)
        asked = np.broadcast_to(members(frame, device), frame.lanes).astype(np.int64)
        partner = lane ^ np.broadcast_to(moved(frame, device), frame.lanes).astype(np.int64)
        wrong = (asked & ~bits) | ~(asked >> lane) & 1 | ~(asked >> partner) & 1
        if np.any((wrong != 0) & present):
            raise DeviceError("a shuffle with a lane that does not take part in it")
        found = np.broadcast_to(value(frame, device), frame.lanes)
        _write(frame, target, found[np.arange(frame.lanes) - lane + partner], 32)

    return shuffle


def _packing(line: Line, function: Function, kind: str) -> Step:
    """`mov` between a register and several of a part of its bits; the first has the low ones."""
    target, source = line.operands
    bits = BITS[kind]
    if target.startswith("{"):
        targets = _elements(target)
        part = bits // len(targets)
        read = _reader(source, f"b{bits}", function)

        def unpack(frame: Frame, device: Device) -> None:
            value = read(frame, device)
            for number, each in enumerate(targets):
                if each != "_":
                    piece = value >> value.dtype.type(part * number)
                    _write(frame, each, piece.astype(_UNSIGNED[part]), part)

        return unpack
    sources = _elements(source)
    part = bits // len(sources)
    readers = [_reader(each, f"b{part}", function) for each in sources]
    whole = _UNSIGNED[bits]

    def pack(frame: Frame, device: Device) -> None:
        total = np.zeros(frame.lanes, whole)
        for number, read in enumerate(readers):
            total |= np.asarray(read(frame, device)).astype(whole) << whole(part * number)
        _write(frame, target, total, bits)

    return pack


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal, "lo": np.less, "ls": np.less_equal, "hi": np.greater,
    "hs": np.greater_equal,
}  # fmt: skip


def _compared(relation: str, floating: bool, x: Any, y: Any) -> Any:
    if not floating:
        return _COMPARE[relation](x, y)
    nan = np.isnan(x) | np.isnan(y)
    if relation in ("num", "nan"):
        return nan if relation == "nan" else ~nan
    if relation.endswith("u") and relation != "u":
        return _COMPARE[relation[:-1]](x, y) | nan
    return _COMPARE[relation](x, y) & ~nan


_SIMPLE: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor, "sqrt": np.sqrt,
}  # fmt: skip


def _arithmetic(
    line: Line, function: Function, name: str, parts: list[str], kinds: list[str]
) -> Step:
    if not kinds:
        raise NotImplementedError(f"the emulator does not know {line}")
    target, *sources = line.operands
    kind = kinds[0]
    floating = kind in ("f16", "bf16", "f32", "f64")
    bits = _width(function, target)
    given = [kind] * len(sources)
    compute: Callable[..., Any]
    if name == "mov":
        compute = lambda x: x  # noqa: E731
    elif name == "cvt":
        return _conversion(line, function, parts, kinds)
    elif name == "setp":
        relation = parts[0]
        compute = functools.partial(_compared, relation, floating)
    elif name == "selp":
        given = [kind, kind, "pred"]
        compute = lambda x, y, p: np.where(p, x, y)  # noqa: E731
    elif name == "testp":
        assert parts[0] == "infinite"
        compute = np.isinf
    elif name in ("mul", "mad") and not floating:
        compute = _integer_product(name, parts, kind)
        if "wide" in parts and name == "mad":
            given[2] = f"{kind[0]}{2 * BITS[kind]}"
    elif name == "fma":
        compute = functools.partial(a.fma, kind)
    elif name in ("div", "rem") and not floating:
        compute = functools.partial(a.divided, rest=name == "rem")
    elif name == "div":
        assert "rn" in parts, line.name
        compute = functools.partial(a.rounded, kind, np.divide)
    elif name == "rcp":
        assert "rn" in parts, line.name
        one = TYPES[kind](1)
        compute = lambda x: one / x  # noqa: E731
    elif name in ("min", "max"):
        compute = functools.partial(a.extremum, kind, name == "max", "NaN" in parts)
    elif name == "neg" or name == "abs":
        compute = _signed(name, kind, floating)
    elif name == "not":
        compute = np.logical_not if kind == "pred" else np.invert
    elif name == "copysign":
        compute = lambda sign, x: np.copysign(x, sign)  # noqa: E731
    elif name in ("shl", "shr"):
        given = [kind, "u32"]
        compute = functools.partial(a.shifted, name == "shl")
    elif name == "shf":
        given = ["u32", "u32", "u32"]
        compute = functools.partial(a.funnel_shifted, parts)
    elif name == "bfe":
        given = [kind, "u32", "u32"]
        compute = a.field
    elif name == "bfi":
        given = [kind, kind, "u32", "u32"]
        compute = a.inserted
    elif name == "prmt":
        compute = a.permuted
    elif name == "clz":
        compute = lambda x: a.leading_zeros(x, BITS[kind])  # noqa: E731
    elif name == "popc":
        compute = lambda x: np.bitwise_count(x).astype(np.uint32)  # noqa: E731
    elif name in _SIMPLE:
        if floating and name != "sqrt":
            assert "rn" in parts, f"{line.name} may be contracted by the assembler"
        operation = _SIMPLE[name]
        compute = functools.partial(a.rounded, kind, operation) if floating else operation
    else:
        raise NotImplementedError(f"the emulator does not know {line.name}")
    readers = [_reader(each, own, function) for each, own in zip(sources, given, strict=True)]

    def step(frame: Frame, device: Device) -> None:
        _write(frame, target, compute(*[read(frame, device) for read in readers]), bits)

    return step


def _integer_product(name: str, parts: list[str], kind: str) -> Callable[..., Any]:
    def product(x: Any, y: Any) -> Any:
        if "hi" in parts:
            return a.high_product(kind, x, y)
        if "wide" in parts:
            wide = TYPES[f"{kind[0]}{2 * BITS[kind]}"]
            return np.asarray(x).astype(wide) * np.asarray(y).astype(wide)
        return x * y

    return product if name == "mul" else lambda x, y, z: product(x, y) + z


def _signed(name: str, kind: str, floating: bool) -> Callable[[Any], Any]:
    if not floating:
        return (lambda x: -x) if name == "neg" else np.abs
    sign = _UNSIGNED[BITS[kind]](1 << (BITS[kind] - 1))

    def changed(x: Any) -> Any:
        raw = np.asarray(x).view(_UNSIGNED[BITS[kind]])
        return (raw ^ sign if name == "neg" else raw & ~sign).view(TYPES[kind])

    return changed


def _conversion(line: Line, function: Function, parts: list[str], kinds: list[str]) -> Step:
    target, *sources = line.operands
    bits = _width(function, target)
    pair = next((part for part in parts if part in ("f16x2", "bf16x2")), None)
    rounding = next((part for part in parts if part in ROUNDINGS), None)
    if pair is not None:  # the first operand goes to the upper half
        half = pair.removesuffix("x2")
        readers = [_reader(each, "f32", function) for each in sources]

        def both(frame: Frame, device: Device) -> None:
            high, low = (
                np.asarray(a.converted(half, "f32", read(frame, device), rounding)).view(np.uint16)
                for read in readers
            )
            whole = (high.astype(np.uint32) << np.uint32(16)) | low.astype(np.uint32)
            _write(frame, target, whole, bits)

        return both
    to, source = kinds
    read = _reader(sources[0], source, function)

    def convert(frame: Frame, device: Device) -> None:
        _write(frame, target, a.converted(to, source, read(frame, device), rounding), bits)

    return convert
