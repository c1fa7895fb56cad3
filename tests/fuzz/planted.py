"""Faults for the fuzzer to find: `python -m tests.fuzz.planted FAULT MOST` prints where it did.

Each runs in a separate process, because kernels and rewritten graphs are remembered.
Only programs with the operations that a fault is in are run; all of them are counted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dovetail.compile.scalar import operations as code
from dovetail.graph.primitives import elementwise
from dovetail.graph.primitives.row import Partials, Primitive
from dovetail.transform import stabilise_quotient
from tests.fuzz.check import check, possible
from tests.fuzz.generate import generate
from tests.fuzz.shrink import shrink


def _softmax_of_any_axis() -> None:
    """exp(x) / sum(exp(x)) is a softmax wherever the sum is broadcast to."""

    def any_reduction(widened: Any) -> Any:
        reduced = widened.args[0] if widened.op == "broadcast" else widened
        reduced = reduced.args[0] if reduced.op == "reshape" else reduced
        return reduced if reduced.primitive.category == "reduction" else None

    stabilise_quotient.restored_reduction = any_reduction


def _slope(row: Primitive, formula: Callable[..., Any]) -> None:
    object.__setattr__(row, "derivative", Partials(formula))


def _slope_of_tanh() -> None:
    """1 - tanh(x)^2, a thousandth too small."""
    less = elementwise.multiply
    _slope(
        elementwise.tanh, lambda out, x: (elementwise.subtract(1.0, less(less(out, out), 1.001)),)
    )


def _slope_of_maximum() -> None:
    """`maximum` gives all of the gradient to its first operand."""
    _slope(
        elementwise.maximum,
        lambda out, x, y: (elementwise.add(elementwise.multiply(x, 0.0), 1.0), None),
    )


def _quotients_by_reciprocal() -> None:
    """x / y as x * (1 / y)."""

    def emit(c: Any, dtype: Any, x: Any) -> str:
        kind = code.register_type(dtype)
        one = code.literal(1, dtype)
        inverse = c.add(f"fdiv {kind} {one}, {x[1]}")
        return c.add(f"fmul {kind} {x[0]}, {inverse}")

    code.ELEMENTWISE["divide"] = emit


@dataclass(frozen=True)
class Plant:
    """A fault, the operations of programs that may show it, and how they are run."""

    plant: Callable[[], None]
    operations: frozenset[str]
    way: str
    first: int = 0  # the seed to begin with


PLANTS = {
    "softmax of any axis": Plant(
        _softmax_of_any_axis, frozenset({"exp", "sum", "divide"}), "value", 60_100
    ),
    "slope of tanh": Plant(_slope_of_tanh, frozenset({"tanh"}), "vjp"),
    "slope of maximum": Plant(_slope_of_maximum, frozenset({"maximum"}), "jvp"),
    "quotients by reciprocal": Plant(_quotients_by_reciprocal, frozenset({"divide"}), "value"),
}


def found(name: str, most: int) -> str:
    """The seed whose program shows a fault, and how many steps it has once it is small."""
    plant = PLANTS[name]
    plant.plant()
    for seed in range(plant.first, plant.first + most):
        program = generate(seed)
        if not plant.operations <= {step.name for step in program.steps}:
            continue
        if possible(program, plant.way):
            failure = check(program, plant.way)
            if failure is not None:
                small = shrink(failure, seconds=20.0)
                return f"seed {seed}, {len(small.program.steps)} steps: {small.message}"
    return "not found"


if __name__ == "__main__":
    print(found(sys.argv[1], int(sys.argv[2])))
