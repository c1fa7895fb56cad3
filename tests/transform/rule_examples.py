"""For every rewrite rule an expression that it matches, made from its pattern where possible."""

from __future__ import annotations

from collections.abc import Callable

from dovetail.graph.dtypes import DType, bool_, float32, float64, int64
from dovetail.graph.node import Node
from dovetail.graph.primitives import ELEMENTWISE, PRIMITIVES
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import Primitive, constant, input_node, size
from dovetail.graph.softmax import normalised
from dovetail.transform import simplify as simplifying
from dovetail.transform import stabilise as stabilising
from dovetail.transform.rewrite import Application, Capture, Known, Number, Pattern, Rule

SHAPE = (3, 8)
RULES = (*simplifying.RULES, *stabilising.RULES, *stabilising.NORM_RULES)
BY_NAME = {rule.name: rule for rule in RULES}
assert len(BY_NAME) == len(RULES), "two rules of one name"

X, Y = (input_node(name, SHAPE, float64) for name in "xy")
ROW = input_node("r", (8,), float64)
COLUMN = input_node("k", (3, 1), float64)
ROWS = input_node("rows", (3,), float64)
INDEX = input_node("i", SHAPE, int64)
FEW = input_node("few", (3, 2), int64)
THIRD = 1 / 3


def wide(node: Node, *dims: int) -> Node:
    return st.broadcast(node, shape=SHAPE, dims=dims)


def constant_like(value: float) -> Node:
    return constant(value, SHAPE, float64)


def span(start: int, count: int, step: int = 1) -> Callable[[Node], Node]:
    return lambda x: st.slice_axis(x, 1, start, count, step)


def placed(x: Node, start: int) -> Node:
    return st.pad(x, shape=SHAPE, starts=(0, start), steps=(1, 1))


def part(name: str, count: int) -> Node:
    return input_node(name, (3, count), float64)


def _root_of(rule: Rule) -> Primitive:
    return rule.pattern.primitive


def folded(row: Primitive) -> Node:
    kind = INTEGER_KINDS.get(row.name, float64)
    values = (1.75,) if row is ew.acosh else (0.75, 0.5, 0.25)
    operands = [constant(value, SHAPE, kind) for value in values[: row.arity]]
    if row.name == "select":
        return row(constant(True, SHAPE, bool_), *operands[:2])
    if row.name == "cast":
        return row(operands[0], dtype=float32)
    return row(*operands)


INTEGER_KINDS: dict[str, DType] = {
    **{row.name: bool_ for row in ELEMENTWISE if row.name.startswith("logical")},
    **{row.name: int64 for row in ELEMENTWISE if row.name.startswith(("bitwise", "shift"))},
}


def over_broadcasts(row: Primitive) -> Node:
    return _over(row, lambda node: wide(node, 1), (8,))


def over_reshapes(row: Primitive) -> Node:
    return _over(row, lambda node: st.reshape(node, shape=SHAPE), (24,))


def over_inputs(row: Primitive) -> Node:
    return _over(row, lambda node: node, SHAPE)


def _over(row: Primitive, move: Callable[[Node], Node], shape: tuple[int, ...]) -> Node:
    kind = INTEGER_KINDS.get(row.name, float64)
    operands = [move(input_node(name, shape, kind)) for name in "abc"[: row.arity]]
    if row.name == "select":
        operands[0] = move(input_node("c", shape, bool_))
    if row.name == "cast":
        return row(operands[0], dtype=float32)
    return row(*operands)


