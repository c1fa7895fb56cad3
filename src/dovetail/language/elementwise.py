"""Elementwise functions, as in the array API standard 2024.12.

Shapes broadcast and operands promote by the standard's rules. Where it leaves a case open,
Dovetail follows PyTorch and JAX: functions that need floating numbers turn integers and bool
into float32, and `logical_*` take every number but zero as true. The standard's functions of
complex numbers are missing.
"""

from __future__ import annotations

import math

from dovetail.errors import DTypeError
from dovetail.graph.dtypes import bool_
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.declared import Pullback, declare
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.language.elementwise_builders import (
    binary,
    bitwise,
    comparison,
    float_test,
    float_unary,
    logical,
    rounding,
    truth,
    unary,
)
from dovetail.language.functions import activation, op
from dovetail.language.operands import Operand, Unified, literal, unify, wrap
from dovetail.language.tracer import Tracer
from dovetail.language.weak import convert

__all__ = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and",
    "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "ceil", "clip", "copysign", "cos", "cosh", "divide", "equal", "erf", "erfc", "exp", "exp2",
    "expm1", "floor", "floor_divide", "greater", "greater_equal", "hypot", "isfinite", "isinf",
    "isnan", "less", "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "ndtr",
    "negative", "nextafter", "not_equal", "positive", "pow", "reciprocal", "remainder", "round",
    "rsqrt", "sigmoid", "sign", "signbit", "sin", "sinh", "sqrt", "square", "subtract", "tan",
    "tanh", "trunc",
]  # fmt: skip

exp = float_unary(rows.exp, "e^x")
exp2 = float_unary(rows.exp2, "2^x")
expm1 = float_unary(rows.expm1, "e^x - 1, exact near 0")
log = float_unary(rows.log, "The natural logarithm of x")
log2 = float_unary(rows.log2, "The logarithm of x to base 2")
log10 = float_unary(rows.log10, "The logarithm of x to base 10")
log1p = float_unary(rows.log1p, "log(1 + x), exact near 0")
sqrt = float_unary(rows.sqrt, "The square root of x")
rsqrt = float_unary(rows.rsqrt, "1 / sqrt(x)")
sigmoid = float_unary(rows.sigmoid, "1 / (1 + e^-x)", activation)
sin = float_unary(rows.sin, "The sine of x in radians")
cos = float_unary(rows.cos, "The cosine of x in radians")
tan = float_unary(rows.tan, "The tangent of x in radians")
asin = float_unary(rows.asin, "The inverse sine of x")
acos = float_unary(rows.acos, "The inverse cosine of x")
atan = float_unary(rows.atan, "The inverse tangent of x")
sinh = float_unary(rows.sinh, "(e^x - e^-x) / 2")
cosh = float_unary(rows.cosh, "(e^x + e^-x) / 2")
tanh = float_unary(rows.tanh, "(e^x - e^-x) / (e^x + e^-x)", activation)
asinh = float_unary(rows.asinh, "The inverse hyperbolic sine of x")
acosh = float_unary(rows.acosh, "The inverse hyperbolic cosine of x")
atanh = float_unary(rows.atanh, "The inverse hyperbolic tangent of x")
erf = float_unary(rows.erf, "The error function, 2/sqrt(pi) times the integral of e^-t^2 to x")
erfc = float_unary(rows.erfc, "1 - erf(x), without cancellation for large x")
ndtr = float_unary(rows.ndtr, "P(Z <= x) for a standard normal Z, without cancellation for x << 0")

floor = rounding(rows.floor, "The greatest integer that is at most x")
ceil = rounding(rows.ceil, "The least integer that is at least x")
trunc = rounding(rows.trunc, "x without its fraction")
round = rounding(rows.round_, "The integer nearest to x; the even one of two equally near")

abs = unary(rows.absolute, "abs", "|x|. Any shape; the dtype is kept. The derivative at 0 is 0.")
sign = unary(
    rows.sign, "sign",
    "-1, 0 or 1 as x is negative, zero or positive; NaN is kept. Any shape; the dtype is kept.",
)  # fmt: skip
negative = unary(rows.negative, "negative", "-x. Any shape; the dtype is kept.")

isnan = float_test(
    "isnan",
    lambda x: rows.not_equal(x, x),
    False,
    "Whether x is NaN, as bool; integers never are. Any shape.",
)
isinf = float_test(
    "isinf", lambda x: rows.equal(rows.absolute(x), math.inf), False,
    "Whether x is an infinity, as bool; integers never are. Any shape.",
)  # fmt: skip
isfinite = float_test(
    "isfinite", lambda x: rows.less(rows.absolute(x), math.inf), True,
    "Whether x is neither NaN nor an infinity, as bool; integers always are. Any shape.",
)  # fmt: skip

