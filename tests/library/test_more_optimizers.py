"""The library's newer optimizers against their published rules, on a loss that is not quadratic."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.library.optimizer_rules import CASES, schedule_free

import dovetail as dt
from dovetail.library import optimizers
from dovetail.library.optimizer_names import OPTIMIZERS

RNG = np.random.default_rng(3)
START: dict[str, Any] = {
    "wide": RNG.normal(size=(3, 5)), "tall": RNG.normal(size=(4, 2)), "vector": RNG.normal(size=6),
    "scalar": np.array(0.7), "kernel": RNG.normal(size=(2, 3, 4)),
}  # fmt: skip
SLOPES = {name: RNG.normal(size=value.shape) for name, value in START.items()}
STEPS = 8
NAMES = [f"{type(optimizer).__name__}{number}" for number, (optimizer, _) in enumerate(CASES)]


def gradient(params: dict[str, Any], t: int = 0) -> dict[str, Any]:
    """Of sum(a p + 0.1 p^4 + 0.5 cos(t) p^2), times the total of the parameters."""
    return {k: SLOPES[k] + 0.4 * p**3 + np.cos(t) * p for k, p in params.items()}


def product(params: dict[str, Any], vectors: dict[str, Any], t: int = 0) -> dict[str, Any]:
    return {k: (1.2 * params[k] ** 2 + np.cos(t)) * v for k, v in vectors.items()}


def typed(arrays: dict[str, Any], dtype: str) -> dict[str, Any]:
    return {name: np.asarray(array, dtype) for name, array in arrays.items()}


def found(optimizer: Any, dtype: str) -> list[dict[str, Any]]:
    params: Any = {k: v.astype(dtype) for k, v in START.items()}
    state, path = optimizer.init(params), []
    for t in range(1, STEPS + 1):
        functions: dict[str, Any] = {
            "again": lambda points, t=t: (0.0, typed(gradient(points, t), dtype)),
            "hessian": lambda vectors, t=t, params=params: typed(
                product(params, vectors, t), dtype
            ),
        }
        asked = {kind: functions[kind] for kind in optimizer.asks}
        grads = typed(gradient(params, t), dtype)
        params, state = optimizer.apply(params, grads, state, **asked)
        path.append(params)
    return path


def expected(rule: Any) -> list[dict[str, Any]]:
    params, state, path = START, {}, []
    for t in range(1, STEPS + 1):
        look = SimpleNamespace(
            gradient=lambda points, t=t: gradient(points, t),
            product=lambda params, vectors, t=t: product(params, vectors, t),
        )
        params = rule(params, gradient(params, t), state, t, look)
        path.append(params)
    return path


@pytest.mark.parametrize(("optimizer", "rule"), CASES, ids=NAMES)
def test_eight_steps(optimizer: Any, rule: Any) -> None:
    for got, want in zip(found(optimizer, "float64"), expected(rule), strict=True):
        for name, value in want.items():
            np.testing.assert_allclose(got[name], value, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("optimizer", "rule"), CASES, ids=NAMES)
def test_single_precision(optimizer: Any, rule: Any) -> None:
    if isinstance(optimizer, dt.Sophia):
        pytest.skip("its random numbers are others in another type")
    got, want = found(optimizer, "float32")[2], expected(rule)[2]
    for name, value in want.items():
        assert got[name].dtype == np.float32
        np.testing.assert_allclose(got[name], value, rtol=2e-3, atol=2e-3)


def test_every_optimizer_is_tested_and_cites_its_source() -> None:
    older = {getattr(optimizers, name) for name in optimizers.__all__}
    assert {type(optimizer) for optimizer, _ in CASES} | older == set(OPTIMIZERS.values())
    for kind in OPTIMIZERS.values():
        text = inspect.getdoc(kind) or ""
        assert "<-" in text and any(mark in text for mark in ("arXiv:", "doi:", "20")), kind
        assert getattr(dt, kind.__name__) is kind


def test_schedule_free_predicts_with_the_mean() -> None:
    optimizer, rule = dt.ScheduleFree(0.1), schedule_free(0.1, 0.0, 0, 0.0)
    params, own = START, START
    state, other = optimizer.init(params), {}
    for t in range(1, STEPS + 1):
        params, state = optimizer.apply(params, gradient(params, t), state)
        own = rule(own, gradient(own, t), other, t, None)
    mean = optimizer.evaluation_parameters(params, state)
    for name, value in other["x"].items():
        np.testing.assert_allclose(mean[name], value, rtol=1e-9)
        np.testing.assert_allclose(params[name], own[name], rtol=1e-9)


def test_adafactor_keeps_rows_and_columns_alone() -> None:
    state = dt.Adafactor().init({"w": np.ones((64, 32)), "b": np.ones(32)})
    assert state["row"]["w"].shape == (64,) and state["column"]["w"].shape == (32,)
    assert state["variance"]["w"].size == state["row"]["b"].size == 0
    assert state["variance"]["b"].shape == (32,)


def test_groups_tell_muon_which_parameters_are_matrices() -> None:
    rule = dt.Muon(0.1).with_groups({"wide": {"matrices": False, "adam_lr": 0.2}})
    state: Any = rule.init(START)
    assert state["variance"]["wide"].shape == (3, 5) and state["variance"]["tall"].size == 0
    params, _ = rule.apply(START, gradient(START), state)
    # The first step of Adam is one of the rate, in each element.
    np.testing.assert_allclose(abs(params["wide"] - START["wide"]), 0.2, rtol=1e-6)


def test_the_rule_of_sam_around_another() -> None:
    class SharpAdam(dt.Adam):
        rho: float = 0.5
        adaptive: bool = False
        prepare = dt.SAM.prepare

    start = {k: START[k] for k in ("wide", "vector")}
    rule = SharpAdam(0.1)
    got, _ = rule.apply(start, gradient(start), rule.init(start),
                        again=lambda points: (0.0, gradient(points)))  # fmt: skip
    grads = gradient(start)
    size = np.sqrt(sum((g**2).sum() for g in grads.values()))
    second = gradient({k: p + 0.5 * grads[k] / size for k, p in start.items()})
    want, _ = dt.Adam(0.1).apply(start, second, dt.Adam(0.1).init(start))
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-9)


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=lambda kind: kind.__name__)
def test_a_parameter_without_elements_changes_nothing_for_the_others(kind: Any) -> None:
    """With rows or columns of length 0, and as one of more dimensions."""
    empty = {f"p{n}": np.ones(shape) for n, shape in enumerate([(0, 3), (3, 0), (2, 0, 3), (0,)])}
    start = {"wide": START["wide"], "vector": START["vector"]}
    slopes = gradient(start)
    settings: list[Any] = [{}]
    if kind is dt.Muon:
        settings += [{"output_axis": 0}, {"output_axis": -1, "match_rms": True}]
    for setting in settings:
        found: list[Any] = []
        for params, grads in ((start, slopes), ({**start, **empty}, {**slopes, **empty})):
            rule = kind(**setting)
            functions: dict[str, Any] = {
                "again": lambda points, grads=grads: (0.0, grads), "hessian": lambda v: v,
            }  # fmt: skip
            asked = {name: functions[name] for name in rule.asks}
            new, _ = rule.apply(params, grads, rule.init(params), **asked)
            found.append(new)
        alone, beside = found
        assert all(beside[name].shape == each.shape for name, each in empty.items())
        for name, value in alone.items():
            np.testing.assert_allclose(beside[name], value, rtol=1e-12)


def test_a_norm_of_zero_leaves_the_ratio_at_one() -> None:
    for rule in (dt.LAMB(0.1), dt.LARS(0.1, momentum=0.0)):
        zero = {"p": np.zeros(3)}
        got, _ = rule.apply(zero, {"p": np.array([1.0, -2.0, 0.0])}, rule.init(zero))
        assert np.isfinite(got["p"]).all() and got["p"][0] < 0
        still, _ = rule.apply({"p": np.ones(3)}, zero, rule.init(zero))
        np.testing.assert_array_equal(still["p"], np.ones(3))
