"""Operands: scalars, captured arrays and tracers as nodes; promotion and broadcasting.

Python scalars and hyperparameters are weak: they take the dtype of the arrays that they are
combined with, and stay weak otherwise. Integer and bool arrays leave a weak float weak, as in JAX
(language/weak.py). `numpy.float64` is a Python float, so it is weak too, with default dtype
float64. Other NumPy arrays are captured as literals of their dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

from dovetail.errors import (
    ArgumentError,
    DTypeError,
    IndexingError,
    ShapeError,
    TraceError,
    described,
)
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node, Nodes, Primitive, Shape
from dovetail.graph.primitives import structure
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.row import literal as literal_node
from dovetail.language.location import user_line
from dovetail.language.scope import Scope, require_running, running
from dovetail.language.tracer import Tracer
from dovetail.language.weak import carrier, convert, resolve


class Array(Protocol):
    """An array of any framework, or a tracer."""

    @property
    def shape(self) -> Any: ...

    @property
    def dtype(self) -> Any: ...


Operand: TypeAlias = "Array | bool | int | float"
Scalar: TypeAlias = "bool | int | float"

Weak = DType | None  # the default dtype of a weak value; None for an array
_DEFAULTS: tuple[tuple[type, DType], ...] = (
    (bool, dtypes.bool_), (int, dtypes.DEFAULT_INT), (np.float64, dtypes.float64),
    (float, dtypes.DEFAULT_FLOAT),
)  # fmt: skip

Function = TypeVar("Function", bound=Callable[..., Any])


def static(*names: str) -> Callable[[Function], Function]:
    """Mark parameters without a default as static: a shape, an axis, a dtype."""

    def mark(function: Function) -> Function:
        setattr(function, "__dovetail_static__", names)  # noqa: B010
        return function

    return mark


def literal(*names: str) -> Callable[[Function], Function]:
    """Mark operands for which an integer is part of the graph, such as an exponent."""

    def mark(function: Function) -> Function:
        setattr(function, "__dovetail_literal__", names)  # noqa: B010
        return function

    return mark


def located(node: Node) -> Node:
    """The node itself, which remembers the user's line."""
    if node.source is None:
        node.source = user_line()
    return node


def is_known(value: Operand, number: float) -> bool:
    """Whether a hyperparameter is a Python float, and this one."""
    return isinstance(value, float) and value == number


def wrap(node: Node, weak: Weak = None) -> Tracer:
    """A tracer of the running trace; the node remembers the user's line.

    `weak`: the default dtype of the operands that it was computed from, if they were weak.
    """
    located(node)
    if weak is not None and not node.dtype.is_floating:  # such as the bool of a comparison
        weak = node.dtype
    return Tracer(node, require_running(), weak)


KNOWN = "pass a value that is known before the function runs"


def data_dependent(operation: str, instead: str) -> TraceError:
    """The error for a shape that depends on values."""
    return TraceError(
        f"the shape of {operation} depends on the values of an array, which are unknown while it "
        f"is being traced",
        "shapes that follow from shapes",
        instead,
    )


def _complex(value: object) -> DTypeError:
    return DTypeError(
        f"{value!r} is complex; Dovetail computes with real numbers only",
        "real floating, integer or bool values",
        "carry the real and the imaginary part as two arrays",
    )


def own(tracer: Tracer, scope: Scope | None) -> Node:
    """The node of a tracer that may be used in `scope`."""
    origin = tracer.scope
    if origin is not scope:
        if scope is None or not origin.open:
            raise TraceError(
                f"{tracer} was used after its trace had ended, or in another thread",
                "uses of tracers inside the function that received them",
                "return the value instead of keeping it in a global, an attribute or a list",
            )
        if not origin.encloses(scope):
            raise TraceError(
                f"{tracer} belongs to a trace that does not enclose the running one",
                "values of this function, or of the functions around it",
                "pass the value as an argument",
            )
    return tracer.node


def is_array(value: object) -> bool:
    """Whether a value is accepted where an array is expected."""
    return isinstance(value, (Tracer, bool, int, float)) or has_array(value)


def has_array(value: object) -> bool:
    """Whether a value is an array of NumPy or a framework; NumPy's scalar types are none."""
    return hasattr(value, "__array__") and not isinstance(value, type)


