"""What the validators of the frameworks share: a call as a function of its floating arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace
from dovetail.language.tree import flatten, map_leaves, unflatten

SHIFT = 0.0123  # how far arguments are moved away from what may be a kink


class FloatingFunction:
    """An extension as a function of those arrays among its arguments that `is_real` picks."""

    def __init__(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any],
        is_real: Callable[[Any], bool],
    ) -> None:  # fmt: skip
        self._extension, self._settings, self._is_real = extension, settings, is_real
        found, self._tree = flatten(args)
        self.leaves = [leaf for _, leaf in found]
        self.real = tuple(n for n, leaf in enumerate(self.leaves) if is_real(leaf))
        self.primals = tuple(self.leaves[n] for n in self.real)

    def outputs(self, *primals: Any) -> list[Any]:
        """All outputs, for other values of the floating arrays."""
        return leaves_of(self._extension(*self.spread(primals), **self._settings))

    def __call__(self, *primals: Any) -> list[Any]:
        """The floating outputs."""
        return self.picked(self.outputs(*primals))

    def picked(self, arrays: Any) -> list[Any]:
        """The floating ones among arrays."""
        return [array for array in leaves_of(arrays) if self._is_real(array)]

    def spread(self, values: Sequence[Any], others: Callable[[Any], Any] | None = None) -> Any:
        """The arguments with these for the floating arrays, and `others` of each other array."""
        leaves = list(self.leaves) if others is None else list(map(others, self.leaves))
        for position, value in zip(self.real, values, strict=True):
            leaves[position] = value
        return unflatten(self._tree, leaves) if others is None else tuple(leaves)


def wrong_derivative(
    complaint: Callable[[float], str | None], extension: Any, args: tuple[Any, ...],
    settings: dict[str, Any],
) -> Iterator[str]:  # fmt: skip
    """Report a derivative that is wrong at the arguments and also at arguments moved by `SHIFT`.

    Finite differences across a kink are wrong; those beside it are right. A declared derivative
    need not agree with finite differences at all.
    """
    found = complaint(0.0)
    if found and complaint(SHIFT) and not derivative_is_declared(extension, args, settings):
        yield found


def derivative_is_declared(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> bool:
    """Whether a derivative is what the author declares (a rule, `stop_gradient`).

    Then it need not agree with a framework's differences; `dt.check` compares with what is held
    constant, and reports surrogates as such.
    """
    traced = trace(extension, map_leaves(_spec, args), settings)
    return any(node.op == "declared" for node in traced.graph)


def _spec(array: Any) -> ArraySpec:
    value = np.asarray(array)
    return ArraySpec(value.shape, as_dtype(value.dtype))
