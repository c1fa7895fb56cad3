"""From what a user writes to nodes and back: scalars, captured arrays, promotion, broadcasting.

Python scalars and hyperparameters are weak: they take the dtype of the arrays that
they meet (`dtypes.weak_result`), and stay weak among themselves. `numpy.float64` is a
Python float, and so weak, too. Other NumPy arrays are captured as literals with the
dtype that they have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

from dovetail.errors import (
    AxisError,
    ComplexError,
    ObjectArrayError,
    OperandError,
    ScalarRangeError,
    ShapeError,
    StaleTracerError,
    StaticArgumentError,
    UnrelatedTracesError,
)
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant, literal
from dovetail.language.location import user_line
from dovetail.language.scope import Scope, require_running, running
from dovetail.language.tracer import Tracer

Operand: TypeAlias = "Tracer | bool | int | float | np.generic | npt.NDArray[Any]"
Scalar: TypeAlias = "bool | int | float"

_EXAMPLE: dict[str, Scalar] = {"b": True, "i": 0, "f": 0.0}  # a Python scalar of each weak kind
_WEAK: dict[type, DType] = {bool: dtypes.bool_, int: dtypes.int64, float: dtypes.float64}

Function = TypeVar("Function", bound=Callable[..., Any])


def static(*names: str) -> Callable[[Function], Function]:
    """Marks parameters as static although they have no default: a shape, an axis, a dtype."""

    def mark(function: Function) -> Function:
        setattr(function, "__dovetail_static__", names)  # noqa: B010
        return function

    return mark


def static_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The parameters that `static` marked."""
    return getattr(function, "__dovetail_static__", ())


def wrap(node: Node, weak: bool = False) -> Tracer:
    """A tracer of the running trace; the node remembers the user's line."""
    if node.source is None:
        node.source = user_line()
    return Tracer(node, require_running(), weak)


def own(tracer: Tracer, scope: Scope | None) -> Node:
    """The node of a tracer that may be used in `scope`."""
    origin = tracer.scope
    if origin is not scope:
        if scope is None or not origin.open:
            raise StaleTracerError(tracer)
        if not origin.encloses(scope):
            raise UnrelatedTracesError(tracer)
    return tracer.node


def is_array(value: object) -> bool:
    """Whether a value may stand where an array is expected."""
    return isinstance(value, (Tracer, bool, int, float, np.ndarray, np.generic)) or hasattr(
        value, "__array__"
    )


def numpy_array(value: Any) -> npt.NDArray[Any]:
    """A captured value as a NumPy array of a dtype that Dovetail computes with."""
    array: npt.NDArray[Any] = np.asarray(value)
    if array.dtype.kind == "c":
        raise ComplexError(value)
    if array.dtype.kind not in "biufV":
        raise ObjectArrayError(array.dtype)
    dtypes.as_dtype(array.dtype)
    return array


def capture(value: Any) -> Node:
    """The node of an array that the definition captures: a copy, made once in each trace."""
    scope = require_running()
    known = scope.captured.get(id(value))
    if known is not None:
        return known[1]
    array = numpy_array(value)
    dtype = dtypes.as_dtype(array.dtype)
    if array.ndim == 0:
        node = constant(array.item(), (), dtype)
    else:
        copied = np.array(array, dtype=dtype.numpy, order="C")
        copied.setflags(write=False)
        node = literal(copied, dtype)
    scope.captured[id(value)] = (value, node)
    return node


def scalar_node(value: Scalar, shape: Shape, dtype: DType) -> Node:
    """A Python scalar as a constant, once its dtype is known."""
    if dtype.is_integer and isinstance(value, int):
        limits = np.iinfo(dtype.numpy)
        if not limits.min <= value <= limits.max:
            raise ScalarRangeError(value, dtype, int(limits.min), int(limits.max))
    return constant(value, shape, dtype)


def classify(value: object, scope: Scope | None) -> tuple[Node | Scalar, bool]:
    """A node or Python scalar, and whether it is weak."""
    if isinstance(value, Tracer):
        return own(value, scope), value.weak
    if isinstance(value, (bool, int, float)):
        plain = value if type(value) in _WEAK else float(value)
        return plain, True
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__"):
        return capture(value), False
    if isinstance(value, complex):
        raise ComplexError(value)
    raise OperandError(value)


def cast_node(node: Node, dtype: DType) -> Node:
    return node if node.dtype is dtype else rows.cast(node, dtype=dtype)


def broadcast_node(node: Node, shape: Shape) -> Node:
    """`node` with the dimensions of `shape`, aligned at the last one."""
    if node.shape == shape:
        return node
    offset = len(shape) - len(node.shape)
    fits = offset >= 0 and all(
        extent in (1, target) for extent, target in zip(node.shape, shape[offset:], strict=True)
    )
    if not fits:
        raise ShapeError("broadcasting", [node.shape, shape], "a shape that fits the second one")
    return structure.broadcast(node, shape=shape, dims=tuple(range(offset, len(shape))))


