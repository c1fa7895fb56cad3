"""The instructions of PTX, each as a function of the lanes that run it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.verify.emulator import arithmetic as a
from dovetail.verify.emulator.arithmetic import TYPES
from dovetail.verify.emulator.clusters import OWN
from dovetail.verify.emulator.memory import DeviceError
from dovetail.verify.emulator.operands import (
    UNSIGNED,
    WARP,
    Device,
    Frame,
    Step,
    address_of,
    elements,
    reader,
    width_of,
    write,
)
from dovetail.verify.emulator.ptx_text import BITS, Function, Line

ROUNDINGS = ("rn", "rni", "rzi", "rmi", "rpi")


def step_of(line: Line, function: Function) -> Step:
    """What runs an instruction."""
    made = _branch(line, function) if line.parts[0] == "bra" else _plain(line, function)
    if line.guard is None or line.parts[0] == "bra":
        return made
    guard, negated = reader(line.guard, "pred", function), line.negated

    def guarded(frame: Frame, device: Device) -> None:
        before = frame.mask
        condition = guard(frame, device) != negated
        frame.mask = condition if before is None else before & condition
        made(frame, device)
        frame.mask = before

    return guarded


def _branch(line: Line, function: Function) -> Step:
    target = function.labels[line.operands[0]]
    guard = None if line.guard is None else reader(line.guard, "pred", function)

    def branch(frame: Frame, device: Device) -> None:
        taken = np.ones(frame.lanes, bool) if frame.mask is None else frame.mask
        if guard is not None:
            taken = taken & (guard(frame, device) != line.negated)
        frame.at[taken] = target

    return branch


def _plain(line: Line, function: Function) -> Step:
    name, *parts = line.parts
    kinds = [part for part in parts if part in BITS]
    if name == "barrier" and "cluster" in parts:
        return _arrive if "arrive" in parts else _wait
    if name in ("ret", "bar", "barrier", "fence", "membar"):
        return lambda frame, device: None
    if name in ("ld", "st"):
        spaces = (part for part in parts if part in ("param", "global", "shared"))
        space = next(spaces, "generic")
        return (_load if name == "ld" else _store)(line, function, space, kinds[-1])
    if name == "cvta":
        assert parts == ["shared", "u64"], line.name
        return _generic(line, function)
    if name == "mapa":
        assert parts == ["u64"], line.name
        return _of_block(line, function)
    if name == "call":
        return _call(line)
    if name == "shfl":
        return _shuffle(line, function)
    if name == "mov" and any(operand.startswith("{") for operand in line.operands):
        return _packing(line, function, kinds[-1])
    return _arithmetic(line, function, name, parts, kinds)


def _load(line: Line, function: Function, space: str, kind: str) -> Step:
    targets = elements(line.operands[0])
    size = BITS[kind] // 8
    widths = [width_of(function, target) for target in targets]
    if space == "param":
        name = line.operands[1].strip("[]")

        def parameter(frame: Frame, device: Device) -> None:
            value = frame.outgoing[name] if name in frame.outgoing else frame.parameters[name]
            bits = np.asarray(value).astype(UNSIGNED[BITS[kind]])
            write(frame, targets[0], bits, widths[0])

        return parameter
    address = address_of(line.operands[1], function)

    def load(frame: Frame, device: Device) -> None:
        lanes = frame.chosen()
        at = address(frame, device)[lanes]
        if space == "global":
            values = device.memory.load(at, size, len(targets))
        elif space == "generic":
            if not device.shared.is_shared(at).all():
                raise NotImplementedError(f"the emulator knows {line.name} of shared memory alone")
            values = device.shared.load_generic(device.blocks[lanes], at, size, len(targets))
        else:
            values = device.shared.load(device.blocks[lanes], at, size, len(targets))
        for target, bits, value in zip(targets, widths, values, strict=True):
            whole = np.zeros(frame.lanes, value.dtype)
            whole[lanes] = value
            write(frame, target, whole.view(TYPES[kind]), bits)

    return load


def _store(line: Line, function: Function, space: str, kind: str) -> Step:
    sources = [reader(each, kind, function) for each in elements(line.operands[1])]
    if space == "param":
        name = line.operands[0].strip("[]")

        def parameter(frame: Frame, device: Device) -> None:
            _send(frame, name, frame.whole(sources[0](frame, device)))

        return parameter
    if space == "generic":
        raise NotImplementedError(f"the emulator does not know {line.name}")
    address = address_of(line.operands[0], function)
    raw = UNSIGNED[BITS[kind]]

    def store(frame: Frame, device: Device) -> None:
        lanes = frame.chosen()
        at = address(frame, device)[lanes]
        values = [frame.whole(each(frame, device))[lanes].view(raw)
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
    places, back = elements(given), elements(result[0])[0] if result else None

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


# Clusters.


def _arrive(frame: Frame, device: Device) -> None:
    lanes = frame.chosen()
    if frame.arrived[lanes].any():
        raise DeviceError("a thread that arrives twice at a barrier of the cluster")
    frame.arrived[lanes] = True


def _wait(frame: Frame, device: Device) -> None:
    if not frame.arrived[frame.chosen()].all():
        raise DeviceError("a thread that waits at a barrier of the cluster without arriving there")


def _generic(line: Line, function: Function) -> Step:
    """The generic address of a place in shared memory."""
    target, source = line.operands
    place = reader(source, "u64", function)

    def convert(frame: Frame, device: Device) -> None:
        write(frame, target, np.asarray(place(frame, device)) + np.uint64(OWN), 64)

    return convert


def _of_block(line: Line, function: Function) -> Step:
    """The address that a generic one of shared memory has in another block of the cluster."""
    target, source, number = line.operands
    place, rank = reader(source, "u64", function), reader(number, "u32", function)

    def convert(frame: Frame, device: Device) -> None:
        lanes = frame.chosen()
        given = (frame.whole(each(frame, device))[lanes]
                 for each in (place, rank))  # fmt: skip
        whole = np.zeros(frame.lanes, np.uint64)
        whole[lanes] = device.shared.of_block(*given)
        write(frame, target, whole, 64)

    return convert


def _shuffle(line: Line, function: Function) -> Step:
    target, source, offset, clamp, member = line.operands
    assert line.name == "shfl.sync.bfly.b32", line.name
    assert clamp == "31"
    value, moved, members = (reader(each, "u32", function) for each in (source, offset, member))

    def shuffle(frame: Frame, device: Device) -> None:
        lane = np.arange(frame.lanes) % WARP
        present = np.ones(frame.lanes, bool) if frame.mask is None else frame.mask
        bits = (present.reshape(-1, WARP) << np.arange(WARP)).sum(axis=1).repeat(WARP)
        asked = frame.whole(members(frame, device)).astype(np.int64)
        partner = lane ^ frame.whole(moved(frame, device)).astype(np.int64)
        wrong = (asked & ~bits) | ~(asked >> lane) & 1 | ~(asked >> partner) & 1
        if np.any((wrong != 0) & present):
            raise DeviceError("a shuffle with a lane that does not take part in it")
        found = frame.whole(value(frame, device))
        write(frame, target, found[np.arange(frame.lanes) - lane + partner], 32)

    return shuffle


def _packing(line: Line, function: Function, kind: str) -> Step:
    """`mov` between a register and several of a part of its bits; the first has the low ones."""
    target, source = line.operands
    bits = BITS[kind]
    if target.startswith("{"):
        targets = elements(target)
        part = bits // len(targets)
        read = reader(source, f"b{bits}", function)

        def unpack(frame: Frame, device: Device) -> None:
            value = read(frame, device)
            for number, each in enumerate(targets):
                if each != "_":
                    piece = value >> value.dtype.type(part * number)
                    write(frame, each, piece.astype(UNSIGNED[part]), part)

        return unpack
    sources = elements(source)
    part = bits // len(sources)
    readers = [reader(each, f"b{part}", function) for each in sources]
    whole = UNSIGNED[bits]

    def pack(frame: Frame, device: Device) -> None:
        total = np.zeros(frame.lanes, whole)
        for number, read in enumerate(readers):
            total |= np.asarray(read(frame, device)).astype(whole) << whole(part * number)
        write(frame, target, total, bits)

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


_ROUNDED: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "sqrt": np.sqrt,
}  # fmt: skip
_EXACT: dict[str, Callable[..., Any]] = {
    "mov": lambda x: x, "selp": lambda x, y, p: np.where(p, x, y), "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor, "copysign": lambda sign, x: np.copysign(x, sign),
    "bfe": a.field, "bfi": a.inserted, "prmt": a.permuted,
    "popc": lambda x: np.bitwise_count(x).astype(np.uint32),
}  # fmt: skip
# The types of operands that do not all have that of the instruction; "": that one.
_OPERANDS = {
    "selp": ("", "", "pred"), "shl": ("", "u32"), "shr": ("", "u32"), "shf": ("u32",) * 3,
    "bfe": ("", "u32", "u32"), "bfi": ("", "", "u32", "u32"),
}  # fmt: skip


def _arithmetic(
    line: Line, function: Function, name: str, parts: list[str], kinds: list[str]
) -> Step:
    if not kinds:
        raise NotImplementedError(f"the emulator does not know {line}")
    target, *sources = line.operands
    kind = kinds[0]
    floating = kind in ("f16", "bf16", "f32", "f64")
    bits = width_of(function, target)
    given = [own or kind for own in _OPERANDS.get(name, [""] * len(sources))]
    compute: Callable[..., Any]
    if name == "cvt":
        return _conversion(line, function, parts, kinds)
    if len(kinds) > 1:  # of halves, all but the last, which become what the result is
        if kinds[1:] not in (["f16"], ["bf16"]) or name not in ("add", "sub", "fma"):
            raise NotImplementedError(f"the emulator does not know {line.name}")
        assert "rn" in parts, f"{line.name} may be contracted by the assembler"
        given = [*kinds[1:] * (len(sources) - 1), kind]
        exact = functools.partial(a.fma, kind) if name == "fma" else _ROUNDED[name]
        compute = lambda *each: exact(*(x.astype(TYPES[kind]) for x in each))  # noqa: E731
    elif name == "setp":
        compute = functools.partial(_compared, parts[0], floating)
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
    elif name in ("shl", "shr"):
        compute = functools.partial(a.shifted, name == "shl")
    elif name == "shf":
        compute = functools.partial(a.funnel_shifted, parts)
    elif name == "clz":
        compute = lambda x: a.leading_zeros(x, BITS[kind])  # noqa: E731
    elif name in _EXACT:
        compute = _EXACT[name]
    elif name in _ROUNDED:
        if floating and name != "sqrt":
            assert "rn" in parts, f"{line.name} may be contracted by the assembler"
        operation = _ROUNDED[name]
        compute = functools.partial(a.rounded, kind, operation) if floating else operation
    else:
        raise NotImplementedError(f"the emulator does not know {line.name}")
    readers = [reader(each, own, function) for each, own in zip(sources, given, strict=True)]

    def step(frame: Frame, device: Device) -> None:
        write(frame, target, compute(*[read(frame, device) for read in readers]), bits)

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
    sign = UNSIGNED[BITS[kind]](1 << (BITS[kind] - 1))

    def changed(x: Any) -> Any:
        raw = np.asarray(x).view(UNSIGNED[BITS[kind]])
        return (raw ^ sign if name == "neg" else raw & ~sign).view(TYPES[kind])

    return changed


def _conversion(line: Line, function: Function, parts: list[str], kinds: list[str]) -> Step:
    target, *sources = line.operands
    bits = width_of(function, target)
    pair = next((part for part in parts if part in ("f16x2", "bf16x2")), None)
    rounding = next((part for part in parts if part in ROUNDINGS), None)
    if pair is not None:  # the first operand goes to the upper half
        half = pair.removesuffix("x2")
        readers = [reader(each, "f32", function) for each in sources]

        def both(frame: Frame, device: Device) -> None:
            high, low = (
                np.asarray(a.converted(half, "f32", read(frame, device), rounding)).view(np.uint16)
                for read in readers
            )
            whole = (high.astype(np.uint32) << np.uint32(16)) | low.astype(np.uint32)
            write(frame, target, whole, bits)

        return both
    to, source = kinds
    read = reader(sources[0], source, function)

    def convert(frame: Frame, device: Device) -> None:
        write(frame, target, a.converted(to, source, read(frame, device), rounding), bits)

    return convert