# What a pattern alone does not say: attributes, types, and captured values that must fit.
EXAMPLES: dict[str, Callable[[], Node]] = {
    **{f"{row.name} of constants": (lambda row=row: folded(row)) for row in ELEMENTWISE},
    **{f"{row.name} of broadcasts": (lambda row=row: over_broadcasts(row)) for row in ELEMENTWISE},
    **{f"{row.name} of reshapes": (lambda row=row: over_reshapes(row)) for row in ELEMENTWISE},
    "broadcast of a constant": lambda: wide(size(3, (8,), float64), 1),
    "permute of a constant": lambda: st.permute(constant_like(2.0), axes=(1, 0)),
    "reshape of a constant": lambda: st.reshape(constant_like(2.0), shape=(24,)),
    "slice of a constant": lambda: span(1, 3)(constant_like(2.0)),
    "windows of a constant": lambda: st.windows(
        constant_like(2.0), axes=(1,), window=(2,), steps=(2,), dilations=(1,)
    ),
    "concat of one constant": lambda: st.concat(constant_like(2.0), constant_like(2.0), axis=0),
    "pad of zero": lambda: placed(constant(0.0, (3, 2), float64), 1),
    "sum of a constant": lambda: st.sum_(constant_like(THIRD), axes=(0,)),
    "max of a constant": lambda: st.max_(constant_like(THIRD), axes=(0,)),
    "min of a constant": lambda: st.min_(constant_like(THIRD), axes=(0,)),
    "x + (-c)": lambda: ew.add(X, -THIRD),
    "x - (-c)": lambda: ew.subtract(X, -THIRD),
    "c * x": lambda: ew.multiply(constant_like(THIRD), X),
    "c + x": lambda: ew.add(constant_like(THIRD), X),
    "cast to the same type": lambda: ew.cast(X, dtype=float64),
    "cast of a widening cast": lambda: ew.cast(
        ew.cast(input_node("x", SHAPE, float32), dtype=float64), dtype=float32
    ),
    "equal(x, x)": lambda: ew.equal(INDEX, INDEX),
    "less_equal(x, x)": lambda: ew.less_equal(INDEX, INDEX),
    "greater_equal(x, x)": lambda: ew.greater_equal(INDEX, INDEX),
    "not_equal(x, x)": lambda: ew.not_equal(INDEX, INDEX),
    "broadcast to the same shape": lambda: wide(X, 0, 1),
    "broadcast by ones": lambda: st.broadcast(X, shape=(3, 1, 8, 1), dims=(0, 2)),
    "reshape to the same shape": lambda: st.reshape(X, shape=SHAPE),
    "permute to the same order": lambda: st.permute(X, axes=(0, 1)),
    "slice of everything": lambda: span(0, 8)(X),
    "pad of everything": lambda: placed(X, 0),
    "concat of one": lambda: st.concat(X, axis=0),
    "broadcast of broadcast": lambda: st.broadcast(
        st.broadcast(ROW, shape=(3, 8), dims=(1,)), shape=(3, 2, 8), dims=(0, 2)
    ),
    "permute of permute": lambda: st.permute(
        st.permute(input_node("x", (2, 3, 4), float64), axes=(1, 2, 0)), axes=(1, 0, 2)
    ),
    "reshape of reshape": lambda: st.reshape(st.reshape(X, shape=(24,)), shape=(4, 6)),
    "slice of slice": lambda: span(3, 3, -1)(span(1, 4, 2)(X)),
    "pad of pad": lambda: st.pad(
        st.pad(part("p", 2), shape=(3, 4), starts=(0, 1), steps=(1, 2)),
        shape=(3, 9), starts=(0, 8), steps=(1, -2),
    ),
    "concat of concat": lambda: st.concat(st.concat(X, Y, axis=1), X, axis=1),
    "broadcast of reshape": lambda: wide(st.reshape(ROW, shape=(1, 8)), 0, 1),
    "reshape of broadcast": lambda: st.reshape(wide(ROW, 1), shape=(3, 1, 8)),
    "permute of broadcast": lambda: st.permute(
        st.broadcast(X, shape=(3, 2, 8), dims=(0, 2)), axes=(2, 1, 0)
    ),
    "slice of broadcast": lambda: st.slice_(
        wide(COLUMN, 0, 1), starts=(2, 1), steps=(-1, 2), sizes=(2, 3)
    ),
    "slice of concat": lambda: span(13, 5, -1)(st.concat(X, Y, axis=1)),
    "slice of pad": lambda: span(4, 2, -1)(placed(part("p", 3), 3)),
    "pad + pad": lambda: ew.add(placed(part("p", 3), 4), placed(part("q", 2), 2)),
    "(x + pad) + pad": lambda: ew.add(
        placed(part("p", 3), 4), ew.add(placed(part("q", 2), 2), X)
    ),
    "concat of adjacent slices": lambda: st.concat(Y, span(0, 3)(X), span(3, 2)(X), axis=1),
    "gather of every position": lambda: st.gather(
        X, st.iota(shape=SHAPE, axis=1, dtype=int64), axis=1
    ),
    "gather of broadcast": lambda: st.gather(
        wide(COLUMN, 0, 1), st.iota(shape=(3, 2), axis=1, dtype=int64), axis=1
    ),
    **{
        f"gather of {row.name}": (lambda row=row: st.gather(over_inputs(row), FEW, axis=1))
        for row in ELEMENTWISE
    },
    "gather of one index": lambda: st.gather(X, constant(-3, (3, 2), int64), axis=1),
    **{
        f"{name} over no axes": (lambda name=name: PRIMITIVES[name](X, axes=()))
        for name in ("sum", "prod", "max", "min")
    },
    "sum of sum": lambda: st.sum_(
        st.sum_(input_node("x", (2, 3, 4), float64), axes=(1,)), axes=(1,)
    ),
    "sum of broadcast": lambda: st.sum_(
        st.broadcast(X, shape=(3, 2, 8), dims=(0, 2)), axes=(1, 2)
    ),
    "max of broadcast": lambda: st.max_(wide(COLUMN, 0, 1), axes=(1,)),
    "min of broadcast": lambda: st.min_(wide(ROW, 1), axes=(0, 1)),
    "sum of -x": lambda: st.sum_(ew.negative(X), axes=(1,)),
    "sum of pad": lambda: st.sum_(placed(part("p", 3), 2), axes=(1,)),
    **{
        f"{name} of permute": lambda name=name: PRIMITIVES[name](
            st.permute(input_node("x", (2, 3, 4), float64), axes=(2, 0, 1)), axes=(1,)
        )
        for name in ("sum", "max", "min")
    },
    **{
        f"full {name} of reshape": lambda name=name: PRIMITIVES[name](
            st.reshape(X, shape=(4, 6)), axes=(0, 1)
        )
        for name in ("sum", "max", "min")
    },
    "exp(x) - exp(-x)": lambda: ew.subtract(ew.exp(X), ew.exp(ew.negative(X))),
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x))": lambda: ew.divide(
        ew.multiply(ew.sinh(X), 2.0), ew.add(ew.exp(ew.negative(X)), ew.exp(X))
    ),
    "exp(x) / sum(exp(x))": lambda: ew.divide(
        ew.exp(X), st.restore(st.sum_(ew.exp(X), axes=(1,)), SHAPE, (1,))
    ),
    "exp(x) / sum(exp(x)), a dimension kept": lambda: ew.divide(
        ew.exp(X), wide(st.reshape(st.sum_(ew.exp(X), axes=(1,)), shape=(3, 1)), 0, 1)
    ),
    "exp(x) / sum(exp(x)), of size 1": lambda: ew.divide(
        ew.exp(COLUMN), st.reshape(st.sum_(ew.exp(COLUMN), axes=(1,)), shape=(3, 1))
    ),
    "log(softmax(x))": lambda: ew.log(normalised(ew.exp(X), X, (1,))),
    "log(sum(exp(x)))": lambda: ew.log(st.sum_(ew.exp(X), axes=(1,))),
    "sqrt(sum(x^2))": lambda: ew.sqrt(st.sum_(ew.multiply(X, X), axes=(1,))),
    "variance by divide": lambda: _variance(ew.divide, size(8, (3,), float64)),
    "variance by multiply": lambda: _variance(ew.multiply, size(0.125, (3,), float64)),
}  # fmt: skip


