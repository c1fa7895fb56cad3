"""`prepare`, shared states, `again`, `hessian`, `evaluation` and groups, on NumPy arrays."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, CallError, DefinitionError, DovetailError
from dovetail.hosts.numpy.host import HOST, quadratic
from tests.extension.optimizer_pieces import (
    GRADS,
    PIECES,
    START,
    Averaged,
    Curved,
    Distance,
    Rated,
    Sharpness,
    TwoLooks,
    assert_steps,
    averaged,
    averaged_evaluation,
    by_hand,
    distance,
    sharpness,
)

NAMES = [type(piece).__name__ for piece, _ in PIECES]


@pytest.mark.parametrize(("piece", "rule"), PIECES, ids=NAMES)
def test_five_steps(piece: Any, rule: Any) -> None:
    assert_steps(HOST.optimize(piece, START, GRADS), rule)


@pytest.mark.parametrize(("piece", "rule"), PIECES, ids=NAMES)
def test_in_place_and_saved(piece: Any, rule: Any) -> None:
    own, state = copy.deepcopy(START), piece.init(START)
    for given in GRADS:
        asked = {kind: f for kind, f in quadratic(copy.deepcopy(own), given).items()
                 if kind in piece.asks}  # fmt: skip
        old = {name: value for name, value in state.items() if name != "step"}
        state = piece.apply_in_place(own, given, state, **asked)
        assert all(state[name] is value for name, value in old.items() if isinstance(
            value, np.ndarray))  # fmt: skip
        state = pickle.loads(pickle.dumps(state))
    for name, value in by_hand(rule)[-1].items():
        np.testing.assert_allclose(own[name], value, rtol=1e-12)


@pytest.mark.parametrize(("piece", "rule"), PIECES, ids=NAMES)
def test_in_one_graph(piece: Any, rule: Any) -> None:
    """As the trainer traces it, with the answers as a part of the graph."""

    def step(params: Any, given: Any, states: Any, number: float = 1.0) -> Any:
        def again(points: Any) -> Any:
            moves = {k: points[k] - params[k] for k in points}
            return sum(dt.sum(m) for m in moves.values()), {k: given[k] + moves[k] for k in moves}

        asking = piece.asks and (not piece.asks_sometimes or piece.asks_again(static))
        asked = {"again": again, "hessian": lambda vectors: vectors} if asking else {}
        return piece.pure_update(params, given, states, number, piece.hyper(1), **asked)

    params = START
    states = {name: value for name, value in piece.init(START).items() if name != "step"}
    for number, (given, right) in enumerate(zip(GRADS, by_hand(rule), strict=True), 1):
        static = number
        new = dt.op(step)(params, given, states or {"none": np.zeros(())}, number=float(number))
        params, states = new
        for name, value in right.items():
            np.testing.assert_allclose(params[name], value, rtol=1e-12)


@pytest.mark.parametrize("rule", [Sharpness(), Curved()], ids=["Sharpness", "Curved"])
def test_what_it_asks_for_follows_from_the_loss(rule: Any) -> None:
    """In one graph of loss, gradients and updates; Curved asks at every second step."""

    def objective(params: Any) -> Any:
        return dt.sum(params["kernel"] ** 4) + dt.sum(dt.cos(params["bias"]))

    def step(params: Any, states: Any, number: float = 1.0) -> Any:
        grads = dt.grad(objective)(params)
        return rule.pure_update(params, grads, states, number, rule.hyper(1), objective=objective)

    def slopes(p: dict[str, Any]) -> dict[str, Any]:
        return {"kernel": 4 * p["kernel"] ** 3, "bias": -np.sin(p["bias"])}

    def products(p: dict[str, Any], v: dict[str, Any]) -> dict[str, Any]:
        bias = -np.cos(p["bias"]) * v["bias"]
        return {"kernel": 12 * p["kernel"] ** 2 * v["kernel"], "bias": bias}

    params, state = START, {k: v for k, v in rule.init(START).items() if k != "step"}
    right, kept = START, {}
    for number in range(1, 5):
        params, state = dt.op(step)(params, state or {"none": np.zeros(())}, number=float(number))
        grads = slopes(right)
        if isinstance(rule, Sharpness):
            norm = np.sqrt(sum((g * g).sum() for g in grads.values()))
            used = slopes({k: p + 0.5 * grads[k] / norm for k, p in right.items()})
        else:
            if number % 2 == 1:
                kept = products(right, {k: 3.0 * g for k, g in grads.items()})
            used = {k: g + kept[k] for k, g in grads.items()}
        right = {k: p - 0.1 * used[k] for k, p in right.items()}
        for name, value in right.items():
            np.testing.assert_allclose(params[name], value, rtol=1e-11)


@pytest.mark.parametrize("options", [{"clip_value": 0.25}, {"clip_norm": 0.5}, {"maximize": True}],
                         ids=str)  # fmt: skip
def test_gradients_are_clipped_and_negated_first(options: dict[str, Any]) -> None:
    def prepared(grads: dict[str, Any]) -> dict[str, Any]:
        if "clip_value" in options:
            return {k: np.clip(g, -0.25, 0.25) for k, g in grads.items()}
        if "clip_norm" in options:
            norm = np.sqrt(sum((g * g).sum() for g in grads.values()))
            return {k: g * min(1.0, 0.5 / norm) for k, g in grads.items()}
        return {k: -g for k, g in grads.items()}

    right = by_hand(distance, grads=[prepared(grads) for grads in GRADS])
    for got, want in zip(HOST.optimize(Distance(**options), START, GRADS), right, strict=True):
        for name in want:
            np.testing.assert_allclose(got[name], want[name], rtol=1e-12)
    # What `again` returns is clipped and negated, too.
    (got,) = HOST.optimize(Sharpness(**options), START, GRADS[:1])

    def again(points: Any) -> Any:
        return prepared({k: GRADS[0][k] + points[k] - START[k] for k in points})

    want = sharpness(START, prepared(GRADS[0]), {}, 1, again)
    for name in want:
        np.testing.assert_allclose(got[name], want[name], rtol=1e-12)


def test_what_prepare_returns_is_not_clipped_again() -> None:
    class Larger(dt.Optimizer):
        lr: float = 0.1

        def prepare(self, params: Any, grads: Any) -> Any:
            return [10.0 * grad for grad in grads]

        def update(self, param: Any, grad: Any) -> Any:
            return param - self.lr * grad

    for options in ({"clip_value": 0.25}, {"clip_norm": 0.5}):
        (plain,) = HOST.optimize(dt.SGD(1.0, **options), START, GRADS[:1])
        (found,) = HOST.optimize(Larger(**options), START, GRADS[:1])
        for name, value in plain.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-12)


def test_maximizing_negates_losses_and_products() -> None:
    piece = TwoLooks(maximize=True)
    again = {"again": lambda points: (2.5, GRADS[0])}
    assert piece.apply(START, GRADS[0], piece.init(START), **again)[1]["seen"] == -5.0
    curved = Curved(maximize=True)
    found, _ = curved.apply(START, GRADS[0], curved.init(START), hessian=lambda vectors: vectors)
    for name, grad in GRADS[0].items():  # of -loss: the gradient -g, and -1 times 3 (-g)
        right = START[name] - 0.1 * (-grad + 3.0 * grad)
        np.testing.assert_allclose(found[name], right, rtol=1e-12)


def test_gradients_that_are_numbers_keep_their_digits() -> None:
    start, given = {"p": np.array(0.7)}, {"p": np.float64(1 / 3)}
    for rule in (dt.SGD(0.1, clip_norm=0.1), Sharpness(clip_norm=0.1)):
        functions = quadratic(start, given)
        asked = {kind: functions[kind] for kind in rule.asks}
        params, _ = rule.apply(start, given, rule.init(start), **asked)
        assert abs(params["p"] - 0.69) < 1e-15


def test_a_weak_value_keeps_its_digits_in_a_state() -> None:
    class Counting(dt.Optimizer):
        lr: float = 0.1
        kept = dt.State(shape=lambda shape: ())

        def update(self, param: Any, grad: Any) -> Any:
            self.kept = self.lr * self.step
            return param - self.lr * grad

    piece = Counting(lr=1 / 3)
    _, state = piece.apply(START, GRADS[0], piece.init(START))
    assert state["kept"]["kernel"] == 1 / 3


def test_losses_reach_the_rule() -> None:
    piece = TwoLooks()
    _, state = piece.apply(START, GRADS[0], piece.init(START),
                           again=lambda points: (2.5, GRADS[0]))  # fmt: skip
    assert state["seen"] == 5.0


def test_half_precision_is_widened() -> None:
    start = {name: value.astype(np.float16) for name, value in START.items()}
    grads = [{name: g.astype(np.float16) for name, g in given.items()} for given in GRADS]
    wide = [{name: g.astype(np.float64) for name, g in given.items()} for given in grads]
    large = [{name: 200.0 * g for name, g in given.items()} for given in (*grads, *wide)]
    found = HOST.optimize(Sharpness(lr=1e-3), start, large[: len(grads)])[-1]
    right = {n: v.astype(np.float64) for n, v in start.items()}
    for given in large[len(grads) :]:  # their squares are beyond half precision
        norm = np.sqrt(sum((g * g).sum() for g in given.values()))
        right = {k: right[k] - 1e-3 * (given[k] + 0.5 * given[k] / norm) for k in right}
    for name, value in right.items():
        assert found[name].dtype == np.float16
        np.testing.assert_allclose(found[name], value, rtol=2e-3, atol=5e-3)


def test_states_of_half_precision_stay_so() -> None:
    start = {name: value.astype(np.float16) for name, value in START.items()}
    grads = {name: g.astype(np.float16) for name, g in GRADS[0].items()}
    piece = Distance()
    _, state = piece.apply(start, grads, piece.init(start))
    for name, grad in grads.items():
        assert state["sums"][name].dtype == np.float16
        np.testing.assert_allclose(state["sums"][name], 1e-3 * grad, rtol=1e-3, atol=1e-7)
    assert state["distance"].dtype == np.float64


def test_parameters_without_a_gradient_stay_out() -> None:
    piece = Distance()
    given = [{**grads, "bias": None} for grads in GRADS]
    params, state = START, piece.init(START)
    for grads in given:
        params, state = piece.apply(params, grads, state)
    alone = by_hand(distance, {"kernel": START["kernel"]}, [{"kernel": g["kernel"]} for g in GRADS])
    np.testing.assert_allclose(params["kernel"], alone[-1]["kernel"], rtol=1e-12)
    assert params["bias"] is START["bias"]


def test_products_of_parameters_without_a_gradient_are_of_zeros() -> None:
    """Also where such a parameter is infinite, as masks are."""
    piece, params = Curved(), {"kernel": START["kernel"], "mask": np.array([-np.inf, 0.0])}
    given: list[Any] = []

    def hessian(vectors: Any) -> Any:
        given.append(vectors)
        return vectors

    grads = {"kernel": GRADS[0]["kernel"], "mask": None}
    found, _ = piece.apply(params, grads, piece.init(params), hessian=hessian)
    np.testing.assert_array_equal(given[0]["mask"], [0.0, 0.0])
    right = START["kernel"] - 0.1 * 4.0 * grads["kernel"]
    np.testing.assert_allclose(found["kernel"], right, rtol=1e-12)


def test_evaluation_has_the_hyperparameters_of_the_last_step() -> None:
    piece = Rated(lr=lambda step: 1.0 / step)  # type: ignore[arg-type]
    params, state = START, piece.init(START)
    for grads in GRADS[:3]:
        params, state = piece.apply(params, grads, state)
    found = piece.evaluation_parameters(params, state)
    np.testing.assert_allclose(found["kernel"], START["kernel"] / 3, rtol=1e-15)


def test_evaluation_parameters() -> None:
    piece, params = Averaged(), START
    state = piece.init(params)
    plain = dt.SGD()
    assert plain.evaluation_parameters(params, plain.init(params)) is params
    own: dict[str, Any] = {}
    right = START
    for step, grads in enumerate(GRADS, 1):
        params, state = piece.apply(params, grads, state)
        right = averaged(right, grads, own, step, lambda _: {})
    found = piece.evaluation_parameters(params, state)
    for name, value in averaged_evaluation(right, own).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12)
        assert np.abs(found[name] - params[name]).max() > 1e-3


# Groups.


def test_groups_by_path_and_predicate() -> None:
    params = {"first": dict(START), "second": dict(START), "norm": dict(START)}
    grads = {name: dict(GRADS[0]) for name in params}
    rule = dt.SGD(0.1, weight_decay=0.5).with_groups(
        {
            "second.*": None,
            "*.bias": {"weight_decay": 0.0},
            lambda path, param: path.startswith("norm") and param.ndim == 2: {
                "lr": lambda step: 0.5 * step, "nesterov": True, "momentum": 0.9,
            },
        }
    )  # fmt: skip
    for found in (
        rule.apply(params, grads, rule.init(params))[0],
        dt.op(lambda p, g, s: rule.pure_update(p, g, s, 1.0, rule.hyper(1))[0])(
            params, grads, {"velocity": rule.init(params)["velocity"]}
        ),
    ):
        p, g = START["kernel"], GRADS[0]["kernel"]
        np.testing.assert_allclose(found["first"]["kernel"], p - 0.1 * (g + 0.5 * p), rtol=1e-12)
        bias = START["bias"] - 0.1 * GRADS[0]["bias"]
        np.testing.assert_allclose(found["first"]["bias"], bias, rtol=1e-12)
        np.testing.assert_allclose(found["norm"]["bias"], bias, rtol=1e-12)
        np.testing.assert_array_equal(found["second"]["kernel"], p)
        moved = g + 0.5 * p
        np.testing.assert_allclose(found["norm"]["kernel"], p - 0.5 * (1.9 * moved), rtol=1e-12)


def test_the_first_group_that_fits_counts() -> None:
    rule = dt.SGD(0.1).with_groups({"bias": {"lr": 1.0}, "*": {"lr": 0.0}})
    found, _ = rule.apply(START, GRADS[0], rule.init(START))
    np.testing.assert_allclose(found["bias"], START["bias"] - GRADS[0]["bias"], rtol=1e-12)
    np.testing.assert_array_equal(found["kernel"], START["kernel"])


def test_groups_are_clipped_together() -> None:
    rule = dt.SGD(0.1, clip_norm=0.5).with_groups({"bias": {"lr": 1.0}})
    found, _ = rule.apply(START, GRADS[0], rule.init(START))
    factor = 0.5 / np.sqrt(sum((g * g).sum() for g in GRADS[0].values()))
    for name, lr in (("kernel", 0.1), ("bias", 1.0)):
        right = START[name] - lr * factor * GRADS[0][name]
        np.testing.assert_allclose(found[name], right, rtol=1e-12)


def test_a_changed_rate_holds_for_the_other_groups() -> None:
    rule = dt.SGD(0.1).with_groups({"bias": {"weight_decay": 0.5}})
    rule.lr = 1.0
    found, _ = rule.apply(START, GRADS[0], rule.init(START))
    right = START["bias"] - (GRADS[0]["bias"] + 0.5 * START["bias"])
    np.testing.assert_allclose(found["bias"], right, rtol=1e-12)


def test_wrong_groups() -> None:
    with pytest.raises(CallError, match=r"(?s)'decay'.*weight_decay"):
        dt.SGD().with_groups({"*": {"decay": 0.1}})
    with pytest.raises(ArgumentError, match="None to leave"):
        dt.SGD().with_groups({"*": 0.1})  # type: ignore[dict-item]
    with pytest.raises(ArgumentError, match="a pattern"):
        dt.SGD().with_groups({3: None})  # type: ignore[dict-item]


# Errors.


def test_an_answer_is_missing() -> None:
    with pytest.raises(CallError, match="again=value_and_grad"):
        Sharpness().apply(START, GRADS[0], Sharpness().init(START))
    with pytest.raises(CallError, match="Hessian"):
        Curved().apply(START, GRADS[0], Curved().init(START))


def wrong(body: Any, **own: Any) -> type[dt.Optimizer]:
    def update(self: Any, param: Any, grad: Any) -> Any:
        return param - grad

    return type("Wrong", (dt.Optimizer,), {"prepare": body, "update": update, **own})


def run(kind: type[dt.Optimizer]) -> None:
    piece = kind()
    piece.apply(START, GRADS[0], piece.init(START))


def test_wrong_definitions() -> None:
    with pytest.raises(DefinitionError, match=r"(?s)prepare returned.*expected: a list of 2"):
        run(wrong(lambda self, params, grads: grads[:1]))
    with pytest.raises(DefinitionError, match=r"shape \(3, 4\) for a parameter of shape \(4, 3\)"):
        run(wrong(lambda self, params, grads: [grads[0].T, grads[1]]))

    def assign(self: Any, params: Any, grads: Any) -> None:
        self.total = grads[0]

    with pytest.raises(DefinitionError, match="total"):
        run(wrong(assign, total=dt.Shared()))
    with pytest.raises(DefinitionError, match="expected: a list of 2 arrays"):
        run(wrong(assign, total=dt.State(like="param")))

    class InUpdate(dt.Optimizer):
        total = dt.Shared()

        def prepare(self, params: Any, grads: Any) -> None:
            self.total = 1.0

        def update(self, param: Any, grad: Any) -> Any:
            self.total = 2.0
            return param

    with pytest.raises(DefinitionError, match="shared states assigned in prepare"):
        run(InUpdate)
    with pytest.raises(DefinitionError, match="and no prepare"):
        type("Unprepared", (dt.Optimizer,), {"total": dt.Shared()})
    with pytest.raises(DefinitionError, match="one way to say its shape"):
        dt.State(like="param", shape=lambda shape: shape)

    class Shapeless(dt.Optimizer):
        row = dt.State(shape=lambda shape: None)  # type: ignore[arg-type, return-value]

        def update(self, param: Any, grad: Any) -> Any:
            return param

    with pytest.raises(DovetailError, match="a tuple of integers"):
        Shapeless().init(START)


def test_large_shared_states_are_for_prepare() -> None:
    class Large(dt.Optimizer):
        table = dt.Shared(2, init="ones")

        def prepare(self, params: Any, grads: Any) -> None:
            self.table = self.table * 2.0

        def update(self, param: Any, grad: Any) -> Any:
            return param - self.table[0] * grad

    with pytest.raises(DefinitionError, match="floating scalars in update"):
        run(Large)
