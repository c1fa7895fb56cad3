"""Rules of selection, logic and comparison."""

from __future__ import annotations

from dovetail.graph.primitives.elementwise import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
    select,
)
from dovetail.transform.rewrite import Match, Rule, of

SELECTION = (
    Rule("select(true, x, y)", of(select, True, "x", "y"), "x"),
    Rule("select(false, x, y)", of(select, False, "x", "y"), "y"),
    Rule("select(c, x, x)", of(select, "c", "x", "x"), "x"),
    Rule(
        "select(not c, x, y)",
        of(select, of(logical_not, "c"), "x", "y"),
        of(select, "c", "y", "x"),
    ),
    Rule(
        "select(c, select(c, x, y), z)",
        of(select, "c", of(select, "c", "x", "y"), "z"),
        of(select, "c", "x", "z"),
    ),
    Rule(
        "select(c, x, select(c, y, z))",
        of(select, "c", "x", of(select, "c", "y", "z")),
        of(select, "c", "x", "z"),
    ),
)

_NOT_X = of(logical_not, "x")

LOGIC = (
    Rule("not not x", of(logical_not, _NOT_X), "x"),
    Rule("x and true", of(logical_and, "x", True), "x"),
    Rule("x and false", of(logical_and, "x", False), False),
    Rule("x and x", of(logical_and, "x", "x"), "x"),
    Rule("x and not x", of(logical_and, "x", _NOT_X), False),
    Rule("x or true", of(logical_or, "x", True), True),
    Rule("x or false", of(logical_or, "x", False), "x"),
    Rule("x or x", of(logical_or, "x", "x"), "x"),
    Rule("x or not x", of(logical_or, "x", _NOT_X), True),
    Rule("x xor false", of(logical_xor, "x", False), "x"),
    Rule("x xor true", of(logical_xor, "x", True), _NOT_X),
    Rule("x xor x", of(logical_xor, "x", "x"), False),
    Rule("not x == y", of(logical_not, of(equal, "x", "y")), of(not_equal, "x", "y")),
    Rule("not x != y", of(logical_not, of(not_equal, "x", "y")), of(equal, "x", "y")),
)


def _exact(match: Match) -> bool:
    """Whether x == x: not of floating types, where NaN differs from itself."""
    return not match["x"].dtype.is_floating


COMPARISON = (
    *(
        Rule(f"{row.name}(x, x)", of(row, "x", "x"), row is not not_equal, condition=_exact)
        for row in (equal, less_equal, greater_equal, not_equal)
    ),
    Rule("less(x, x)", of(less, "x", "x"), False),  # of NaN as well
    Rule("greater(x, x)", of(greater, "x", "x"), False),
)

RULES: tuple[Rule, ...] = (*SELECTION, *LOGIC, *COMPARISON)
