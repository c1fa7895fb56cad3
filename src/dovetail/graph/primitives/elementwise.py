"""Rows of the primitives that work element by element.

Sources for the derivatives: Abramowitz & Stegun, chapters 4 and 7 (DLMF 4 and 7).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType, bool_
from dovetail.graph.node import Node, Nodes, Shape
from dovetail.graph.primitives import evaluations
from dovetail.graph.primitives.declared import Pullback, declare
from dovetail.graph.primitives.evaluations import plain
from dovetail.graph.primitives.row import (
    Array,
    Attributes,
    Cost,
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
    def infer(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
        require_kind(name, args, kinds)
        return same_shape(name, args), result or same_dtype(name, args)

    return infer


def _infer_predicate(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    same_dtype(name, args)
    return same_shape(name, args), bool_


def _infer_select(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    require_kind(name, args[:1], "b")
    return same_shape(name, args), same_dtype(name, args[1:])


def _infer_cast(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    return args[0].shape, attrs["dtype"]


def _row(
    name: str, arity: int, kinds: str, function: Callable[..., Any],
    derivative: Derivative | None = None, **fields: Any,
) -> Primitive:  # fmt: skip
    """A function of operands of one of these kinds, as NumPy has it."""
    return Primitive(
        name, "elementwise", arity, _infer(kinds), plain(function), derivative or Zero(), **fields
    )


def unary(
    name: str,
    function: Callable[[Array], Array],
    slope: Callable[[Node, Node], Node | Nodes] | None = None,
    cost: Cost = Cost.TRANSCENDENTAL,
    **fields: Any,
) -> Primitive:
    """A real function of one floating operand; `slope(out, x)` is its derivative.

    Transcendental, unless `cost` says otherwise.
    """
    derivative = None if slope is None else Partials(lambda out, x: (slope(out, x),))
    return _row(name, 1, "f", function, derivative, cost=cost, **fields)


def _itself(node: Node, cotangent: Node, index: int) -> Node:
    return cotangent


# Arithmetic.

negative = _row(
    "negative", 1, "fiu", np.negative,
    Linear(lambda node, cotangent, index: negative(cotangent)), rounding=0.0,
)  # fmt: skip
add = _row("add", 2, "fiu", np.add, Linear(_itself), commutative=True, rounding=1.0)
subtract = _row(
    "subtract", 2, "fiu", np.subtract,
    Linear(lambda node, cotangent, index: negative(cotangent) if index else cotangent),
    rounding=1.0,
)  # fmt: skip
multiply = _row(
    "multiply", 2, "fiu", np.multiply,
    Linear(lambda node, cotangent, index: multiply(cotangent, node.args[1 - index]), jointly=False),
    commutative=True, rounding=1.0,
)  # fmt: skip
divide = _row(
    "divide", 2, "f", np.divide,
    # Both share one reciprocal.
    Partials(
        lambda out, x, y: (divide(1.0, y), negative(multiply(out, divide(1.0, y)))), linear=(0,)
    ),
    cost=Cost.QUOTIENT, rounding=2.0,
)  # fmt: skip


# Not a function of the language: transform/contract.py makes it of sums of products.
fused_multiply_add = _row(
    "fused_multiply_add", 3, "f", evaluations.fused_multiply_add,
    Partials(lambda out, x, y, z: (y, x, constant(1.0, x.shape, x.dtype))),
    rounding=1.0, source="x y + z, rounded once (IEEE 754 fusedMultiplyAdd)",
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


power = Primitive(
    "power", "elementwise", 2, _infer("fiu"), evaluations.power, Partials(_power_partials),
    samples=(0.2, 3.0), cost=Cost.TRANSCENDENTAL,
)  # fmt: skip
floor_divide = _row(
    "floor_divide", 2, "fiu", np.floor_divide, cost=Cost.COSTLY, branch=evaluations.by_quotient,
)  # fmt: skip
remainder = _row(
    "remainder", 2, "fiu", np.remainder,
    Partials(lambda out, x, y: (constant(1.0, x.shape, x.dtype), negative(floor_divide(x, y)))),
    cost=Cost.COSTLY, branch=evaluations.by_quotient,
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


maximum = _row(
    "maximum", 2, "fiub", np.maximum, Partials(_chosen_partials(lambda x, y: less(x, y))),
    commutative=True, rounding=0.0, branch=evaluations.by_comparison,
    source="IEEE 754-2019 maximum: NaN propagates; ties share the gradient",
)  # fmt: skip
minimum = _row(
    "minimum", 2, "fiub", np.minimum, Partials(_chosen_partials(lambda x, y: less(y, x))),
    commutative=True, rounding=0.0, branch=evaluations.by_comparison,
    source="IEEE 754-2019 minimum: NaN propagates; ties share the gradient",
)  # fmt: skip


def _zero_at_zero(x: Node, value: Node) -> Node:
    """The partial derivative, selected to be 0 at x = 0: no cotangent passes, not even NaN."""
    zero = constant(0.0, x.shape, x.dtype)
    return select(equal(x, zero), zero, value)


absolute = _row(
    "absolute", 1, "fiu", np.abs, Partials(lambda out, x: (_zero_at_zero(x, sign(x)),)),
    kinks=(0.0,), rounding=0.0, parity="even", positive=True, branch=evaluations.by_sign,
)  # fmt: skip
sign = _row("sign", 1, "fiu", np.sign, kinks=(0.0,), rounding=0.0, branch=evaluations.by_value)
copysign = _row(
    "copysign", 2, "f", np.copysign,
    Partials(lambda out, x, y: (
        _zero_at_zero(x, multiply(sign(x), copysign(constant(1.0, y.shape, y.dtype), y))), None,
    )),
    rounding=0.0, branch=evaluations.by_sign,
)  # fmt: skip
nextafter = Primitive(
    "nextafter", "elementwise", 2, _infer("f"), evaluations.nextafter,
    Partials(lambda out, x, y: (constant(1.0, x.shape, x.dtype), None)), rounding=0.0,
    branch=evaluations.by_sign_of_difference, source="IEEE 754 nextUp and nextDown",
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


atan2 = _row("atan2", 2, "f", np.arctan2, Partials(_atan2_partials), cost=Cost.TRANSCENDENTAL)


def _logaddexp_partials(out: Node, x: Node, y: Node) -> tuple[Node, Node]:
    # Equal infinities would give inf - inf; elsewhere the plain difference keeps all orders right.
    infinite = equal(absolute(y), math.inf)
    difference = select(
        logical_and(infinite, equal(x, y)), constant(0.0, x.shape, x.dtype), subtract(x, y)
    )
    return sigmoid(difference), sigmoid(negative(difference))


logaddexp = _row(
    "logaddexp", 2, "f", np.logaddexp, Partials(_logaddexp_partials), commutative=True,
    cost=Cost.TRANSCENDENTAL, intermediate=np.maximum,
)  # fmt: skip

# Rounding: constant almost everywhere.

_rounding = partial(unary, cost=Cost.CHEAP, rounding=0.0, branch=evaluations.by_value)
floor = _rounding("floor", np.floor)
ceil = _rounding("ceil", np.ceil)
trunc = _rounding("trunc", np.trunc)
round_ = _rounding("round", np.round, source="ties to even")

# Roots, exponentials and logarithms.

sqrt = unary(
    "sqrt", np.sqrt, lambda out, x: divide(0.5, out), domain=(0.0, math.inf), samples=(0.2, 3.0),
    cost=Cost.CHEAP, rounding=1.0,
)  # fmt: skip
rsqrt = unary(
    "rsqrt",
    lambda x: 1 / np.sqrt(x),
    # -out^3 / 2 by factors: in float32 the cube overflows beyond 10^12 and underflows below 10^-12.
    lambda out, x: (out, out, multiply(out, -0.5)),
    domain=(0.0, math.inf),
    samples=(0.2, 3.0),
    cost=Cost.CHEAP,
)
exp = unary("exp", np.exp, lambda out, x: out, positive=True)
exp2 = unary("exp2", np.exp2, lambda out, x: multiply(out, math.log(2.0)), positive=True)
expm1 = unary("expm1", np.expm1, lambda out, x: exp(x))
log = unary(
    "log", np.log, lambda out, x: divide(1.0, x), domain=(0.0, math.inf), samples=(0.2, 3.0)
)
log2 = unary(
    "log2", np.log2, lambda out, x: divide(1.0 / math.log(2.0), x), domain=(0.0, math.inf),
    samples=(0.2, 3.0),
)  # fmt: skip
log10 = unary(
    "log10", np.log10, lambda out, x: divide(1.0 / math.log(10.0), x), domain=(0.0, math.inf),
    samples=(0.2, 3.0),
)  # fmt: skip
log1p = unary(
    "log1p", np.log1p, lambda out, x: divide(1.0, add(x, 1.0)), domain=(-1.0, math.inf),
    samples=(-0.8, 3.0),
)  # fmt: skip


sigmoid = unary(
    "sigmoid", evaluations.sigmoid, lambda out, x: multiply(out, sigmoid(negative(x))),
    source="1 / (1 + exp(-x)); 1 - sigmoid(x) is sigmoid(-x), without cancellation", positive=True,
)  # fmt: skip

# Trigonometric and hyperbolic functions.

sin: Primitive = unary("sin", np.sin, lambda out, x: cos(x), parity="odd")
cos = unary("cos", np.cos, lambda out, x: negative(sin(x)), parity="even")
tan = unary(
    "tan", np.tan, lambda out, x: add(multiply(out, out), 1.0), samples=(-1.2, 1.2), parity="odd"
)


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


asin = unary(
    "asin", np.arcsin, lambda out, x: _slope_of_asin(x),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9), parity="odd",
)  # fmt: skip
acos = unary(
    "acos", np.arccos, lambda out, x: negative(_slope_of_asin(x)),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9),
)  # fmt: skip
atan = unary("atan", np.arctan, lambda out, x: divide(1.0, add(multiply(x, x), 1.0)), parity="odd")
sinh: Primitive = unary("sinh", np.sinh, lambda out, x: cosh(x), parity="odd")
cosh = unary("cosh", np.cosh, lambda out, x: sinh(x), parity="even", positive=True)


def _tanh_partial(out: Node, x: Node) -> Node:
    # 1 - tanh^2 without cancellation: 4 sigmoid(2x) sigmoid(-2x).
    twice = multiply(x, 2.0)
    return multiply(multiply(sigmoid(twice), sigmoid(negative(twice))), 4.0)


tanh = unary("tanh", np.tanh, _tanh_partial, parity="odd")
asinh = unary("asinh", np.arcsinh, lambda out, x: rsqrt(add(multiply(x, x), 1.0)), parity="odd")
acosh = unary(
    "acosh", np.arccosh, lambda out, x: _slope_of_acosh(x),
    domain=(1.0, math.inf), samples=(1.2, 3.0),
)  # fmt: skip
atanh = unary(
    "atanh", np.arctanh, lambda out, x: divide(1.0, multiply(subtract(1.0, x), add(x, 1.0))),
    domain=(-1.0, 1.0), samples=(-0.9, 0.9), parity="odd",
)  # fmt: skip

# The error function.


def _gaussian(x: Node) -> Node:
    """2 / sqrt(pi) exp(-x^2)."""
    return multiply(exp(negative(multiply(x, x))), 2.0 / math.sqrt(math.pi))


erf = unary("erf", evaluations.erf, lambda out, x: _gaussian(x), parity="odd")
erfc = unary("erfc", evaluations.erfc, lambda out, x: negative(_gaussian(x)))


ndtr = unary("ndtr", evaluations.ndtr, lambda out, x: normal_density(x))


# A primitive, because kernels that compute `ndtr` get it at almost no cost.
normal_density = unary(
    "normal_density", evaluations.normal_density, lambda out, x: negative(multiply(x, out)),
    source="exp(-x^2 / 2) / sqrt(2 pi)",
)  # fmt: skip

# Predicates and logic.


def _predicate(name: str, function: Callable[..., Any], commutative: bool = False) -> Primitive:
    return Primitive(
        name, "elementwise", 2, _infer_predicate, plain(function), commutative=commutative
    )


equal = _predicate("equal", np.equal, commutative=True)
not_equal = _predicate("not_equal", np.not_equal, commutative=True)
less = _predicate("less", np.less)
less_equal = _predicate("less_equal", np.less_equal)
greater = _predicate("greater", np.greater)
greater_equal = _predicate("greater_equal", np.greater_equal)

logical_and = _row("logical_and", 2, "b", np.logical_and, commutative=True)
logical_or = _row("logical_or", 2, "b", np.logical_or, commutative=True)
logical_xor = _row("logical_xor", 2, "b", np.logical_xor, commutative=True)
logical_not = _row("logical_not", 1, "b", np.logical_not)
bitwise_and = _row("bitwise_and", 2, "iu", np.bitwise_and, commutative=True)
bitwise_or = _row("bitwise_or", 2, "iu", np.bitwise_or, commutative=True)
bitwise_xor = _row("bitwise_xor", 2, "iu", np.bitwise_xor, commutative=True)
bitwise_not = _row("bitwise_not", 1, "iu", np.bitwise_not)
shift_left = _row("shift_left", 2, "iu", np.left_shift)
shift_right = _row("shift_right", 2, "iu", np.right_shift)
signbit = Primitive("signbit", "elementwise", 1, _infer("f", bool_), plain(np.signbit))


def _select_transpose(node: Node, cotangent: Node, index: int) -> Node:
    zero = constant(0.0, node.shape, node.dtype)
    condition = node.args[0]
    return select(condition, cotangent, zero) if index == 1 else select(condition, zero, cotangent)


select = Primitive(
    "select", "elementwise", 3, _infer_select, plain(np.where),
    Linear(_select_transpose, linear=(1, 2)), rounding=0.0,
)  # fmt: skip


def _cast_transpose(node: Node, cotangent: Node, index: int) -> Node:
    return cast(cotangent, dtype=node.args[0].dtype)


cast = Primitive(
    "cast", "elementwise", 1, _infer_cast, evaluations.cast, Linear(_cast_transpose), rounding=1.0
)


def unrounded(x: Node, dtype: DType) -> Node:
    """A float32 array as a value of a half precision that was not rounded yet.

    Inside a kernel half precisions are float32; elsewhere this is an ordinary cast.
    """
    return cast.apply((x,), (("dtype", dtype), ("exact", True)))


ROWS = tuple(row for row in list(globals().values()) if isinstance(row, Primitive))
