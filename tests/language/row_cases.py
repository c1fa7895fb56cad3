"""Rows by index, written for Dovetail and for NumPy: `call(dt, *arrays)` and `wanted(*arrays)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import dovetail as dt

rng = np.random.default_rng(11)
IDS = rng.integers(0, 6, 40)
IDS[IDS == 4] = 3  # a segment without rows


@dataclass(frozen=True)
class Case:
    name: str
    call: Callable[..., Any]  # of the namespace and arrays of floats
    wanted: Callable[..., Any]
    arrays: tuple[Any, ...]

    def __str__(self) -> str:
        return self.name


def normal(*shape: int) -> Any:
    return rng.normal(size=shape)


def segments(reduce: Callable[..., Any], start: float) -> Callable[..., Any]:
    """A reduction of the rows of each segment."""

    def function(data: Any) -> Any:
        rows = data.reshape(len(IDS), -1)
        out = np.full((6, rows.shape[1]), start)
        for segment in set(IDS.tolist()):
            out[segment] = reduce(rows[segment == IDS], axis=0)
        return out.reshape(6, *data.shape[1:])

    return function


def updated(function: Any, axis: int, indices: Any) -> Callable[..., Any]:
    """One update after the other."""

    def run(x: Any, values: Any) -> Any:
        out = np.array(x)
        shape = np.broadcast_shapes(indices.shape, values.shape)
        shape = tuple(s if d == axis % x.ndim else x.shape[d] for d, s in enumerate(shape))
        places, new = np.broadcast_to(indices, shape), np.broadcast_to(values, shape)
        for at in np.ndindex(shape):
            place = list(at)
            place[axis] = places[at]
            key = tuple(place)
            out[key] = new[at] if function is None else function(out[key], new[at])
        return out

    return run


def at(name: str, key: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    functions = {"add": np.add, "subtract": np.subtract, "max": np.maximum, "min": np.minimum}

    def wanted(x: Any, values: Any) -> Any:
        out = x.copy()
        if name == "set":
            out[key] = values
        else:
            functions[name].at(out, key, values)
        return out

    return lambda dt, x, values: getattr(x.at[key], name)(values), wanted


REDUCTIONS = {"sum": (np.sum, 0.0), "mean": (np.mean, 0.0), "max": (np.max, -np.inf),
              "min": (np.min, np.inf)}  # fmt: skip
UPDATES = {"put_along_axis": None, "scatter_add": np.add, "scatter_max": np.maximum,
           "scatter_min": np.minimum}  # fmt: skip
ROWS, COLUMNS = rng.integers(-4, 4, (7, 5)), rng.integers(0, 5, (1, 9))
X = normal(4, 5)
KEYS: dict[str, Any] = {
    "integer": 1, "slices": (slice(1, 4, 2), slice(None, None, -1)), "array": np.array([0, 2, 2]),
    "column": (slice(None), np.array([[1, -1], [1, 3]])), "list": [3, 3, 0],
    "two": (np.array([0, 1, 1]), np.array([2, 4, 4])), "new": (None, 2), "all": Ellipsis,
    "mixed": (2, np.array([1, 1])),
}  # fmt: skip

CASES = [
    *(
        Case(
            f"segment_{name}-{len(shape)}",
            lambda dt, data, name=name: getattr(dt, f"segment_{name}")(data, IDS, 6),
            segments(*given), (normal(*shape),),
        )
        for name, given in REDUCTIONS.items()
        for shape in ((40,), (40, 3), (40, 2, 5))
    ),
    *(
        Case(
            f"{name}-{axis}",
            lambda dt, x, v, name=name, axis=axis, indices=indices: getattr(dt, name)(
                x, indices, v, axis=axis
            ),
            updated(function, axis, indices), (X, normal(*shape)),
        )
        for name, function in UPDATES.items()
        for axis, indices, shape in ((0, ROWS, (7, 5)), (-1, COLUMNS, (4, 9)), (1, COLUMNS, (1, 1)))
    ),
    *(
        Case(
            f"top_k-{axis}-{k}",
            lambda dt, x, axis=axis, k=k: dt.top_k(x, k, axis=axis).values,
            lambda x, axis=axis, k=k: np.flip(np.sort(x, axis=axis), axis).take(range(k), axis),
            (normal(20, 6),),
        )
        for axis, k in ((0, 3), (0, 15), (1, 1), (-1, 6), (1, 0))
    ),
    *(
        Case(f"at-{name}-{key}", *at(name, KEYS[key]), (X, normal(*X[KEYS[key]].shape)))
        for key in KEYS
        for name in (("set", "add", "subtract", "max", "min") if key == "array" else ("set", "add"))
    ),
    Case(
        "unique", lambda dt, x: dt.unique(x, 6).values,
        lambda x: np.append(np.unique(x), np.unique(x)[[-1] * (6 - len(np.unique(x)))]),
        (np.array([[2.0, -1.0, 2.0], [0.5, -1.0, 3.0]]),),
    ),
]  # fmt: skip
BY_NAME = {case.name: case for case in CASES}
# One of each row for every host.
FEW = [
    BY_NAME[name]
    for name in (
        "segment_sum-2", "segment_mean-2", "segment_max-2", "put_along_axis-0", "scatter_add--1",
        "scatter_max-0", "scatter_min--1", "top_k-0-3", "at-set-column", "at-add-mixed", "unique",
    )
]  # fmt: skip


def op_of(case: Case) -> Any:
    """An op around the case."""
    return dt.op(lambda *arrays: case.call(dt, *arrays), name=case.name.replace("-", "_"))
