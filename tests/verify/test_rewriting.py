"""A wrong rewrite rule is found by checking a definition that it applies to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.graph.node import Node
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.softmax import normalised
from dovetail.transform import simplify, stabilise
from dovetail.transform.rewrite import Match, Rewriter, Rule, of, stable
from dovetail.verify.reference import Reference
from dovetail.verify.sample import Sample
from tests.verify.conftest import verdict_of


def softmax_along_any_axis(match: Match) -> Node:
    """Wherever the sum is broadcast."""
    x, axes = match["x"], match.root.args[1].args[0].ints("axes")
    shift = st.restore(st.max_(x, axes=axes), x.shape, axes)
    return normalised(ew.exp(ew.subtract(x, shift)), x, axes)


def scaled_after_the_sum(match: Match) -> Node | None:
    """sum(x r x r) as sum(x x) r r."""
    x, r, axes = match["x"], match["r"], match.root.ints("axes")
    if r.shape != match.root.shape:
        return None
    scaled = ew.multiply(ew.multiply(st.sum_(ew.multiply(x, x), axes=axes), r), r)
    return ew.subtract(scaled, st.sum_(match["rest"], axes=axes))


EXP_X, N = of(ew.exp, "x"), of(ew.multiply, "x", of(st.broadcast, "r"))
AXIS = stable(
    "any axis", of(ew.divide, EXP_X, of(st.broadcast, of(st.sum_, EXP_X))), softmax_along_any_axis
)
RANGE = stable(
    "range", of(st.sum_, of(ew.subtract, of(ew.multiply, N, N), "rest")), scaled_after_the_sum
)


def shares_of_rows(x: Any) -> Any:
    """Each row's sum divides the column of that number."""
    return dt.exp(x) / dt.sum(dt.exp(x), axis=1)


def of_relative(x: Any) -> Any:
    """A polynomial of x over its largest element."""
    n = x * (1 / dt.max(dt.abs(x)))
    return dt.sum(n * n - n)


PLANTED = [
    (AXIS, shares_of_rows, "float32 values"),
    (AXIS, shares_of_rows, "float64 values"),
    (AXIS, shares_of_rows, "gradient"),
    (RANGE, of_relative, "rewriting"),
]


@pytest.mark.parametrize(
    ("rule", "function", "check"), PLANTED, ids=[f"{r.name}-{c}" for r, _, c in PLANTED]
)
def test_a_wrong_rewrite_is_seen(
    rule: Rule, function: Any, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verdict_of(check, dt.op(function)).status == "passed"
    monkeypatch.setattr(stabilise, "_rewriter", Rewriter((rule, *stabilise.RULES, *simplify.RULES)))
    monkeypatch.setattr(simplify, "_rewriter", Rewriter((rule, *simplify.RULES)))
    verdict = verdict_of(check, dt.op(function))
    assert verdict.status == "failed", verdict.summary
    assert verdict.case is not None


def test_a_definition_of_cubes_is_sampled() -> None:
    """Some orientations of a broadcast are valid only if all sizes are equal."""

    def crosswise(x: Any) -> Any:
        return x - dt.mean(x, axis=0) * dt.mean(x, axis=2)

    assert verdict_of("float32 values", dt.op(crosswise)).status == "passed"


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_rewriting_is_not_blamed_for_the_formula(scale: float) -> None:
    """x^2 underflows or overflows as it is written: nothing is said there."""

    def norm(x: Any) -> Any:
        return dt.sqrt(dt.sum(x * x, axis=-1)) * np.float32(scale)

    assert verdict_of("rewriting", dt.op(norm)).status == "passed"


def test_a_sum_whose_terms_overflow_to_both_sides_is_unknown() -> None:
    x = np.array([[1e30, -1e30, 3.0], [1e30, 1e30, 3.0], [1e-10, -1e-10, 3.0]], np.float32)
    y = np.array([1e10, 1e10, 1.0], np.float32)
    reference = Reference(lambda x, y: dt.tanh(x @ y), Sample((x, y), {}, ("x", "y")))
    with np.errstate(all="ignore"):
        found = reference.perturbed([x, y], np.random.default_rng(0))[0]
        unbounded = reference.perturbed([x, y], np.random.default_rng(0), bounded=False)[0]
    assert np.isnan(found).tolist() == [True, False, False]
    np.testing.assert_allclose(found[1:].astype(np.float64), [1.0, np.tanh(3.0)], rtol=1e-5)
    assert np.isfinite(unbounded).all()
