"""What a program is made of: single steps, and compositions in the ways that users write them.

A motif adds steps to a draft (`generate.py`). It may leave out what cannot be done there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

UNARY = (
    "exp", "exp", "exp2", "expm1", "log", "log", "log2", "log10", "log1p", "sqrt", "sqrt", "sin",
    "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "rsqrt", "reciprocal", "erf", "erfc", "ndtr", "sigmoid", "softplus", "silu", "gelu", "mish",
    "log_sigmoid", "softsign", "negative", "abs", "sign", "relu", "stop_gradient", "square",
    "square", "floor", "ceil", "trunc", "round",
)  # fmt: skip
BINARY = (
    "add", "add", "add", "subtract", "subtract", "subtract", "multiply", "multiply", "multiply",
    "divide", "divide", "divide", "maximum", "minimum", "atan2", "hypot", "logaddexp", "copysign",
    "pow", "floor_divide", "remainder",
)  # fmt: skip
COMPARISONS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
REDUCTIONS = (
    "sum", "sum", "sum", "sum", "mean", "mean", "max", "max", "min", "prod", "var", "std",
    "logsumexp",
)  # fmt: skip
NUMBERS = (-2.0, -1.0, -0.5, 0.125, 0.25, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0, 3.0, 10.0)
GUARDS = {"log": 0.25, "log2": 0.25, "log10": 0.25, "sqrt": 0.25, "rsqrt": 0.25, "pow": 0.25}

MOTIFS: dict[str, tuple[int, Callable[[Any], Any]]] = {}


def motif(weight: int) -> Callable[[Any], Any]:
    def add(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        MOTIFS[function.__name__] = (weight, function)
        return function

    return add


def axis_of(d: Any, x: Any) -> int | None:
    """A random axis, counted from either end."""
    rank = d.value(x).ndim
    return d.structure.randrange(-rank, rank) if rank else None


def axes_of(d: Any, x: Any) -> Any:
    """An axis, several, or None for all."""
    rank = d.value(x).ndim
    kind = d.structure.random()
    if not rank or kind < 0.12:
        return None
    if kind < 0.25 and rank > 1:
        return tuple(sorted(d.structure.sample(range(rank), d.structure.randint(1, rank))))
    return axis_of(d, x)


def fits(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether shapes broadcast."""
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))