def broadcast_shapes(operation: str, shapes: Sequence[Shape]) -> Shape:
    """The common shape, by the standard's broadcasting rules."""
    result: list[int] = []
    for shape in shapes:
        if len(shape) > len(result):
            result = [1] * (len(shape) - len(result)) + result
        offset = len(result) - len(shape)
        for axis, extent in enumerate(shape, offset):
            if result[axis] == 1:
                result[axis] = extent
            elif extent not in (1, result[axis]):
                raise ShapeError(
                    operation,
                    [shape for shape in shapes if shape],
                    "shapes that broadcast: from the last axis on, equal extents or 1",
                )
    return tuple(result)


@dataclass(frozen=True, slots=True)
class Unified:
    """Operands of one shape and dtype. `weak`: none of them was an array."""

    nodes: tuple[Node, ...]
    weak: bool


def common_dtype(operands: Sequence[tuple[Node | Scalar, bool]], floating: bool) -> DType:
    """What operands promote to; float64 stands for the weak float."""
    dtype: DType | None = None
    for value, weak in operands:
        if not weak:
            assert isinstance(value, Node)
            dtype = value.dtype if dtype is None else dtypes.promote(dtype, value.dtype)
    kinds = {
        value.dtype.kind if isinstance(value, Node) else _WEAK[type(value)].kind
        for value, weak in operands
        if weak
    }
    if dtype is None:
        if floating or "f" in kinds:
            return dtypes.float64
        return dtypes.int64 if "i" in kinds else dtypes.bool_
    for kind in kinds:
        dtype = dtypes.weak_result(dtype, _EXAMPLE[kind])
    return dtypes.DEFAULT_FLOAT if floating and not dtype.is_floating else dtype


def unify(operation: str, *operands: object, floating: bool = False) -> Unified:
    """Operands promoted to one dtype and broadcast to one shape, cast before broadcast.

    `floating`: the operation needs floating numbers, so integers become float32.
    """
    scope = running()
    classified = [classify(operand, scope) for operand in operands]
    dtype = common_dtype(classified, floating)
    shape = broadcast_shapes(
        operation, [value.shape for value, _ in classified if isinstance(value, Node)]
    )
    nodes = tuple(
        broadcast_node(cast_node(value, dtype), shape)
        if isinstance(value, Node)
        else scalar_node(value, shape, dtype)
        for value, _ in classified
    )
    return Unified(nodes, all(weak for _, weak in classified))


def array(value: object, *, floating: bool = False) -> Node:
    """The node of one array; a weak scalar becomes one of the default dtype."""
    known, weak = classify(value, running())
    if not isinstance(known, Node):
        return scalar_node(known, (), default_dtype(known, floating))
    node = known
    if weak and node.dtype is dtypes.float64:
        node = cast_node(node, dtypes.DEFAULT_FLOAT)
    return (
        cast_node(node, dtypes.DEFAULT_FLOAT) if floating and not node.dtype.is_floating else node
    )


def default_dtype(scalar: Scalar, floating: bool = False) -> DType:
    """The dtype of an array made of a Python scalar."""
    if floating or isinstance(scalar, float):
        return dtypes.DEFAULT_FLOAT
    return dtypes.bool_ if isinstance(scalar, bool) else dtypes.DEFAULT_INT


def arrays(*values: object) -> tuple[Node, ...]:
    """Nodes promoted to one dtype, each of its own shape."""
    scope = running()
    classified = [classify(value, scope) for value in values]
    dtype = common_dtype(classified, False)
    if all(weak for _, weak in classified) and dtype is dtypes.float64:
        dtype = dtypes.DEFAULT_FLOAT
    return tuple(
        cast_node(value, dtype) if isinstance(value, Node) else scalar_node(value, (), dtype)
        for value, _ in classified
    )


def static_int(function: str, argument: str, value: object) -> int:
    """A Python integer, or an error that names the argument."""
    if isinstance(value, (Tracer, bool)) or not hasattr(value, "__index__"):
        raise StaticArgumentError(function, argument, value, "an integer")
    return int(value)  # pyright: ignore[reportArgumentType]


def static_ints(function: str, argument: str, value: Any) -> tuple[int, ...]:
    """A tuple of Python integers; one integer stands for a tuple of it."""
    if not isinstance(value, (tuple, list)):
        return (static_int(function, argument, value),)
    items = cast("Sequence[object]", value)
    return tuple(static_int(function, argument, item) for item in items)


def one_axis(function: str, axis: object, rank: int) -> int:
    """An axis, counted from 0."""
    number = static_int(function, "axis", axis)
    if not -rank <= number < rank:
        raise AxisError(axis, rank)
    return number % rank


def many_axes(function: str, axis: object, rank: int) -> tuple[int, ...]:
    """Axes, sorted and counted from 0; None stands for all."""
    if axis is None:
        return tuple(range(rank))
    axes = [one_axis(function, item, rank) for item in static_ints(function, "axis", axis)]
    if len(set(axes)) != len(axes):
        raise StaticArgumentError(function, "axis", axis, "axes that differ")
    return tuple(sorted(axes))
