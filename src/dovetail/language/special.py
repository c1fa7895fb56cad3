"""Special functions, elementwise: the gamma, error and Bessel functions, and some related ones.

They are within 2 ULP. Near the roots of `lgamma` and `digamma` at negative numbers, where terms
cancel, it is 2 ULP of these terms in float64 (docs/accuracy.md).
"""

from __future__ import annotations

import math

from dovetail.errors import ArgumentError
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives import special
from dovetail.graph.primitives.declared import Pullback, declare
from dovetail.graph.primitives.row import constant
from dovetail.graph.primitives.slope import Slope
from dovetail.language.elementwise import clip, greater, subtract
from dovetail.language.elementwise_builders import float_unary
from dovetail.language.functions import op
from dovetail.language.operands import Operand, is_known, static, static_int, unify, wrap
from dovetail.language.searching import where
from dovetail.language.tracer import Tracer

__all__ = [
    "digamma", "erfcx", "erfinv", "i0", "i0e", "i1", "i1e", "lgamma", "log_ndtr", "logit", "ndtri",
    "polygamma", "sinc", "xlogy",
]  # fmt: skip

lgamma = float_unary(special.lgamma, "log |gamma(x)|; infinite at 0, -1, -2, ...")
digamma = float_unary(
    special.digamma, "The derivative of log |gamma(x)|; NaN at -1, -2, ..., infinite at 0"
)
erfinv = float_unary(special.erfinv, "The y with erf(y) = x; NaN for |x| > 1")
erfcx = float_unary(special.erfcx, "e^(x^2) erfc(x), which neither over- nor underflows for x > 0")
ndtri = float_unary(special.ndtri, "The y with ndtr(y) = x, the quantile of the standard normal")
log_ndtr = float_unary(special.log_ndtr, "log(ndtr(x)), without underflow for x << 0")
i0 = float_unary(special.i0, "The modified Bessel function I_0(x)")
i1 = float_unary(special.i1, "The modified Bessel function I_1(x)")
i0e = float_unary(special.i0e, "e^-|x| I_0(x), which does not overflow")
i1e = float_unary(special.i1e, "e^-|x| I_1(x), which does not overflow")
sinc = float_unary(special.sinc, "sin(pi x) / (pi x), 1 at 0")


@op
@static("n")
def polygamma(n: int, x: Operand, /) -> Tracer:
    """The n-th derivative of `digamma`, for a Python integer n. Any shape.

    Integers become float32. Within a few ULP for x > 0; NaN or infinite at 0, -1, -2, ...
    """
    order = static_int("polygamma", "n", n)
    if order < 0:
        raise ArgumentError("polygamma", "n", n, "an order of 0 or more")
    operand = unify("polygamma", x, floating=True)
    (node,) = operand.nodes
    value = special.polygamma(order, node) if order else special.digamma(node)
    return wrap(value, operand.weak)


@op
def xlogy(x: Operand, y: Operand, /) -> Tracer:
    """x log(y), and 0 where x is 0 and y is not NaN. Shapes broadcast; integers become float32."""
    operands = unify("xlogy", x, y, floating=True)
    first, second = operands.nodes
    value = rows.multiply(first, rows.log(second))
    known = rows.logical_and(rows.equal(first, 0.0), rows.equal(second, second))
    zero = constant(0.0, first.shape, first.dtype)
    value = rows.select(known, zero, value)
    return wrap(declare((value,), operands.nodes, Pullback(_xlogy_vjp))[0], operands.weak)


def _xlogy_vjp(cotangent: Node, x: Node, y: Node) -> tuple[Node, Node]:
    """log(y), 0 where x is 0 and y not positive, and x / y, as in PyTorch."""
    zero = constant(0.0, x.shape, x.dtype)
    lost = rows.logical_and(rows.equal(x, 0.0), rows.less_equal(y, 0.0))
    slope = rows.select(lost, zero, rows.log(y))
    return rows.multiply(cotangent, slope), rows.multiply(cotangent, rows.divide(x, y))


@op
def logit(x: Operand, /, eps: float = 0.0) -> Tracer:
    """log(x / (1 - x)); with eps > 0, x is clipped to the range from eps to 1 - eps first.

    Any shape; integers become float32. NaN below 0 and above 1.
    """
    operand = unify("logit", x, floating=True)
    if not is_known(eps, 0.0):
        given = wrap(operand.nodes[0], operand.weak)
        clipped = where(greater(eps, 0.0), clip(given, eps, subtract(1.0, eps)), given)
        operand = unify("logit", clipped, floating=True)
    (node,) = operand.nodes
    # sign log1p(|2 x - 1| / min(x, 1 - x)): the difference is exact where the logarithm is small.
    rest = rows.subtract(1.0, node)
    ratio = rows.divide(rows.subtract(rows.add(node, node), 1.0), rows.minimum(node, rest))
    inside = rows.logical_and(rows.greater_equal(node, 0.0), rows.less_equal(node, 1.0))
    size = rows.copysign(rows.log1p(rows.absolute(ratio)), ratio)
    value = rows.select(inside, size, constant(math.nan, node.shape, node.dtype))
    return wrap(declare((value,), (node,), Slope(_slope_of_logit))[0], operand.weak)


def _slope_of_logit(x: Node) -> Node:
    """1 / (x (1 - x)) within 0 to 1."""
    inside = rows.logical_and(rows.greater_equal(x, 0.0), rows.less_equal(x, 1.0))
    slope = rows.divide(1.0, rows.multiply(x, rows.subtract(1.0, x)))
    return rows.select(inside, slope, constant(math.nan, x.shape, x.dtype))