def _variance(scale: Primitive, n: Node) -> Node:
    mean = scale(st.sum_(X, axes=(1,)), n)
    squares = scale(st.sum_(ew.multiply(X, X), axes=(1,)), n)
    return ew.subtract(squares, ew.multiply(mean, mean))


_EQUALITY = (ew.equal, ew.not_equal)


def instance(rule: Rule) -> Node:
    """An expression that the rule matches, made from its pattern."""
    if rule.name in EXAMPLES:
        return EXAMPLES[rule.name]()
    return _instance(rule.pattern, float64, {"c": 2.5, "d": 0.75})


def _instance(pattern: Pattern, dtype: DType, known: dict[str, float]) -> Node:
    match pattern:
        case Capture(name):
            return input_node(name, SHAPE, dtype)
        case Number(value):
            return constant(value, SHAPE, dtype)
        case Known(name):
            return constant(known[name], SHAPE, dtype)
        case Application(primitive, operands):
            assert operands is not None, f"an example of {pattern} is wanted"
            compared = any(
                isinstance(o, Application) and o.primitive in _EQUALITY for o in operands
            )
            inner = bool_ if primitive.name.startswith("logical") and not compared else float64
            kinds = [bool_ if primitive is ew.select and i == 0 else inner for i in range(3)]
            return primitive(
                *(_instance(o, kind, known) for o, kind in zip(operands, kinds, strict=False))
            )