add = binary(rows.add, "add", "x1 + x2")
subtract = binary(rows.subtract, "subtract", "x1 - x2")
multiply = binary(rows.multiply, "multiply", "x1 * x2")
divide = binary(rows.divide, "divide", "x1 / x2", floating=True)
floor_divide = binary(rows.floor_divide, "floor_divide", "floor(x1 / x2)")
remainder = binary(rows.remainder, "remainder", "x1 - x2 floor(x1 / x2), of the sign of x2")
maximum = binary(
    rows.maximum, "maximum", "The larger of x1 and x2; NaN is kept; ties share the gradient"
)
minimum = binary(
    rows.minimum, "minimum", "The smaller of x1 and x2; NaN is kept; ties share the gradient"
)
atan2 = binary(rows.atan2, "atan2", "The angle of the point (x2, x1)", floating=True)
copysign = binary(rows.copysign, "copysign", "|x1| with the sign of x2", floating=True)
logaddexp = binary(rows.logaddexp, "logaddexp", "log(e^x1 + e^x2), without overflow", floating=True)

equal = comparison(rows.equal, "x1 == x2")
not_equal = comparison(rows.not_equal, "x1 != x2")
less = comparison(rows.less, "x1 < x2")
less_equal = comparison(rows.less_equal, "x1 <= x2")
greater = comparison(rows.greater, "x1 > x2")
greater_equal = comparison(rows.greater_equal, "x1 >= x2")

logical_and = logical(rows.logical_and, "Whether x1 and x2 are true")
logical_or = logical(rows.logical_or, "Whether x1 or x2 is true")
logical_xor = logical(rows.logical_xor, "Whether one of x1 and x2 is true")

bitwise_and = bitwise("bitwise_and", rows.bitwise_and, rows.logical_and, "The common bits")
bitwise_or = bitwise("bitwise_or", rows.bitwise_or, rows.logical_or, "The bits of either")
bitwise_xor = bitwise("bitwise_xor", rows.bitwise_xor, rows.logical_xor, "The differing bits")
bitwise_left_shift = binary(rows.shift_left, "bitwise_left_shift", "x1 * 2^x2 of integers")
bitwise_right_shift = binary(
    rows.shift_right, "bitwise_right_shift", "floor(x1 / 2^x2) of integers"
)


@op
def logical_not(x: Operand, /) -> Tracer:
    """Whether x is false, as bool; numbers are where they are 0. Any shape."""
    operand = unify("logical_not", x)
    return wrap(rows.logical_not(truth(operand.nodes[0])), operand.weak)


@op
def bitwise_invert(x: Operand, /) -> Tracer:
    """The inverted bits of integers, or `not` of bool. Any shape; the dtype is kept."""
    operand = unify("bitwise_invert", x)
    row = rows.logical_not if operand.nodes[0].dtype is bool_ else rows.bitwise_not
    return wrap(row(*operand.nodes), operand.weak)


@op
def positive(x: Operand, /) -> Tracer:
    """x itself. Any shape and dtype."""
    operand = unify("positive", x)
    return wrap(operand.nodes[0], operand.weak)


@op
def square(x: Operand, /) -> Tracer:
    """x^2. Any shape; the dtype is kept."""
    operand = unify("square", x)
    node = operand.nodes[0]
    return wrap(rows.multiply(node, node), operand.weak)


@op
def reciprocal(x: Operand, /) -> Tracer:
    """1 / x. Any shape; integers become float32."""
    operand = unify("reciprocal", x, floating=True)
    return wrap(rows.divide(1.0, operand.nodes[0]), operand.weak)


