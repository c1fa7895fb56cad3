"""The special functions for the compilers of frameworks: our formulas, on nodes of a graph.

compile/scalar/vectormath_gamma.py and its neighbours write them for an emitter of LLVM code; here
the same code builds nodes of float64 arithmetic. float32 results are rounded from it, too. Those of
the standard normal distribution stay in their type: 0.5 erfc(-x sqrt(1/2)) would magnify the
roundings of its argument, and XLA's `erfc` those of its square: hundreds of units in the last place
for x << 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.compile.scalar import vectormath_bessel as bessel
from dovetail.compile.scalar import vectormath_gamma as gamma
from dovetail.compile.scalar import vectormath_inverse as inverse
from dovetail.compile.scalar import vectormath_scaled_error as scaled_error
from dovetail.compile.scalar import vectormath_trigonometric as trigonometric
from dovetail.compile.scalar.vectormath_coefficients import COEFFICIENTS, ERFC_SLOPE, NDTR_SLOPE
from dovetail.compile.scalar.vectormath_emitter import FLOAT64
from dovetail.compile.scalar.vectormath_error import fraction
from dovetail.graph.dtypes import float64
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as rows
from dovetail.graph.primitives.row import Primitive, constant
from dovetail.graph.primitives.special import polynomial


def _operator(row: Primitive, swapped: bool = False) -> Callable[[NodeValue, Any], NodeValue]:
    def method(self: NodeValue, other: NodeValue | float, /) -> NodeValue:
        second = other.node if isinstance(other, NodeValue) else other
        return NodeValue(row(second, self.node) if swapped else row(self.node, second))

    return method


@dataclass(frozen=True, eq=False)
class NodeValue:
    """A node with the operators of vectormath_emitter.Value."""

    node: Node

    __add__ = __radd__ = _operator(rows.add)
    __sub__ = _operator(rows.subtract)
    __rsub__ = _operator(rows.subtract, swapped=True)
    __mul__ = __rmul__ = _operator(rows.multiply)
    __truediv__ = _operator(rows.divide)
    __rtruediv__ = _operator(rows.divide, swapped=True)
    __lt__ = _operator(rows.less)
    __le__ = _operator(rows.less_equal)
    __gt__ = _operator(rows.greater)
    __ge__ = _operator(rows.greater_equal)
    equals = _operator(rows.equal)

    def __neg__(self) -> NodeValue:
        return NodeValue(rows.negative(self.node))


@dataclass(frozen=True)
class NodeArithmetic:
    """The methods of vectormath_arithmetic.Arithmetic that special functions use."""

    like: Node
    precision: str
    form: Any = FLOAT64

    def constant(self, number: float) -> NodeValue:
        return NodeValue(constant(number, self.like.shape, float64))

    def _value(self, x: NodeValue | float) -> NodeValue:
        return x if isinstance(x, NodeValue) else self.constant(x)

    def select(
        self, condition: NodeValue, yes: NodeValue | float, no: NodeValue | float
    ) -> NodeValue:
        nodes = (self._value(part).node for part in (yes, no))
        return NodeValue(rows.select(condition.node, *nodes))

    def fma(self, a: NodeValue | float, b: NodeValue | float, c: NodeValue | float) -> NodeValue:
        return self._value(a) * b + c

    def abs(self, x: NodeValue) -> NodeValue:
        return NodeValue(rows.absolute(x.node))

    def sqrt(self, x: NodeValue) -> NodeValue:
        return NodeValue(rows.sqrt(x.node))

    def rint(self, x: NodeValue) -> NodeValue:
        return NodeValue(rows.round_(x.node))

    def with_sign_of(self, magnitude: NodeValue, sign: NodeValue) -> NodeValue:
        return NodeValue(rows.copysign(magnitude.node, sign.node))

    def at_most(self, x: NodeValue, bound: float) -> NodeValue:
        return self.select(x > bound, bound, x)

    def at_least(self, x: NodeValue, bound: float) -> NodeValue:
        return self.select(x < bound, bound, x)

    def polynomial(self, x: NodeValue, coefficients: Sequence[float]) -> NodeValue:
        result = self.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = result * x + coefficient
        return result

    def two_sum(self, a: NodeValue, b: NodeValue) -> tuple[NodeValue, NodeValue]:
        total = a + b
        b_seen = total - a
        return total, (a - (total - b_seen)) + (b - b_seen)

    def quick_two_sum(self, a: NodeValue, b: NodeValue) -> tuple[NodeValue, NodeValue]:
        total = a + b
        return total, b - (total - a)

    def two_product(self, a: NodeValue, b: NodeValue | float) -> tuple[NodeValue, NodeValue]:
        """By halves of the numbers (Dekker 1971), since no compiler has to know an fma."""
        product = a * b
        (a_high, a_low), (b_high, b_low) = self._halves(a), self._halves(self._value(b))
        rest = (a_high * b_high - product) + a_high * b_low + a_low * b_high
        finite = self.abs(product) < 1e300
        return product, self.select(finite, rest + a_low * b_low, 0.0)

    def _halves(self, x: NodeValue) -> tuple[NodeValue, NodeValue]:
        wide = x * 134217729.0
        high = wide - (wide - x)
        return high, x - high

    def log_parts(self, x: NodeValue) -> tuple[NodeValue, NodeValue]:
        return NodeValue(rows.log(x.node)), self.constant(0.0)

    def times_exp(self, value: NodeValue, error: NodeValue, x: NodeValue) -> NodeValue:
        half = NodeValue(rows.exp((x * 0.5).node))
        return value * half * half

    def exp(self, x: NodeValue) -> NodeValue:
        return NodeValue(rows.exp(x.node))

    def sin_pi_parts(self, r: NodeValue) -> tuple[NodeValue, NodeValue]:
        return NodeValue(rows.sin((r * math.pi).node)), self.constant(0.0)

    def tan_pi_by_pi(self, q: NodeValue) -> NodeValue:
        angle = (q * math.pi).node
        return NodeValue(rows.tan(angle)) * (1.0 / math.pi)

    def log_of_complement(self, x: NodeValue) -> NodeValue:
        a = self.at_most(self.abs(x), 38.7)
        divide: Any = fraction  # written for an emitter
        d, total, _ = divide(self, "ndtr", a, NDTR_SLOPE)
        square, square_low = self.two_product(a, a)
        decay = self.exp(square * -0.5)
        decay = decay - decay * (square_low * 0.5)
        tail = d / total * decay * 0.5
        rest = 1.0 - tail  # and not log1p, of which XLA's is 100 units off
        return NodeValue(rows.log(rest.node)) + ((1.0 - rest) - tail) / rest


def _on_nodes(function: Callable[..., Any]) -> Callable[[Node], Node]:
    def decomposition(node: Node) -> Node:
        precision = "float64" if node.dtype is float64 else "wide"
        x = node.args[0] if node.dtype is float64 else rows.cast(node.args[0], dtype=float64)
        found = function(NodeArithmetic(node, precision), NodeValue(x)).node
        return found if node.dtype is float64 else rows.cast(found, dtype=node.dtype)

    return decomposition


# The normal distribution.


def _ndtr(node: Node) -> Node:
    """By the ratio of polynomials of our own (compile/scalar/vectormath_error.py).

    The square is taken of a part of x with few digits, which is exact; the exponential of what is
    left of the square is a factor.
    """
    (x,) = node.args
    half = _tail(rows.minimum(rows.absolute(x), 40.0), "ndtr", NDTR_SLOPE, 0.5) * 0.5
    return rows.select(rows.less(x, 0.0), half.node, (1.0 - half).node)


def _erfc(node: Node) -> Node:
    """The complement of the error function, likewise."""
    (x,) = node.args
    tail = _tail(rows.minimum(rows.absolute(x), 28.0), "erfc", ERFC_SLOPE, 1.0)
    return rows.select(rows.less(x, 0.0), (2.0 - tail).node, tail.node)


def _tail(size: Node, name: str, slope: float, factor: float) -> NodeValue:
    """exp(-factor a^2) / (1 + a g(a)), where g is a line and a ratio of polynomials."""
    a, wide = NodeValue(size), size.dtype.compute.name
    over, under = (
        NodeValue(polynomial(size, COEFFICIENTS[f"{name}_{part}", wide]))
        for part in ("over", "under")
    )
    total = under * (a * slope + 1.0) + a * over
    coarse = NodeValue(rows.round_((a * 64.0).node)) * (1 / 64)
    others = (a - coarse) * (a + coarse)
    decay = NodeValue(rows.exp((coarse * coarse * -factor).node))
    # Not as a product of exponentials, which XLA makes the exponential of a sum.
    decay = decay + decay * NodeValue(rows.expm1((others * -factor).node))
    return under / total * decay


def _normal_density(node: Node) -> Node:
    x = NodeValue(node.args[0])
    return (NodeValue(rows.exp((x * x * -0.5).node)) * (1.0 / math.sqrt(2.0 * math.pi))).node


NORMAL_DISTRIBUTION: dict[str, Callable[[Node], Node]] = {
    "erfc": _erfc, "ndtr": _ndtr, "normal_density": _normal_density,
}  # fmt: skip
SPECIAL_FUNCTIONS: dict[str, Callable[[Node], Node]] = {
    **NORMAL_DISTRIBUTION,
    "digamma": _on_nodes(gamma.digamma),
    "erfcx": _on_nodes(scaled_error.erfcx),
    "erfinv": _on_nodes(inverse.erfinv),
    "i0": _on_nodes(bessel.i0),
    "i0e": _on_nodes(bessel.i0e),
    "i1": _on_nodes(bessel.i1),
    "i1e": _on_nodes(bessel.i1e),
    "lgamma": _on_nodes(gamma.lgamma),
    "log_ndtr": _on_nodes(scaled_error.log_ndtr),
    "ndtri": _on_nodes(inverse.ndtri),
    "sinc": _on_nodes(trigonometric.sinc),
}