def numpy_array(value: Any) -> npt.NDArray[Any]:
    """A captured value as a NumPy array of a dtype that Dovetail computes with."""
    array: npt.NDArray[Any] = np.asarray(value)
    if array.dtype.kind == "c":
        raise _complex(value)
    if array.dtype.kind not in "biufV":
        raise DTypeError(
            f"an array of dtype {array.dtype} holds no numbers",
            "floating, integer or bool elements, and rows of one length",
            "convert it with numpy.asarray(x, dtype='float32')",
        )
    dtypes.as_dtype(array.dtype)
    return array


def capture(value: Any) -> Node:
    """The node of an array that the definition captures: a copy, made once in each trace.

    An array that has changed since is captured again.
    """
    scope = require_running()
    known = scope.captured.get(id(value))
    array = numpy_array(value)
    if known is not None and _is_unchanged(known[1], array):
        return known[1]
    dtype = dtypes.as_dtype(array.dtype)
    if array.ndim == 0:
        node = constant(array.item(), (), dtype)
    else:
        copied = np.array(array, dtype=dtype.numpy, order="C")
        copied.setflags(write=False)
        node = literal_node(copied, dtype)
    scope.captured[id(value)] = (value, node)
    return node


def _is_unchanged(node: Node, array: npt.NDArray[Any]) -> bool:
    """Whether a literal holds the bits of this array."""
    if node.op != "literal":
        return False
    held: npt.NDArray[Any] = node.attr("array").value
    if held.shape != array.shape:
        return False
    now = np.ascontiguousarray(array, held.dtype)
    return held.size == 0 or held.tobytes() == now.tobytes()


def scalar_node(value: Scalar, shape: Shape, dtype: DType) -> Node:
    """A Python scalar as a constant, once its dtype is known."""
    if dtype.is_integer and isinstance(value, int):
        limits = np.iinfo(dtype.numpy)
        if not limits.min <= value <= limits.max:
            raise DTypeError(
                f"the Python integer {value} does not fit into {dtype}",
                f"a number from {limits.min} to {limits.max}",
                "convert the array to a wider type with dt.astype first",
            )
    return constant(value, shape, dtype)


def default_dtype(scalar: Scalar) -> DType:
    """The default dtype of a Python scalar."""
    return next(dtype for kind, dtype in _DEFAULTS if isinstance(scalar, kind))


def _plain(value: int | float) -> Scalar:
    """The plain number of a subclass, such as numpy.float64 or an enumeration member."""
    return float(value) if isinstance(value, float) else int(value)


def classify(value: object, scope: Scope | None) -> tuple[Node | Scalar, Weak]:
    """A node or Python scalar, and its default dtype if it is weak."""
    if isinstance(value, Tracer):
        return own(value, scope), value.weak
    if isinstance(value, (bool, int, float)):
        plain = value if type(value) in (bool, int, float) else _plain(value)
        return plain, default_dtype(value)
    if has_array(value):
        return capture(value), None
    if isinstance(value, complex):
        raise _complex(value)
    raise TraceError(
        f"{described(value)} is no array",
        "an array, or a Python bool, int or float",
        "convert it with dt.asarray",
    )


def broadcast_node(node: Node, shape: Shape) -> Node:
    """`node` with the dimensions of `shape`, aligned at the last one; a constant stays one."""
    if node.shape == shape:
        return node
    if node.op == "constant" and not node.shape:
        return constant(node.attr("value"), shape, node.dtype)
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
    """Operands of one dtype. `weak`: their default dtype, if they are weak."""

    nodes: Nodes
    weak: Weak


def common_dtype(
    operands: Sequence[tuple[Node | Scalar, Weak]], floating: bool
) -> tuple[DType, Weak]:
    """The type that operands promote to, and whether it is weak; `floating`: never an integer."""
    strong: DType | None = None
    weak: DType | None = None
    for value, default in operands:
        if default is not None:
            weak = default if weak is None else dtypes.promote(weak, default)
        else:
            assert isinstance(value, Node)
            strong = value.dtype if strong is None else dtypes.promote(strong, value.dtype)
    if weak is not None and _stays_weak(strong, weak):
        if floating and not weak.is_floating:
            weak = dtypes.DEFAULT_FLOAT
        return carrier(weak), weak
    assert strong is not None
    return (strong if strong.is_floating or not floating else dtypes.DEFAULT_FLOAT), None


