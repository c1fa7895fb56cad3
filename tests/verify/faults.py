"""Hosts with planted faults: their results are changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.extension.values import leaves_of
from dovetail.hosts.numpy.host import NumpyHost
from dovetail.hosts.protocol import Validator
from dovetail.language.tree import map_leaves

Inner = Callable[[tuple[Any, ...], dict[str, Any]], Any]
Fault = Callable[[Inner, tuple[Any, ...], dict[str, Any]], Any]

DERIVED = ("gradient", "tangent", "second")


class Faulty(NumpyHost):
    """The embedded host with a fault in one kind of program.

    `target`: "value", "gradient", "tangent" (forward mode) or "second".
    """

    def __init__(self, target: str, fault: Fault) -> None:
        super().__init__()
        self.target, self.fault = target, fault

    def caller(self, extension: Any) -> Any:
        inner = super().caller(extension)
        kind = extension.name if extension.name in DERIVED else "value"
        if kind != self.target:
            return inner
        return lambda args, kwargs: self.fault(inner, args, kwargs)


def changed(change: Callable[[np.ndarray], Any]) -> Fault:
    """Every real output is changed."""

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with np.errstate(all="ignore"):
            return map_leaves(lambda a: change(a) if a.dtype.kind in "fV" else a,
                              inner(args, kwargs))  # fmt: skip

    return fault


def scaled(factor: float) -> Fault:
    """Every real output times a number, in its type."""
    return changed(lambda a: np.asarray(a * np.asarray(factor, a.dtype), a.dtype))


zero = changed(np.zeros_like)


def truncating(dtype: str) -> Fault:
    """Results of this type are truncated towards zero."""

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        usual = inner(args, kwargs)
        if usual.dtype.name != dtype:
            return usual
        wide = inner(tuple(a.astype(np.float64) for a in args), kwargs)
        with np.errstate(all="ignore"):
            near = wide.astype(usual.dtype)
            if dtype == "bfloat16":
                bits = wide.astype(np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
                return bits.view(np.float32).astype(usual.dtype)
            return np.where(np.abs(near.astype(np.float64)) > np.abs(wide),
                            np.nextafter(near, np.zeros((), near.dtype)), near)  # fmt: skip

    return fault


def with_args(change: Callable[[np.ndarray], Any]) -> Fault:
    """The call gets other arguments."""

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return inner(tuple(map_leaves(change, arg) for arg in args), kwargs)

    return fault


def where_args(holds: Callable[[list[np.ndarray]], bool], change: Callable[[Any], Any]) -> Fault:
    """Real outputs are changed if the arguments meet a condition."""

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = inner(args, kwargs)
        if not holds([np.asarray(leaf) for leaf in leaves_of(args)]):
            return result
        return map_leaves(lambda a: change(a) if a.dtype.kind in "fV" else a, result)

    return fault


class Second(Faulty):
    """Another host with NumPy arrays and a validator."""

    name = "second"

    def __init__(self, fault: Fault, complaints: tuple[str, ...] = (), drift: float = 0.0) -> None:
        super().__init__("value", fault)
        self.complaints, self.drift = complaints, drift

    def validators(self) -> tuple[Validator, ...]:
        kinds = ("op", "activation", "optimizer")
        return (Validator("validator", kinds, lambda definition, args, settings: self.complaints),)

    def optimize(self, optimizer: Any, params: Any, gradients: Any) -> Any:
        path = super().optimize(optimizer, params, gradients)
        return [{n: a + np.float32(self.drift * i) for n, a in each.items()}
                for i, each in enumerate(path)]  # fmt: skip
