"""The attributes of primitives in a file: their names, their types, and checks of their values.

A primitive's shape rule checks the operands of a node, and trusts its attributes, since the
language makes them. Those of a file are checked here, before a kernel reads memory by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dovetail.errors import SerialisationError
from dovetail.files.formulas import Numbers
from dovetail.files.records import FileFault
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Node, Shape

Read = Callable[[Numbers, Any], Any]


def _dtype(numbers: Numbers, value: Any) -> Any:
    if not isinstance(value, str):
        raise FileFault(f"{value!r:.60} is no data type")
    return as_dtype(value)


def _flag(numbers: Numbers, value: Any) -> bool:
    if type(value) is not bool:
        raise FileFault(f"{value!r:.60} is no truth value")
    return value


def _size(numbers: Numbers, value: Any) -> int:
    found = numbers.whole(value)
    if found < 0:
        raise FileFault(f"a size would be {found}")
    return found


def sizes(numbers: Numbers, value: Any) -> Shape:
    """A shape."""
    found = numbers.wholes(value)
    if any(size < 0 for size in found):
        raise FileFault(f"a shape would be {found}")
    return found


def _real_or_none(numbers: Numbers, value: Any) -> float | None:
    return None if value is None else float(numbers.number(value))


_CONVOLUTION: Mapping[str, Read] = {
    "dilations": sizes,
    "groups": _size,
    "highs": Numbers.wholes,
    "lows": Numbers.wholes,
    "steps": sizes,
}
_WINDOWS: Mapping[str, Read] = {
    "axes": Numbers.wholes,
    "window": sizes,
    "steps": sizes,
    "dilations": sizes,
}
_AXIS: Mapping[str, Read] = {"axis": Numbers.whole}
_PLACED: Mapping[str, Read] = {"starts": Numbers.wholes, "steps": Numbers.wholes}

# The attributes of each primitive that has any. Those of `input`, `literal`, `declared` and `scan`
# are objects: graphs.py writes them.
ATTRIBUTES: Mapping[str, Mapping[str, Read]] = {
    "constant": {"value": Numbers.number, "shape": sizes, "dtype": _dtype},
    "size": {"value": Numbers.number, "shape": sizes, "dtype": _dtype},
    "iota": {"shape": sizes, "axis": Numbers.whole, "dtype": _dtype},
    "cast": {"dtype": _dtype},
    "permute": {"axes": Numbers.wholes},
    "reshape": {"shape": sizes},
    "slice": {**_PLACED, "sizes": sizes},
    "pad": {**_PLACED, "shape": sizes},
    "add_at": {**_PLACED, "apart": _flag},
    "broadcast": {"shape": sizes, "dims": Numbers.wholes},
    "sum": {"axes": Numbers.wholes},
    "prod": {"axes": Numbers.wholes},
    "max": {"axes": Numbers.wholes},
    "min": {"axes": Numbers.wholes},
    "argmax": _AXIS,
    "argmin": _AXIS,
    "concat": _AXIS,
    "gather": _AXIS,
    "scatter_set": _AXIS,
    "scatter_max": _AXIS,
    "scatter_min": _AXIS,
    "cumulative_sum": {**_AXIS, "reverse": _flag},
    "cumulative_prod": {**_AXIS, "reverse": _flag, "exclusive": _flag},
    "linear_recurrence": {**_AXIS, "reverse": _flag},
    "checked_index": {"extent": _size, "from_end": _flag},
    "scatter_add": {"axis": Numbers.whole, "extent": _size},
    "argsort": {"axis": Numbers.whole, "descending": _flag},
    "top_k": {"axis": Numbers.whole, "k": _size},
    "windows": _WINDOWS,
    "overlap_add": {**_WINDOWS, "extent": sizes},
    "conv": _CONVOLUTION,
    "conv_input": {**_CONVOLUTION, "extra": sizes},
    "conv_kernel": {**_CONVOLUTION, "window": sizes},
    "solve_triangular": {"lower": _flag, "unit_diagonal": _flag},
    "svd": {"full": _flag},
    "qr": {"complete": _flag},
    "pinv": {"rtol": _real_or_none},
}
OPTIONAL: Mapping[str, Sequence[str]] = {"checked_index": ("from_end",)}


def read(op: str, given: Mapping[str, Any], numbers: Numbers) -> dict[str, Any]:
    """The attributes of a primitive, each of its type."""
    kinds = ATTRIBUTES.get(op, {})
    needed = set(kinds) - set(OPTIONAL.get(op, ()))
    if not needed <= set(given) <= set(kinds):
        raise FileFault(
            f"a {op} has the attributes {', '.join(sorted(given)) or '(none)':.80} and needs "
            f"{', '.join(sorted(kinds)) or '(none)'}"
        )
    found = {name: kinds[name](numbers, value) for name, value in given.items()}
    if type(found.get("value")) is int and found["dtype"].is_floating:
        found["value"] = float(found["value"])  # a formula of integers, in a type of floats
    return found


def check(op: str, args: Sequence[Node], attrs: Mapping[str, Any]) -> None:
    """Raises if attributes lie outside of the operands."""
    rank = len(attrs["shape"]) if op == "iota" else len(args[0].shape) if args else 0
    within = range(rank)
    if "axis" in attrs and attrs["axis"] not in within:
        raise _outside(op, f"axis {attrs['axis']} of {rank}")
    if "axes" in attrs and any(axis not in within for axis in attrs["axes"]):
        raise _outside(op, f"axes {attrs['axes']} of {rank}")
    if op == "broadcast" and any(dim not in range(len(attrs["shape"])) for dim in attrs["dims"]):
        raise _outside(op, f"dimensions {attrs['dims']} of {attrs['shape']}")
    if op == "pad":
        _check_placed(op, attrs["shape"], args[0].shape, attrs)
    if op == "add_at":
        _check_placed(op, args[0].shape, args[1].shape, attrs)
    if "groups" in attrs:
        _check_convolution(op, attrs, rank)
    if "value" in attrs:
        _check_value(op, attrs)


def _check_placed(op: str, outer: Shape, inner: Shape, attrs: Mapping[str, Any]) -> None:
    """Raises unless the elements at start + step * i lie inside, each in another place."""
    starts, steps = attrs["starts"], attrs["steps"]
    if not len(outer) == len(inner) == len(starts) == len(steps):
        raise _outside(op, f"{starts} and {steps} for shape {inner} in {outer}")
    for extent, count, start, step in zip(outer, inner, starts, steps, strict=True):
        last = start + step * (count - 1)
        if count and not (0 <= start < extent and 0 <= last < extent and step):
            raise _outside(op, f"{count} elements from {start} by {step} in {extent}")


def _check_convolution(op: str, attrs: Mapping[str, Any], rank: int) -> None:
    names = ("steps", "dilations", "lows", "highs", *(n for n in ("extra", "window") if n in attrs))
    counts = {len(attrs[name]) for name in names}
    positive = (attrs["groups"], *attrs["steps"], *attrs["dilations"], *attrs.get("window", (1,)))
    if len(counts) != 1 or max(counts) > rank - 2:
        raise _outside(op, f"{names} of {sorted(counts)} dimensions")
    if min(positive) < 1:
        raise _outside(op, "a step, a dilation, a window or a number of groups below 1")


def _check_value(op: str, attrs: Mapping[str, Any]) -> None:
    dtype, value = attrs["dtype"], attrs["value"]
    right = type(value) is {"f": float, "b": bool}.get(dtype.kind, int)
    if right and dtype.is_integer:
        low = -(2 ** (dtype.bits - 1)) if dtype.kind == "i" else 0
        right = low <= value < low + 2**dtype.bits
    if not right:
        raise _outside(op, f"{value!r:.40} as {dtype}")


def _outside(op: str, found: str) -> SerialisationError:
    return FileFault(f"a {op} in a graph has {found:.160}")