def _stays_weak(strong: DType | None, weak: DType) -> bool:
    """Whether the weak operands decide the kind of the result, and not the arrays."""
    if strong is None or strong.is_floating:
        return strong is None
    return weak.is_floating or (weak.is_integer and strong is dtypes.bool_)


def promoted(*values: object, floating: bool = False) -> Unified:
    """Operands promoted to one dtype, each of its own shape.

    `floating`: the operation needs floating numbers, so integers become float32.
    """
    scope = running()
    classified = [classify(value, scope) for value in values]
    dtype, weak = common_dtype(classified, floating)
    nodes = [
        convert(value, own_weak if weak is None else None, dtype)
        if isinstance(value, Node)
        else scalar_node(value, (), dtype)
        for value, own_weak in classified
    ]
    return Unified(tuple(nodes), weak)


def unify(operation: str, *operands: object, floating: bool = False) -> Unified:
    """Operands promoted to one dtype and broadcast to one shape, cast before broadcast.

    `floating`: the operation needs floating numbers, so integers become float32.
    """
    found = promoted(*operands, floating=floating)
    if len(found.nodes) == 1:
        return found
    shape = broadcast_shapes(operation, [node.shape for node in found.nodes])
    return Unified(tuple([broadcast_node(node, shape) for node in found.nodes]), found.weak)


def operand(value: object, *, floating: bool = False) -> tuple[Node, Weak]:
    """The node of one operand, and its default dtype if it is weak."""
    found = promoted(value, floating=floating)
    return found.nodes[0], found.weak


def array(value: object, *, floating: bool = False) -> Node:
    """The node of one array; a weak value takes its default dtype."""
    node, weak = operand(value, floating=floating)
    return node if weak is None else resolve(node, weak)


def arrays(*values: object) -> Nodes:
    """Nodes promoted to one dtype, each of its own shape; none is weak."""
    found = promoted(*values)
    if found.weak is None:
        return found.nodes
    return tuple(resolve(node, found.weak) for node in found.nodes)


def require_matrices(function: str, x: Node) -> None:
    """Raises for an array of fewer than two dimensions."""
    if len(x.shape) < 2:
        raise ShapeError(function, [x.shape], "matrices: at least 2 dimensions")


def static_int(function: str, argument: str, value: object) -> int:
    """A Python integer, or an error that names the argument."""
    if isinstance(value, (Tracer, bool)) or not hasattr(value, "__index__"):
        raise ArgumentError(function, argument, value, "an integer", KNOWN)
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
        raise IndexingError(
            f"axis {axis} does not exist in an array of {rank} dimensions",
            f"an integer from {-rank} to {rank - 1}" if rank else "",
        )
    return number % rank


def many_axes(function: str, axis: object, rank: int) -> tuple[int, ...]:
    """Axes, sorted and counted from 0; None stands for all."""
    if axis is None:
        return tuple(range(rank))
    axes = [one_axis(function, item, rank) for item in static_ints(function, "axis", axis)]
    if len(set(axes)) != len(axes):
        raise ArgumentError(function, "axis", axis, "axes that differ")
    return tuple(sorted(axes))


def reduced(row: Primitive, x: Node, axes: tuple[int, ...], keepdims: bool) -> Node:
    """A reduction over axes, of which there may be none."""
    return keep_dims(row(x, axes=axes) if axes else x, axes, len(x.shape), keepdims)


def keep_dims(reduced: Node, axes: tuple[int, ...], rank: int, keepdims: bool) -> Node:
    """A value reduced over `axes` of `rank`; with `keepdims`, these are kept with extent 1."""
    if not keepdims or not axes:
        return reduced
    kept = tuple(axis for axis in range(rank) if axis not in axes)
    extents = iter(reduced.shape)
    shape = tuple(1 if axis in axes else next(extents) for axis in range(rank))
    return structure.broadcast(reduced, shape=shape, dims=kept)
