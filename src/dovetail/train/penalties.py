"""Regularisers, which add to the loss, and constraints, which act after each step.

Each is a function of one parameter; `model.compile(regularizers={"*.kernel": dt.L2(1e-4)})` says of
which. A function of one's own will do as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dovetail.language.namespace import NAMESPACE as dt

__all__ = ["L1", "L1L2", "L2", "MaxNorm", "NonNegative", "UnitNorm"]


@dataclass(frozen=True)
class L1:
    """strength * sum |w|."""

    strength: float = 0.01

    def __call__(self, param: Any) -> Any:
        return self.strength * dt.sum(dt.abs(param))


@dataclass(frozen=True)
class L2:
    """strength * sum w^2."""

    strength: float = 0.01

    def __call__(self, param: Any) -> Any:
        return self.strength * dt.sum(param * param)


@dataclass(frozen=True)
class L1L2:
    """l1 * sum |w| + l2 * sum w^2."""

    l1: float = 0.0
    l2: float = 0.0

    def __call__(self, param: Any) -> Any:
        return self.l1 * dt.sum(dt.abs(param)) + self.l2 * dt.sum(param * param)


@dataclass(frozen=True)
class NonNegative:
    """max(w, 0)."""

    def __call__(self, param: Any) -> Any:
        return dt.where(param < 0.0, 0.0, param)


@dataclass(frozen=True)
class MaxNorm:
    """Scale w so that its norm along an axis is at most `limit`.

    Of a kernel (features, units), axis 0 is the norm of the weights that lead to a unit.
    """

    limit: float = 2.0
    axis: int | tuple[int, ...] = 0

    def __call__(self, param: Any) -> Any:
        norm = _norm(param, self.axis)
        return param * (dt.minimum(norm, self.limit) / dt.maximum(norm, _TINY))


@dataclass(frozen=True)
class UnitNorm:
    """Scale w so that its norm along an axis is 1; a zero vector stays."""

    axis: int | tuple[int, ...] = 0

    def __call__(self, param: Any) -> Any:
        return param / dt.maximum(_norm(param, self.axis), _TINY)


_TINY = 1e-30  # below every norm but that of a zero vector


def _norm(param: Any, axis: int | tuple[int, ...]) -> Any:
    return dt.sqrt(dt.sum(param * param, axis=axis, keepdims=True))