def _whole_power(base: Node, exponent: int) -> Node:
    """A small whole power by multiplication."""
    if exponent == 0:
        return constant(1, base.shape, base.dtype)
    if exponent == -1:
        return rows.divide(1.0, base)
    half = base if exponent < 4 else rows.multiply(base, base)
    result = half
    for _ in range(exponent // 2 - 1 if exponent == 4 else exponent - 1):
        result = rows.multiply(result, half)
    return result


def _is_negative(exponent: Node) -> bool:
    """Whether an exponent is known, and negative somewhere."""
    while exponent.op in ("broadcast", "cast"):
        exponent = exponent.args[0]
    if exponent.op == "literal":
        return bool((exponent.attr("array").value < 0).any())
    return exponent.op == "constant" and exponent.attr("value") < 0


@op
@literal("x2")
def pow(x1: Operand, x2: Operand, /) -> Tracer:
    """x1^x2. Shapes broadcast; operands promote.

    A whole exponent from -4 to 4 that is a Python number becomes multiplications. An integer
    has no negative power: that raises where the exponent is known; where it is not, the result
    is 1 / x^n rounded towards 0, as in PyTorch and JAX.
    """
    operands = unify("pow", x1, x2)
    base, exponent = operands.nodes
    if base.dtype.is_integer and _is_negative(exponent):
        raise DTypeError(
            f"a negative power of {base.dtype} numbers is no integer",
            "an exponent of 0 or more",
            "convert the base first, for example with dt.astype(x, dt.float32)",
        )
    number = x2 if isinstance(x2, (int, float)) and not isinstance(x2, bool) else math.nan
    if -1 <= number <= 4 and number == int(number):
        return wrap(_whole_power(base, int(number)), operands.weak)
    return wrap(rows.power(base, exponent), operands.weak)


@op
def hypot(x1: Operand, x2: Operand, /) -> Tracer:
    """sqrt(x1^2 + x2^2), scaled by the larger one so that nothing overflows.

    Shapes broadcast; integers become float32. Infinite if an operand is, even beside NaN.
    """
    operands = unify("hypot", x1, x2, floating=True)
    first, second = (rows.absolute(node) for node in operands.nodes)
    _, root = _scaled_length(*operands.nodes)
    length = rows.multiply(rows.maximum(first, second), root)
    infinite = rows.logical_or(rows.equal(first, math.inf), rows.equal(second, math.inf))
    infinity = constant(math.inf, length.shape, length.dtype)
    value = rows.select(infinite, infinity, length)
    return wrap(declare((value,), operands.nodes, Pullback(_hypot_vjp))[0], operands.weak)


def _scaled_length(x: Node, y: Node) -> tuple[Node, Node]:
    """The larger of |x| and |y| (1 where both are 0), and the length of (x, y) divided by it."""
    first, second = rows.absolute(x), rows.absolute(y)
    large, small = rows.maximum(first, second), rows.minimum(first, second)
    one = constant(1.0, large.shape, large.dtype)
    unit = rows.select(rows.equal(large, 0.0), one, large)
    ratio = rows.divide(small, unit)
    return unit, rows.sqrt(rows.add(rows.multiply(ratio, ratio), 1.0))


def _hypot_vjp(cotangent: Node, x: Node, y: Node) -> tuple[Node, Node]:
    """(x, y) / hypot(x, y); 0 at the origin."""
    unit, root = _scaled_length(x, y)
    first, second = (rows.divide(rows.divide(node, unit), root) for node in (x, y))
    return rows.multiply(cotangent, first), rows.multiply(cotangent, second)


@op
def nextafter(x1: Operand, x2: Operand, /) -> Tracer:
    """The next floating number after x1 in the direction of x2; x2 where they are equal.

    Shapes broadcast; integers become float32. The derivative is 1 for x1 and 0 for x2.
    """
    operands = unify("nextafter", x1, x2, floating=True)
    x, y = (convert(node, operands.weak, operands.weak or node.dtype) for node in operands.nodes)
    return wrap(rows.nextafter(x, y))


@op
def signbit(x: Operand, /) -> Tracer:
    """Whether the sign of x is negative, as bool; true for -0.0. Any shape."""
    operand = unify("signbit", x)
    node = operand.nodes[0]
    row = rows.signbit(node) if node.dtype.is_floating else rows.less(node, 0)
    return wrap(row, operand.weak)


def _bounded(value: Unified, beyond: Primitive) -> Node:
    """`x` where it is not beyond the bound, else the bound; a bound of NaN gives NaN."""
    x, bound = value.nodes
    outside = beyond(x, bound)
    if bound.dtype.is_floating and not (
        bound.op == "constant" and not math.isnan(bound.attr("value"))
    ):
        outside = rows.logical_or(outside, rows.not_equal(bound, bound))
    return rows.select(outside, bound, x)


@op
def clip(x: Operand, /, min: Operand | None = None, max: Operand | None = None) -> Tracer:
    """min where x < min, max where x > max, else x. Shapes broadcast; operands promote.

    NaN is kept. The gradient passes on the closed interval, the bounds included.
    """
    result = x
    for bound, beyond in ((min, rows.less), (max, rows.greater)):
        if bound is not None:
            operands = unify("clip", result, bound)
            result = wrap(_bounded(operands, beyond), operands.weak)
    return positive(result)
