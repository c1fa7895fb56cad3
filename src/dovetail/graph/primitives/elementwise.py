"""Rows of the primitives that work element by element.

Sources for the derivatives: Abramowitz & Stegun, chapters 4 and 7 (DLMF 4 and 7).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType, bool_
from dovetail.graph.node import Node, Shape
from dovetail.graph.primitives.declared import Pullback, declare
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Derivative,
    Infer,
    Linear,
    Partials,
    Primitive,
    Zero,
    constant,
    require_kind,
    same_dtype,
    same_shape,
)


def _infer(kinds: str, result: DType | None = None) -> Infer:
    def infer(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
        require_kind(name, args, kinds)
        return same_shape(name, args), result or same_dtype(name, args)

    return infer


def _infer_predicate(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    same_dtype(name, args)
    return same_shape(name, args), bool_


def _infer_select(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args[:1], "b")
    return same_shape(name, args), same_dtype(name, args[1:])


def _infer_cast(name: str, args: tuple[Node, ...], attrs: Attributes) -> tuple[Shape, DType]:
    return args[0].shape, attrs["dtype"]


def _plain(function: Callable[..., Any]) -> Callable[..., Array]:
    """Evaluate by a NumPy function of the operands alone."""

    def evaluate(node: Node, *arrays: Array) -> Array:
        return function(*arrays)

    return evaluate


def _unary(
    name: str,
    function: Callable[[Array], Array],
    partial: Callable[[Node, Node], Node | tuple[Node, ...]] | None = None,
    **fields: Any,
) -> Primitive:
    """A real function of one floating operand; `partial(out, x)` is its derivative."""
    derivative: Derivative = Zero()
    if partial is not None:
        derivative = Partials(lambda out, x: (partial(out, x),))
    return Primitive(
        name, "elementwise", 1, _infer("f"), _plain(function), derivative, **fields
    )  # fmt: skip


def _scale(node: Node, cotangent: Node, index: int) -> Node:
    return cotangent


# Arithmetic.

negative = Primitive(
    "negative", "elementwise", 1, _infer("fiu"), _plain(np.negative),
    Linear(lambda node, cotangent, index: negative(cotangent)),
)  # fmt: skip
add = Primitive(
    "add", "elementwise", 2, _infer("fiu"), _plain(np.add), Linear(_scale), commutative=True
)
subtract = Primitive(
    "subtract", "elementwise", 2, _infer("fiu"), _plain(np.subtract),
    Linear(lambda node, cotangent, index: negative(cotangent) if index else cotangent),
)  # fmt: skip
multiply = Primitive(
    "multiply", "elementwise", 2, _infer("fiu"), _plain(np.multiply),
    Linear(lambda node, cotangent, index: multiply(cotangent, node.args[1 - index]), jointly=False),
    commutative=True,
)  # fmt: skip
divide = Primitive(
    "divide", "elementwise", 2, _infer("f"), _plain(np.divide),
    # One reciprocal serves both.
    Partials(lambda out, x, y: (divide(1.0, y), negative(multiply(out, divide(1.0, y))))),
)  # fmt: skip


def _fused_multiply_add(x: Array, y: Array, z: Array) -> Array:
    # In float64 the long double has 11 bits more, or none: the last bit may differ from a kernel's.
    wide = np.longdouble if np.result_type(x) == np.float64 else np.float64
    with np.errstate(all="ignore"):
        return (np.asarray(x, wide) * y + z).astype(np.result_type(x))


# Not a function of the language: compile/contract.py makes it of sums of products.
fused_multiply_add = Primitive(
    "fused_multiply_add", "elementwise", 3, _infer("f"), _plain(_fused_multiply_add),
    Partials(lambda out, x, y, z: (y, x, constant(1.0, x.shape, x.dtype))),
    source="x y + z, rounded once (IEEE 754 fusedMultiplyAdd)",
)  # fmt: skip


def _power_partials(out: Node, x: Node, y: Node) -> tuple[Node, Node]:
    zero = constant(0.0, x.shape, x.dtype)
    # y x^(y-1), which is 0 for y = 0 even where x^(y-1) is infinite.
    by_base = select(equal(y, zero), zero, multiply(y, power(x, subtract(y, 1.0))))
    # x^y log x, which is 0 at x = 0 for y > 0.
    by_exponent = select(
        logical_and(equal(x, zero), greater_equal(y, zero)), zero, multiply(out, log(x))
    )
    return by_base, by_exponent


def _power(node: Node, x: Array, y: Array) -> Array:
    if node.dtype.kind != "i":
        return np.power(x, y)
    # 1 / x^n rounded towards zero: 0, but for x = 1 and x = -1. y & 1 says whether n is odd.
    reciprocal = np.where(np.abs(x) == 1, np.power(x, y & 1), 0)
    return np.where(y < 0, reciprocal, np.power(x, np.maximum(y, 0)))


def _floor_divide(node: Node, x: Array, y: Array) -> Array:
    return np.floor_divide(x, y)


power = Primitive(
    "power", "elementwise", 2, _infer("fiu"), _power, Partials(_power_partials),
    samples=(0.2, 3.0),
)  # fmt: skip
floor_divide = Primitive("floor_divide", "elementwise", 2, _infer("fiu"), _floor_divide)
remainder = Primitive(
    "remainder", "elementwise", 2, _infer("fiu"), _plain(np.remainder),
    Partials(lambda out, x, y: (constant(1.0, x.shape, x.dtype), negative(floor_divide(x, y)))),
)  # fmt: skip


def _chosen_partials(
    takes_second: Callable[[Node, Node], Node],
) -> Callable[..., tuple[Node, Node]]:
    """0 for the operand that is not taken, 0.5 each for ties, 1 each where one is NaN (PyTorch)."""

    def partials(out: Node, x: Node, y: Node) -> tuple[Node, Node]:
        one, half, zero = (constant(value, x.shape, x.dtype) for value in (1.0, 0.5, 0.0))
        shared = select(equal(x, y), half, one)
        first = select(takes_second(x, y), zero, shared)
        return first, select(takes_second(y, x), zero, shared)

    return partials


maximum = Primitive(
    "maximum", "elementwise", 2, _infer("fiub"), _plain(np.maximum),
    Partials(_chosen_partials(lambda x, y: less(x, y))), commutative=True,
    source="IEEE 754-2019 maximum: NaN propagates; ties share the gradient",
)  # fmt: skip
minimum = Primitive(
    "minimum", "elementwise", 2, _infer("fiub"), _plain(np.minimum),
    Partials(_chosen_partials(lambda x, y: less(y, x))), commutative=True,
    source="IEEE 754-2019 minimum: NaN propagates; ties share the gradient",
)  # fmt: skip


def _zero_at_zero(x: Node, partial: Node) -> Node:
    """The partial derivative, selected to be 0 at x = 0: no cotangent passes, not even NaN."""
    zero = constant(0.0, x.shape, x.dtype)
    return select(equal(x, zero), zero, partial)


absolute = Primitive(
    "absolute", "elementwise", 1, _infer("fiu"), _plain(np.abs),
    Partials(lambda out, x: (_zero_at_zero(x, sign(x)),)), kinks=(0.0,),
)  # fmt: skip
sign = Primitive("sign", "elementwise", 1, _infer("fiu"), _plain(np.sign), kinks=(0.0,))
copysign = Primitive(
    "copysign", "elementwise", 2, _infer("f"), _plain(np.copysign),
    Partials(lambda out, x, y: (
        _zero_at_zero(x, multiply(sign(x), copysign(constant(1.0, y.shape, y.dtype), y))), None,
    )),
)  # fmt: skip


def _atan2_partials(out: Node, y: Node, x: Node) -> tuple[Node, Node]:
    """(x, -y) / (x^2 + y^2), scaled so that no square leaves the range; 0 at (0, 0)."""
    one = constant(1.0, x.shape, x.dtype)
    largest = maximum(absolute(x), absolute(y))
    scaled = logical_and(less(largest, math.inf), greater(largest, 0.0))
    scale = select(scaled, largest, one)
    u, v = divide(x, scale), divide(y, scale)
    square = select(equal(largest, 0.0), one, add(multiply(u, u), multiply(v, v)))
    return divide(divide(u, square), scale), negative(divide(divide(v, square), scale))


atan2 = Primitive(
    "atan2", "elementwise", 2, _infer("f"), _plain(np.arctan2),
    Partials(_atan2_partials),
)  # fmt: skip


def _logaddexp_partials(out: Node, x: Node, y: Node) -> tuple[Node, Node]:
    # Equal infinities would give inf - inf; elsewhere the plain difference keeps all orders right.
    infinite = equal(absolute(y), math.inf)
    difference = select(
        logical_and(infinite, equal(x, y)), constant(0.0, x.shape, x.dtype), subtract(x, y)
    )
    return sigmoid(difference), sigmoid(negative(difference))


logaddexp = Primitive(
    "logaddexp", "elementwise", 2, _infer("f"), _plain(np.logaddexp),
    Partials(_logaddexp_partials), commutative=True,
)  # fmt: skip

# Rounding: constant almost everywhere.

floor = _unary("floor", np.floor)
ceil = _unary("ceil", np.ceil)
trunc = _unary("trunc", np.trunc)
round_ = _unary("round", np.round, source="ties to even")

# Roots, exponentials and logarithms.

sqrt = _unary(
    "sqrt", np.sqrt, lambda out, x: divide(0.5, out), domain=(0.0, math.inf), samples=(0.2, 3.0)
)
rsqrt = _unary(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    # -out^3 / 2 by factors: in float32 the cube overflows beyond 10^12 and underflows below 10^-12.
    lambda out, x: (out, out, multiply(out, -0.5)),
    domain=(0.0, math.inf),
    samples=(0.2, 3.0),
)
exp = _unary("exp", np.exp, lambda out, x: out)
exp2 = _unary("exp2", np.exp2, lambda out, x: multiply(out, math.log(2.0)))
expm1 = _unary("expm1", np.expm1, lambda out, x: exp(x))
log = _unary(
    "log", np.log, lambda out, x: divide(1.0, x), domain=(0.0, math.inf), samples=(0.2, 3.0)
)
log2 = _unary(
    "log2", np.log2, lambda out, x: divide(1.0 / math.log(2.0), x), domain=(0.0, math.inf),
    samples=(0.2, 3.0),
)  # fmt: skip
log10 = _unary(
    "log10", np.log10, lambda out, x: divide(1.0 / math.log(10.0), x), domain=(0.0, math.inf),
    samples=(0.2, 3.0),
)  # fmt: skip
log1p = _unary(
    "log1p", np.log1p, lambda out, x: divide(1.0, add(x, 1.0)), domain=(-1.0, math.inf),
    samples=(-0.8, 3.0),
)  # fmt: skip


def _sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.where(x < 0, np.exp(np.minimum(x, 0)), 1) / (1 + np.exp(-np.abs(x)))


sigmoid = _unary(
    "sigmoid", _sigmoid, lambda out, x: multiply(out, sigmoid(negative(x))),
    source="1 / (1 + exp(-x)); 1 - sigmoid(x) is sigmoid(-x), without cancellation",
)  # fmt: skip

# Trigonometric and hyperbolic functions.

sin = _unary("sin", np.sin, lambda out, x: cos(x))
cos = _unary("cos", np.cos, lambda out, x: negative(sin(x)))
tan = _unary("tan", np.tan, lambda out, x: add(multiply(out, out), 1.0), samples=(-1.2, 1.2))


def _slope_of_asin(x: Node) -> Node:
    """1 / sqrt(1 - x^2). Differentiated factor by factor, it would lose digits near 0."""
    value = rsqrt(multiply(subtract(1.0, x), add(x, 1.0)))
    return declare((value,), (x,), Pullback(_pullback_of_slope_of_asin))[0]


def _pullback_of_slope_of_asin(cotangent: Node, x: Node) -> tuple[Node]:
    slope = _slope_of_asin(x)
    return (multiply(cotangent, multiply(x, multiply(slope, multiply(slope, slope)))),)


def _slope_of_acosh(x: Node) -> Node:
    """1 / sqrt(x^2 - 1), whose derivative at 1 is -infinity."""
    value = rsqrt(multiply(subtract(x, 1.0), add(x, 1.0)))
    return declare((value,), (x,), Pullback(_pullback_of_slope_of_acosh))[0]


def _pullback_of_slope_of_acosh(cotangent: Node, x: Node) -> tuple[Node]:
    slope = _slope_of_acosh(x)
    cube = multiply(slope, multiply(slope, slope))
    return (negative(multiply(cotangent, multiply(x, cube))),)


asin = _unary(
    "asin", np.arcsin, lambda out, x: _slope_of_asin(x),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9),
)  # fmt: skip
acos = _unary(
    "acos", np.arccos, lambda out, x: negative(_slope_of_asin(x)),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9),
)  # fmt: skip
atan = _unary("atan", np.arctan, lambda out, x: divide(1.0, add(multiply(x, x), 1.0)))
sinh = _unary("sinh", np.sinh, lambda out, x: cosh(x))
cosh = _unary("cosh", np.cosh, lambda out, x: sinh(x))


def _tanh_partial(out: Node, x: Node) -> Node:
    # 1 - tanh^2 without cancellation: 4 sigmoid(2x) sigmoid(-2x).
    twice = multiply(x, 2.0)
    return multiply(multiply(sigmoid(twice), sigmoid(negative(twice))), 4.0)


tanh = _unary("tanh", np.tanh, _tanh_partial)
asinh = _unary("asinh", np.arcsinh, lambda out, x: rsqrt(add(multiply(x, x), 1.0)))
acosh = _unary(
    "acosh", np.arccosh, lambda out, x: _slope_of_acosh(x),
    domain=(1.0, math.inf), samples=(1.2, 3.0),
)  # fmt: skip
atanh = _unary(
    "atanh", np.arctanh, lambda out, x: divide(1.0, multiply(subtract(1.0, x), add(x, 1.0))),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9),
)  # fmt: skip

# The error function.


def _gaussian(x: Node) -> Node:
    """2 / sqrt(pi) exp(-x^2)."""
    return multiply(exp(negative(multiply(x, x))), 2.0 / math.sqrt(math.pi))


def _elementwise_math(function: Callable[[float], float]) -> Callable[[Array], Array]:
    """A function of the math module over an array of any shape."""
    vectorised = np.vectorize(function, otypes=[np.float64])

    def apply(x: Array) -> Array:
        return vectorised(x) if np.size(x) else np.asarray(x, np.float64)

    return apply


erf = _unary("erf", _elementwise_math(math.erf), lambda out, x: _gaussian(x))
_erfc = _elementwise_math(math.erfc)
erfc = _unary("erfc", _erfc, lambda out, x: negative(_gaussian(x)))


def _ndtr(x: Array) -> Array:
    # Far from 0, erfc magnifies the rounding of its argument, which is therefore taken along.
    exact = np.clip(x, -40.0, 40.0) * -np.sqrt(np.longdouble(0.5))
    rounded = exact.astype(np.float64)
    slope = -2.0 / math.sqrt(math.pi) * np.exp(-rounded * rounded)
    return ((_erfc(rounded) + (exact - rounded) * slope) / 2.0).astype(np.result_type(x))


ndtr = _unary("ndtr", _ndtr, lambda out, x: normal_density(x))


def _normal_density(x: Array) -> Array:
    # exp magnifies the rounding of its argument.
    wide = np.asarray(x, np.longdouble)
    with np.errstate(over="ignore"):
        return (np.exp(-wide * wide / 2.0) / np.sqrt(2.0 * np.pi)).astype(np.result_type(x))


# A row of its own, because it costs little beside `ndtr`, from which it comes.
normal_density = _unary(
    "normal_density", _normal_density, lambda out, x: negative(multiply(x, out)),
    source="exp(-x^2 / 2) / sqrt(2 pi)",
)  # fmt: skip

# Predicates and logic.


def _predicate(name: str, function: Callable[..., Any], commutative: bool = False) -> Primitive:
    return Primitive(
        name, "elementwise", 2, _infer_predicate, _plain(function), commutative=commutative
    )


equal = _predicate("equal", np.equal, commutative=True)
not_equal = _predicate("not_equal", np.not_equal, commutative=True)
less = _predicate("less", np.less)
less_equal = _predicate("less_equal", np.less_equal)
greater = _predicate("greater", np.greater)
greater_equal = _predicate("greater_equal", np.greater_equal)


def _logic(
    name: str, arity: int, kinds: str, function: Callable[..., Any], commutative: bool = False
) -> Primitive:
    return Primitive(
        name, "elementwise", arity, _infer(kinds), _plain(function), commutative=commutative
    )


logical_and = _logic("logical_and", 2, "b", np.logical_and, commutative=True)
logical_or = _logic("logical_or", 2, "b", np.logical_or, commutative=True)
logical_xor = _logic("logical_xor", 2, "b", np.logical_xor, commutative=True)
logical_not = _logic("logical_not", 1, "b", np.logical_not)
bitwise_and = _logic("bitwise_and", 2, "iu", np.bitwise_and, commutative=True)
bitwise_or = _logic("bitwise_or", 2, "iu", np.bitwise_or, commutative=True)
bitwise_xor = _logic("bitwise_xor", 2, "iu", np.bitwise_xor, commutative=True)
bitwise_not = _logic("bitwise_not", 1, "iu", np.bitwise_not)
shift_left = _logic("shift_left", 2, "iu", np.left_shift)
shift_right = _logic("shift_right", 2, "iu", np.right_shift)
signbit = Primitive("signbit", "elementwise", 1, _infer("f", bool_), _plain(np.signbit))


def _select_transpose(node: Node, cotangent: Node, index: int) -> Node:
    zero = constant(0.0, node.shape, node.dtype)
    condition = node.args[0]
    return select(condition, cotangent, zero) if index == 1 else select(condition, zero, cotangent)


select = Primitive(
    "select", "elementwise", 3, _infer_select, _plain(np.where),
    Linear(_select_transpose, linear=(1, 2)),
)  # fmt: skip


def _evaluate_cast(node: Node, x: Array) -> Array:
    target = node.attr("dtype")
    if target.is_integer and x.dtype.kind == "f":
        # What a conversion of NaN or of a number out of range gives is stated once: it saturates.
        limits = np.iinfo(target.numpy)
        with np.errstate(invalid="ignore"):
            clipped = np.clip(np.nan_to_num(x, nan=0.0), float(limits.min), float(limits.max))
            inside = np.where(clipped >= float(limits.max), 0, clipped).astype(target.numpy)
        return np.where(clipped >= float(limits.max), limits.max, inside).astype(target.numpy)
    return x.astype(target.numpy)


def _cast_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return cast(cotangent, dtype=node.args[0].dtype)


cast = Primitive("cast", "elementwise", 1, _infer_cast, _evaluate_cast, Linear(_cast_transpose))

ROWS: tuple[Primitive, ...] = (
    negative, add, subtract, multiply, divide, fused_multiply_add, power, floor_divide, remainder,
    maximum, minimum, absolute, sign, copysign, atan2, logaddexp,
    floor, ceil, trunc, round_,
    sqrt, rsqrt, exp, exp2, expm1, log, log2, log10, log1p, sigmoid,
    sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf, erfc,
    ndtr, normal_density,
    equal, not_equal, less, less_equal, greater, greater_equal,
    logical_and, logical_or, logical_xor, logical_not,
    bitwise_and, bitwise_or, bitwise_xor, bitwise_not, shift_left, shift_right,
    signbit, select, cast,
)  # fmt: skip
