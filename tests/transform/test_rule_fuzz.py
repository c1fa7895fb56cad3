"""Every rule of every table, on random expressions made from its own pattern."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from dovetail.graph.dtypes import float32, float64
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node
from dovetail.graph.softmax import normalised
from dovetail.transform import stabilise as stabilising
from dovetail.transform.derivative import vjp
from dovetail.transform.rewrite import (
    Application,
    Known,
    Match,
    Pattern,
    Rewriter,
    Rule,
    of,
    stable,
)

from .rule_comparison import (
    differences,
    draw,
    in_own_type,
    inputs_of,
    is_limit,
    is_right,
    lost_slopes,
    same_bits,
    with_values_of,
)
from .rule_examples import RULES
from .rule_instances import instances

STABILISING = {rule.name for rule in (*stabilising.RULES, *stabilising.NORM_RULES)}
FEW = 3  # expressions for each rule; fuzz_rules.py takes as many as one likes
Fired = tuple[Node, Node, list[Node], np.random.Generator]


all_rules = Rewriter(RULES)


def fired(rule: Rule, wanted: int, seed: int = 0) -> Iterator[Fired]:
    """Expressions that the rule changes, what it makes of them, and what its pattern captured."""
    rewriter = Rewriter([rule])
    rng = np.random.default_rng([seed, zlib.crc32(rule.name.encode())])
    found = 0
    for attempt in range(60 * wanted):
        dtype = float32 if attempt % 2 else float64
        for before, builder in instances(rule, rng, dtype, 1):
            count = Counter[str]()
            try:
                (after,) = rewriter([before], count)
            except AssertionError:  # two constants, which change places until they are folded
                assert all_rules([before]), before
                continue
            if count[rule.name]:
                found += 1
                yield before, after, list(builder.captured.values()), rng
        if found >= wanted:
            return


def complaints(
    rule: Rule, before: Node, after: Node, captured: list[Node], rng: np.random.Generator
) -> list[str]:
    """What the rewrite breaks."""
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    found: list[str] = []
    nodes = inputs_of([before, after])
    for special in (False, False, True, True):
        values = with_values_of(captured, draw(nodes, rng, special))
        if rule.kind == "exact":
            written, mine = in_own_type([before, after], values)
            same = same_bits(written, mine)
            if rule.pattern.primitive in (st.max_, st.min_):  # NumPy's zeros are equal
                same |= written == mine
            if not same.all():
                found.append(f"exact, but {written} becomes {mine} for {values}")
        elif not special:
            found += [f"{text} for {values}" for text in differences(before, after, values, rng)]
        else:
            found += [
                f"{text} for {values}" for text in _of_special(rule, before, after, values, rng)
            ]
    return [*found, *_of_gradients(rule, before, after, rng)]


def _of_special(
    rule: Rule, before: Node, after: Node, values: dict, rng: np.random.Generator
) -> Iterator[str]:
    written, mine = in_own_type([before, after], values)
    if written.dtype.kind != "f":
        if not np.array_equal(written, mine):
            yield f"{written} becomes {mine}"
        return
    close = np.isclose(mine, written, rtol=1e-4, atol=1e-5, equal_nan=True)
    for index in np.argwhere(~close):
        at = tuple(int(i) for i in index)
        a, b = float(written[at]), float(mine[at])
        mended = rule.name in STABILISING and not np.isfinite(a)
        if mended and (is_limit(before, at, b, values, rng) or is_right(before, at, b, values)):
            continue
        yield f"{at}: special: written {a}, found {b}"


def _of_gradients(rule: Rule, before: Node, after: Node, rng: np.random.Generator) -> Iterator[str]:
    """The derivatives are expressions like any other."""
    nodes = inputs_of([before, after])
    wrt = [node for node in nodes if node.dtype.is_floating]
    if not before.dtype.is_floating or not wrt:
        return
    weights = input_node("weights", before.shape, before.dtype)
    pairs = list(zip(vjp([before], wrt, [weights]), vjp([after], wrt, [weights]), strict=True))
    for moderate in (True,) if rule.kind == "exact" else (True, False):
        values = draw(nodes, rng, False, moderate)
        values |= draw([weights], rng, False, moderate=True)
        if np.isnan(in_own_type([before], values)[0]).any():
            continue  # there the function is not defined
        for theirs, mine in pairs:
            for text in lost_slopes(theirs, mine, values, rng):
                yield f"gradient: {text} for {values}"


def wanted(rule: Rule) -> int:
    """More expressions for rules with axes, of which there are many kinds."""
    return FEW if _is_elementwise(rule.pattern) else 2 * FEW


def _is_elementwise(pattern: Pattern) -> bool:
    if not isinstance(pattern, Application):
        return True
    inner = all(map(_is_elementwise, pattern.operands or ()))
    return inner and pattern.primitive.category == "elementwise"


def first_complaint(rule: Rule, count: int, seed: int = 0) -> tuple[int, str]:
    """How many expressions the rule changed, and what it breaks in the first that it breaks."""
    changed = 0
    for before, after, captured, rng in fired(rule, count, seed):
        changed += 1
        found = complaints(rule, before, after, captured, rng)
        if found:
            return changed, f"{rule.name}: {before} becomes {after}: {found[0]}"
    return changed, ""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_breaks_nothing(rule: Rule) -> None:
    changed, complaint = first_complaint(rule, wanted(rule))
    assert not complaint, complaint
    assert changed, f"no expression fires {rule.name}"


# The fuzzer itself: what was wrong once, and its like, must be found.


def _softmax_along_any_axis(match: Match) -> Node:
    """As it was: whatever dimension the sum is broadcast along."""
    axes = match.root.args[1].args[0].ints("axes")
    shift = st.restore(st.max_(match["x"], axes=axes), match.root.shape, axes)
    return normalised(ew.exp(ew.subtract(match["x"], shift)), match["x"], axes)


def _variance_of_any_mean(match: Match) -> Node | None:
    squares, product = match.root.args
    mean, axes = product.args[0], squares.args[0].ints("axes")
    x = match["x"]
    count = float(np.prod([x.shape[axis] for axis in axes]))
    if mean.args[0].ints("axes") != axes or match.value("n") != count:
        return None
    centred = ew.subtract(x, st.restore(mean, x.shape, axes))
    return ew.divide(st.sum_(ew.multiply(centred, centred), axes=axes), match["n"])


def _factor_taken_out(match: Match) -> Node | None:
    axes, widened = match.root.ints("axes"), match.root.args[0].args[1]
    kept = tuple(axis for axis in range(len(widened.shape)) if axis not in axes)
    if widened.ints("dims") != kept or match["r"].shape != match.root.shape:
        return None
    return ew.multiply(st.sum_(match["x"], axes=axes), match["r"])


_SQUARE_X, _SQUARE_Y = of(ew.multiply, "x", "x"), of(ew.multiply, "y", "y")
_XY, _SUM_X = of(ew.multiply, "x", "y"), of(st.sum_, "x")
_MEAN = of(ew.divide, _SUM_X, Known("n", sizes=True))
_EXP_X = of(ew.exp, "x")
PLANTED = (
    stable(
        "softmax along any axis",
        of(ew.divide, _EXP_X, of(st.broadcast, of(st.sum_, _EXP_X))), _softmax_along_any_axis,
        lambda match: match["x"].size > 0,
    ),
    stable(
        "variance of any mean",
        of(
            ew.subtract, of(ew.divide, of(st.sum_, _SQUARE_X), Known("n", sizes=True)),
            of(ew.multiply, _MEAN, _MEAN),
        ),
        _variance_of_any_mean,
    ),
    stable(
        "factor taken out of a sum",
        of(st.sum_, of(ew.multiply, "x", of(st.broadcast, "r"))), _factor_taken_out,
    ),
    stable(
        "squares instead of a square", of(ew.multiply, _XY, _XY),
        of(ew.multiply, of(ew.multiply, "x", "x"), of(ew.multiply, "y", "y")),
    ),
    stable("an overflow", of(ew.absolute, "x"), of(ew.sqrt, _SQUARE_X)),
    stable(
        "slopes that cancel", of(ew.subtract, _SQUARE_X, _SQUARE_Y),
        of(ew.multiply, of(ew.subtract, "x", "y"), of(ew.add, "x", "y")),
    ),
    stable("another slope that cancels", of(ew.log, of(ew.cosh, "x")), of(
        ew.subtract, of(ew.logaddexp, "x", of(ew.negative, "x")), math.log(2.0)
    )),
    stable("0 over itself", of(ew.divide, "x", "x"), 1.0),
    stable("NaN of equal infinities", of(ew.subtract, "x", "x"), 0.0),
    Rule("-0 of a sum", of(st.sum_, of(ew.negative, "x")), lambda m: ew.negative(
        st.sum_(m["x"], axes=m.root.ints("axes"))
    )),
    Rule("the last digit", of(ew.divide, "x", 3.0), of(ew.multiply, "x", 1 / 3)),
)  # fmt: skip


@pytest.mark.parametrize("rule", PLANTED, ids=lambda rule: rule.name)
def test_what_is_wrong_is_found(rule: Rule) -> None:
    assert first_complaint(rule, 60)[1]
