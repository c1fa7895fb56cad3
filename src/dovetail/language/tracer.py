"""The tracer: what a user's function receives in place of an array.

A tracer wraps a node. Its operators and methods call the functions of the scope that
it was made in, so that this file needs none of them. Operations that need a value
raise an error which says so, names the user's line, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NoReturn

import numpy as np

from dovetail.errors import ShapeError, TraceError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape
from dovetail.language.foreign import OPERATORS, RENAMED
from dovetail.language.location import at_user_line
from dovetail.language.scope import Scope

# Functions of the namespace that are methods, too, as users of arrays expect.
METHODS: frozenset[str] = frozenset({
    "all", "any", "argmax", "argmin", "argsort", "astype", "clip", "max", "mean", "min", "prod",
    "repeat", "round", "squeeze", "std", "sum", "take", "var",
})  # fmt: skip


def _spread(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """`f(1, 2)` and `f((1, 2))` alike."""
    single: Any = arguments[0] if len(arguments) == 1 else None
    return tuple(single) if isinstance(single, (tuple, list)) else arguments  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _unassignable(tracer: object) -> TraceError:
    return TraceError(
        f"{tracer} cannot be changed in place: arrays are values here",
        "an expression for the new array",
        "use dt.where(mask, new, x), dt.concat or dt.pad",
    )


def _not_concrete(tracer: object, wanted: str) -> TraceError:
    return TraceError(
        f"{tracer} has no value while it is being traced, so it cannot become {wanted}",
        "a Python number where a number is needed",
        "use dt's functions instead of math's, or give the argument a default of type int or "
        "bool, which makes it static",
    )


class Tracer:
    """An array whose shape and dtype are known and whose values are not.

    `weak`: of a Python scalar or a hyperparameter, or computed of such alone, the dtype that
    it has by itself; it takes the floating type of the arrays that it meets
    (language/weak.py). None for an array. Follows the array API standard 2024.12, without
    complex numbers.
    """

    __slots__ = ("__weakref__", "node", "scope", "weak")

    node: Node
    scope: Scope
    weak: DType | None

    def __init__(self, node: Node, scope: Scope, weak: DType | None = None) -> None:
        self.node, self.scope, self.weak = node, scope, weak

    @property
    def shape(self) -> Shape:
        return self.node.shape

    @property
    def dtype(self) -> DType:
        return self.weak or self.node.dtype

    @property
    def ndim(self) -> int:
        return len(self.node.shape)

    @property
    def size(self) -> int:
        return self.node.size

    @property
    def device(self) -> str:
        return "cpu"

    @property
    def T(self) -> Tracer:  # noqa: N802
        if self.ndim != 2:
            raise at_user_line(
                ShapeError(".T", [self.shape], "2 dimensions; use .mT or dt.permute_dims")
            )
        return self._call("permute_dims", self, (1, 0))

    @property
    def mT(self) -> Tracer:  # noqa: N802
        return self._call("matrix_transpose", self)

    def to_device(self, device: object, /, *, stream: object = None) -> Tracer:
        return self

    def __repr__(self) -> str:
        return f"the traced {self.dtype} array of shape {self.shape}"

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return self.scope.namespace

    def _call(self, name: str, /, *args: Any, **kwargs: Any) -> Tracer:
        return self.scope.functions[name](*args, **kwargs)

    # Methods.

    def __getattr__(self, name: str) -> Any:
        if name in METHODS:
            return partial(self.scope.functions[name], self)
        raise AttributeError(f"a traced array has no attribute {name!r}", name=name)

    def reshape(self, *shape: Any, copy: bool | None = None) -> Tracer:
        """`x.reshape(2, 3)` or `x.reshape((2, 3))`."""
        return self._call("reshape", self, _spread(shape))

    def transpose(self, *axes: Any) -> Tracer:
        """`x.transpose(1, 0)`, `x.transpose((1, 0))`, or all axes reversed."""
        order = _spread(axes) or tuple(reversed(range(self.ndim)))
        return self._call("permute_dims", self, order)

    def flatten(self) -> Tracer:
        return self._call("reshape", self, (-1,))

    # Containers.

    def __len__(self) -> int:
        if not self.shape:
            raise at_user_line(ShapeError("len", [self.shape], "at least one dimension"))
        return self.shape[0]

    def __iter__(self) -> Iterator[Tracer]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, key: Any, /) -> Tracer:
        return self._call("getitem", self, key)

    def __setitem__(self, key: Any, value: Any, /) -> NoReturn:
        raise at_user_line(_unassignable(self))

    def __delitem__(self, key: Any, /) -> NoReturn:
        raise at_user_line(_unassignable(self))

    # Values, which a tracer does not have.

    def __bool__(self) -> NoReturn:
        raise at_user_line(
            TraceError(
                f"{self} has no truth value while it is being traced: Python's if, while, and, "
                "or, not and chained comparisons cannot depend on it",
                "maths on whole arrays",
                "use dt.where(condition, a, b) for if, dt.logical_and for and, dt.logical_not "
                "for not",
            )
        )

    def __int__(self) -> NoReturn:
        raise at_user_line(_not_concrete(self, "a Python int"))

    def __float__(self) -> NoReturn:
        raise at_user_line(_not_concrete(self, "a Python float"))

    def __complex__(self) -> NoReturn:
        raise at_user_line(_not_concrete(self, "a Python complex"))

    def __index__(self) -> NoReturn:
        raise at_user_line(_not_concrete(self, "an index or a size"))

    def item(self) -> NoReturn:
        raise at_user_line(_not_concrete(self, "a Python number"))

    def _foreign(self, function: str, name: str) -> TraceError:
        instead = RENAMED.get(name, name)
        known = instead in self.scope.functions
        return at_user_line(
            TraceError(
                f"{function} was called on {self}, which NumPy cannot compute with",
                "a function of Dovetail's own namespace",
                f"use dt.{instead}" if known else "write it with dt's functions",
            )
        )

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise self._foreign("numpy.asarray", "asarray")

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> NoReturn:
        raise self._foreign(f"numpy.{func.__name__}", func.__name__)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Tracer:
        if kwargs.get("out") is not None:
            raise at_user_line(_unassignable(kwargs["out"][0]))
        operator = OPERATORS.get(ufunc.__name__)
        left = isinstance(inputs[0], (np.ndarray, np.generic))
        if operator is not None and method == "__call__" and left and not kwargs:
            return self._call(operator, *inputs)
        raise self._foreign(f"numpy.{ufunc.__name__}", ufunc.__name__)

    # Arithmetic.

    def __neg__(self) -> Tracer:
        return self._call("negative", self)

    def __pos__(self) -> Tracer:
        return self._call("positive", self)

    def __abs__(self) -> Tracer:
        return self._call("abs", self)

    def __invert__(self) -> Tracer:
        return self._call("bitwise_invert", self)

    def __add__(self, other: Any, /) -> Tracer:
        return self._call("add", self, other)

    def __radd__(self, other: Any, /) -> Tracer:
        return self._call("add", other, self)

    def __sub__(self, other: Any, /) -> Tracer:
        return self._call("subtract", self, other)

    def __rsub__(self, other: Any, /) -> Tracer:
        return self._call("subtract", other, self)

    def __mul__(self, other: Any, /) -> Tracer:
        return self._call("multiply", self, other)

    def __rmul__(self, other: Any, /) -> Tracer:
        return self._call("multiply", other, self)

    def __truediv__(self, other: Any, /) -> Tracer:
        return self._call("divide", self, other)

    def __rtruediv__(self, other: Any, /) -> Tracer:
        return self._call("divide", other, self)

    def __floordiv__(self, other: Any, /) -> Tracer:
        return self._call("floor_divide", self, other)

    def __rfloordiv__(self, other: Any, /) -> Tracer:
        return self._call("floor_divide", other, self)

    def __mod__(self, other: Any, /) -> Tracer:
        return self._call("remainder", self, other)

    def __rmod__(self, other: Any, /) -> Tracer:
        return self._call("remainder", other, self)

    def __pow__(self, other: Any, /) -> Tracer:
        return self._call("pow", self, other)

    def __rpow__(self, other: Any, /) -> Tracer:
        return self._call("pow", other, self)

    def __matmul__(self, other: Any, /) -> Tracer:
        return self._call("matmul", self, other)

    def __rmatmul__(self, other: Any, /) -> Tracer:
        return self._call("matmul", other, self)

    # Bits and logic.

    def __and__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_and", self, other)

    def __rand__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_and", other, self)

    def __or__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_or", self, other)

    def __ror__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_or", other, self)

    def __xor__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_xor", self, other)

    def __rxor__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_xor", other, self)

    def __lshift__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_left_shift", self, other)

    def __rlshift__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_left_shift", other, self)

    def __rshift__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_right_shift", self, other)

    def __rrshift__(self, other: Any, /) -> Tracer:
        return self._call("bitwise_right_shift", other, self)

    # Comparison. Equality is elementwise, so a tracer hashes by identity.

    __hash__ = object.__hash__

    def __eq__(self, other: Any, /) -> Tracer:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._call("equal", self, other)

    def __ne__(self, other: Any, /) -> Tracer:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._call("not_equal", self, other)

    def __lt__(self, other: Any, /) -> Tracer:
        return self._call("less", self, other)

    def __le__(self, other: Any, /) -> Tracer:
        return self._call("less_equal", self, other)

    def __gt__(self, other: Any, /) -> Tracer:
        return self._call("greater", self, other)

    def __ge__(self, other: Any, /) -> Tracer:
        return self._call("greater_equal", self, other)