def reduced(d: Any, name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    return d.add(name, x, axis=axis, keepdims=keepdims)


def back(d: Any, axis: Any) -> Callable[[str, Any], Any]:
    """How a reduction over `axis` meets its operand again: with keepdims, an index of None, or
    as it is (which on a square array is the other orientation)."""
    kind = d.structure.random()
    keepdims = kind < 0.4

    def restored(name: str, of: Any) -> Any:
        r = reduced(d, name, of, axis, keepdims)
        if r is None or keepdims or not isinstance(axis, int) or kind > 0.65:
            return r
        place = axis % d.value(of).ndim
        later = d.value(of).ndim - 1 - place
        if not later:
            return d.add("index", r, key="..., None")
        return d.add("expand", r, axis=place)

    return restored


def meet(d: Any, name: str, x: Any, y: Any) -> Any:
    """An operation of two values whose shapes fit."""
    if x is None or y is None or not fits(d.value(x).shape, d.value(y).shape):
        return None
    return d.add(name, x, y)


@motif(20)
def unary(d: Any) -> Any:
    name, x = d.structure.choice(UNARY), d.pick()
    made = d.add(name, x)
    if made is None and name in GUARDS:
        made = d.add(name, d.add("add_number", d.add("square", x), c=GUARDS[name]))
    elif made is None:
        made = d.add(name, d.add("tanh", x))
    return made


@motif(16)
def binary(d: Any) -> Any:
    name, x = d.structure.choice(BINARY), d.pick()
    others = [t for t in d.floats() if fits(d.value(t).shape, d.value(x).shape)]
    y = (
        d.structure.choice(others)
        if d.structure.random() < 0.85
        else d.new_input(d.value(x).shape[d.structure.randint(0, 1) :])
    )
    if d.structure.random() < 0.5:
        x, y = y, x
    return meet(d, name, x, y)


@motif(12)
def number(d: Any) -> Any:
    name = d.structure.choice(
        ("add_number", "subtract_number", "number_minus", "multiply_number", "multiply_number",
         "divide_number", "number_over", "pow_number", "maximum_number")
    )  # fmt: skip
    x, c = d.pick(), d.structure.choice(NUMBERS)
    if name == "pow_number":
        c = d.structure.choice((2, 3, 2.0, 4, -1, -2, 0.5, -0.5, 1.5, 0, 1))
        if c not in (0, 1, 2, 3, 4) and d.structure.random() < 0.8:
            x = d.add("add_number", d.add("square", x), c=0.5)
    return d.add(name, x, c=c)


@motif(4)
def clipped(d: Any) -> Any:
    low = d.structure.choice((-1.0, -0.5, 0.0))
    return d.add("clip", d.pick(), low=low, high=low + d.structure.choice((0.5, 1.0, 2.0)))


@motif(12)
def reduction(d: Any) -> Any:
    x = d.pick()
    return reduced(d, d.structure.choice(REDUCTIONS), x, axes_of(d, x), d.structure.random() < 0.4)


@motif(14)
def statistic(d: Any) -> Any:
    """A value and a statistic of it."""
    x = d.pick()
    restored = back(d, axes_of(d, x))
    s = restored(d.structure.choice(REDUCTIONS), x)
    name = d.structure.choice(("subtract", "divide", "divide", "multiply", "add", "maximum"))
    return meet(d, name, x, s)


@motif(14)
def exponentials(d: Any) -> Any:
    """exp over a sum of exp, in every orientation, with or without its maximum taken off."""
    x = d.pick()
    axis = axis_of(d, x)
    if axis is None:
        return None
    restored = back(d, axis)
    kind = d.structure.choice(("plain", "plain", "shifted", "shared shift", "scaled", "log", "sum"))
    shifted = x
    if kind in ("shifted", "log"):
        shifted = meet(d, "subtract", x, restored("max", x))
    if kind == "shared shift":
        shifted = meet(d, "subtract", x, d.add("max", x, axis=None, keepdims=False))
    if kind == "scaled":
        shifted = d.add("multiply_number", x, c=d.structure.choice(NUMBERS))
    e = d.add("exp", shifted)
    total = restored("sum", e) if e is not None else None
    if kind == "sum":
        return d.add("log", total)
    if d.structure.random() < 0.2:
        return meet(d, "subtract", shifted, d.add("log", total))
    q = meet(d, "divide", e, total)
    if d.structure.random() < 0.3:
        q = d.add("log", q)
    return q


@motif(14)
def normalised(d: Any) -> Any:
    """A norm as users write it: centred or not, a root of a mean, a sum, a maximum."""
    x = d.pick()
    restored = back(d, axes_of(d, x))
    c = meet(d, "subtract", x, restored("mean", x)) if d.structure.random() < 0.5 else x
    if c is None or d.value(c).ndim != d.value(x).ndim:
        return None
    kind = d.structure.choice(("mean", "sum", "max", "abs", "var", "range", "moment"))
    if kind == "max":
        return meet(d, "divide", c, restored("max", d.add("abs", c)))
    if kind == "abs":
        return meet(d, "divide", c, restored("sum", d.add("abs", c)))
    if kind == "range":
        low = restored("min", x)
        return meet(
            d, "divide", meet(d, "subtract", x, low), meet(d, "subtract", restored("max", x), low)
        )
    if kind == "moment":
        mean = restored("mean", x)
        v = meet(d, "subtract", restored("mean", d.add("square", x)), d.add("square", mean))
        v = d.add("abs", v)
    elif kind == "var":
        v = restored("var", x)
    else:
        squares = d.add(*d.structure.choice((("square", c), ("multiply", c, c))))
        v = restored(kind, squares) if squares is not None else None
    eps = d.structure.choice((1e-5, 0.125, 1.0))
    v = d.add("add_number", v, c=eps)
    if d.structure.random() < 0.5:
        y = meet(d, "multiply", c, d.add("rsqrt", v))
    else:
        y = meet(d, "divide", c, d.add("sqrt", v))
    if d.structure.random() < 0.3 and y is not None and d.value(y).ndim:
        y = meet(d, "multiply", y, d.new_input(d.value(y).shape[-1:]))
    return y


@motif(9)
def met_again(d: Any) -> Any:
    """A rounded value and its extremum: one element is equal to it."""
    x = d.pick()
    others = [t for t in d.floats() if fits(d.value(t).shape, d.value(x).shape)]
    y = d.structure.choice(others)
    p = d.add(d.structure.choice(("multiply", "multiply", "divide", "subtract")), x, y)
    if d.structure.random() < 0.3:
        p = meet(d, d.structure.choice(("add", "subtract")), p, x)
    if p is None:
        return None
    m = back(d, axes_of(d, p))(d.structure.choice(("max", "min")), p)
    return meet(d, d.structure.choice(("subtract", "divide", "equal", "greater_equal")), p, m)


@motif(6)
def ready(d: Any) -> Any:
    """Compositions that the language has by name."""
    x = d.pick()
    name = d.structure.choice(("softmax", "log_softmax", "layer_norm", "rms_norm"))
    if not d.value(x).ndim:
        return None
    if name.endswith("norm"):
        return d.add(name, x, eps=d.structure.choice((1e-5, 0.125)))
    return d.add(name, x, axis=axis_of(d, x))


@motif(8)
def chosen(d: Any) -> Any:
    """where, a mask times a value, or a count."""
    x = d.pick()
    others = [t for t in d.floats() if fits(d.value(t).shape, d.value(x).shape)]
    y = d.structure.choice(others)
    if d.structure.random() < 0.3:
        restored = back(d, axes_of(d, x))
        y = restored(d.structure.choice(("mean", "max", "min")), x)
        if y is None or not fits(d.value(x).shape, d.value(y).shape):
            return None
    if d.structure.random() < 0.3:
        mask = d.add("greater_number", x, c=d.structure.choice((0.0, 0.5, -0.5)))
    else:
        mask = d.add(d.structure.choice(COMPARISONS), x, y)
    kind = d.structure.choice(("where", "where", "number", "times", "count", "any", "logical"))
    if mask is None:
        return None
    if kind == "where" and fits(d.value(mask).shape, d.value(x).shape):
        return (
            d.add("where", mask, x, y) if d.structure.random() < 0.5 else d.add("where", mask, y, x)
        )
    if kind == "number":
        return d.add("where_number", mask, x, c=d.structure.choice((0.0, -1.0, 2.0)))
    if kind == "times":
        return d.add("multiply", x, mask)
    if kind == "count":
        return reduced(d, "sum", mask, axes_of(d, mask), False)
    if kind == "any":
        return reduced(d, d.structure.choice(("any", "all")), mask, axes_of(d, mask), False)
    other = d.add("logical_not", d.add("less", y, x))
    return meet(d, d.structure.choice(("logical_and", "logical_or")), mask, other)


@motif(5)
def stabilised(d: Any) -> Any:
    """Formulas that have an exact form near the edge of their range."""
    x = d.pick()
    add, sub = "add_number", "subtract_number"
    kind = d.structure.randrange(11)
    if kind == 0:
        return d.add("log", d.add(add, d.add("exp", x), c=1.0))
    if kind == 1:
        return d.add("number_over", d.add(add, d.add("exp", d.add("negative", x)), c=1.0), c=1.0)
    if kind == 2:
        return d.add(sub, d.add("exp", x), c=1.0)
    if kind == 3:
        return d.add("log", d.add(add, d.add("abs", x), c=1.0))
    if kind == 4:
        return d.add("number_minus", d.add("square", d.add("tanh", x)), c=1.0)
    if kind == 5:
        return d.add("number_minus", d.add("erf", x), c=1.0)
    if kind == 6:
        return d.add("multiply", x, d.add("tanh", d.add("softplus", x)))
    if kind == 7:
        return d.add("log", d.add("sigmoid", x))
    if kind == 8:
        e = d.add("exp", x)
        return meet(d, "divide", e, d.add(add, e, c=1.0))
    if kind == 9:
        return d.add("number_minus", d.add("sigmoid", x), c=1.0)
    return d.add("sqrt", d.add(add, d.add("multiply", x, x), c=1.0))


@motif(4)
def cancelling(d: Any) -> Any:
    """Sums that reassociate: of squares less the value, of a value less its mean, of quotients."""
    x = d.pick()
    restored = back(d, axes_of(d, x))
    kind = d.structure.randrange(4)
    if kind == 0:
        return restored("sum", meet(d, "subtract", d.add("multiply", x, x), x))
    if kind == 1:
        n = meet(d, "divide", x, restored("max", d.add("abs", x)))
        if n is None:
            return None
        return restored("sum", meet(d, "subtract", d.add("multiply", n, n), n))
    if kind == 2:
        c = meet(d, "subtract", x, restored("mean", x))
        return None if c is None else restored("sum", meet(d, "multiply", c, c))
    y = d.add("multiply_number", x, c=d.structure.choice(NUMBERS))
    return d.add("floor", meet(d, "divide", y, x))


@motif(4)
def cast(d: Any) -> Any:
    x = d.pick()
    return d.add(
        d.structure.choice(("to_float64", "to_float32", "to_float32", "to_float16", "to_bfloat16")),
        x,
    )


@motif(4)
def integers(d: Any) -> Any:
    """Integers among themselves, and among floating numbers."""
    x = d.pick()
    kind = d.structure.randrange(5)
    if kind == 0:
        return d.add("to_int32", d.add("multiply_number", x, c=4.0))
    i = d.new_whole(d.value(x).shape)
    if kind == 1:
        return meet(d, d.structure.choice(("add", "multiply", "divide", "maximum")), x, i)
    if kind == 2:
        return reduced(d, d.structure.choice(("sum", "mean", "max")), i, axes_of(d, i), False)
    j = d.add("add_number", d.add("square", i), c=1)
    name = d.structure.choice(("floor_divide", "remainder", "divide", "multiply", "less"))
    return d.add(name, i, j)
