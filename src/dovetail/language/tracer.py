"""The tracer: what a user's function receives in place of an array.

A tracer wraps a node. Its operators and methods call the functions of the scope that it was made
in, so that this file imports none of them. Operations that need a value raise an error with the
user's line and what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NoReturn

import numpy as np

from dovetail.errors import ShapeError, TraceError
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape
from dovetail.language.foreign import OPERATORS, RENAMED, TORCH_OPERATORS
from dovetail.language.location import at_user_line
from dovetail.language.scope import Scope
from dovetail.language.tree import flatten

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
        "use x = x.at[key].set(new), dt.where(mask, new, x), dt.concat or dt.pad",
    )


def _conversion(wanted: str) -> Callable[[Tracer], NoReturn]:
    """A method that raises, since it needs values."""

    def convert(self: Tracer) -> NoReturn:
        raise at_user_line(
            TraceError(
                f"{self} has no value while it is being traced, so it cannot become {wanted}",
                "a Python number where a number is needed",
                "use dt's functions instead of math's, or give the argument a default of type int "
                "or bool, which makes it static",
            )
        )

    return convert


def _unary(name: str) -> Callable[[Tracer], Tracer]:
    def operator(self: Tracer) -> Tracer:
        return self.scope.functions[name](self)

    return operator


def _binary(name: str) -> Callable[[Tracer, Any], Tracer]:
    def operator(self: Tracer, other: Any, /) -> Tracer:
        return self.scope.functions[name](self, other)

    return operator


def _reflected(name: str) -> Callable[[Tracer, Any], Tracer]:
    def operator(self: Tracer, other: Any, /) -> Tracer:
        return self.scope.functions[name](other, self)

    return operator


class Tracer:
    """An array of known shape and dtype and unknown values.

    `weak`: the default dtype of a Python scalar or hyperparameter, or of what is computed from
    these alone (language/weak.py); None for an array. Follows the array API standard 2024.12,
    without complex numbers.
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

    @property
    def at(self) -> Any:
        """`x.at[key].set(values)`, or add, subtract, max, min: the array with other elements."""
        return self._call("at", self)

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
        # Called by name: len() makes an int of a size that records what is asked about it.
        return self.shape[0].__index__()

    def __iter__(self) -> Iterator[Tracer]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, key: Any, /) -> Tracer:
        return self._call("getitem", self, key)

    def __setitem__(self, key: Any, value: Any, /) -> NoReturn:
        raise at_user_line(_unassignable(self))

    def __delitem__(self, key: Any, /) -> NoReturn:
        raise at_user_line(_unassignable(self))

    # Conversions that need values raise.

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

    __int__ = _conversion("a Python int")
    __float__ = _conversion("a Python float")
    __complex__ = _conversion("a Python complex")
    __index__ = _conversion("an index or a size")
    item = _conversion("a Python number")

    def _foreign(self, function: str, name: str, library: str = "NumPy") -> TraceError:
        instead = RENAMED.get(name, name)
        known = instead in self.scope.functions
        return at_user_line(
            TraceError(
                f"{function} was called on {self}, which {library} cannot compute with",
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
        name = str(ufunc.__name__)
        left = isinstance(inputs[0], (np.ndarray, np.generic))
        if name in OPERATORS and method == "__call__" and left and not kwargs:
            return self._call(RENAMED.get(name, name), *inputs)
        raise self._foreign(f"numpy.{ufunc.__name__}", ufunc.__name__)

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Tracer:
        """For PyTorch's functions of a tracer, and operators with a tensor on the left."""
        name = str(getattr(func, "__name__", func))
        tracer = next(leaf for _, leaf in flatten((args, kwargs))[0] if isinstance(leaf, cls))
        operation = TORCH_OPERATORS.get(name)
        method = type(func).__name__ in ("method_descriptor", "wrapper_descriptor")
        if operation is not None and method and len(args) == 2 and not isinstance(args[0], cls):
            return tracer._call(operation, *args)
        raise tracer._foreign(f"torch.{name}", name.removeprefix("special_"), "PyTorch")

    # Operators.

    __neg__ = _unary("negative")
    __pos__ = _unary("positive")
    __abs__ = _unary("abs")
    __invert__ = _unary("bitwise_invert")

    __add__, __radd__ = _binary("add"), _reflected("add")
    __sub__, __rsub__ = _binary("subtract"), _reflected("subtract")
    __mul__, __rmul__ = _binary("multiply"), _reflected("multiply")
    __truediv__, __rtruediv__ = _binary("divide"), _reflected("divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide"), _reflected("floor_divide")
    __mod__, __rmod__ = _binary("remainder"), _reflected("remainder")
    __pow__, __rpow__ = _binary("pow"), _reflected("pow")
    __matmul__, __rmatmul__ = _binary("matmul"), _reflected("matmul")

    __and__, __rand__ = _binary("bitwise_and"), _reflected("bitwise_and")
    __or__, __ror__ = _binary("bitwise_or"), _reflected("bitwise_or")
    __xor__, __rxor__ = _binary("bitwise_xor"), _reflected("bitwise_xor")
    __lshift__, __rlshift__ = _binary("bitwise_left_shift"), _reflected("bitwise_left_shift")
    __rshift__, __rrshift__ = _binary("bitwise_right_shift"), _reflected("bitwise_right_shift")

    # Equality is elementwise, so a tracer hashes by identity.
    __hash__ = object.__hash__

    def __eq__(self, other: Any, /) -> Tracer:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.scope.functions["equal"](self, other)

    def __ne__(self, other: Any, /) -> Tracer:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self.scope.functions["not_equal"](self, other)

    __lt__, __le__ = _binary("less"), _binary("less_equal")
    __gt__, __ge__ = _binary("greater"), _binary("greater_equal")
