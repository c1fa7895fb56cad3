"""Schedules beside Keras', Optax' and PyTorch's, on numbers and on arrays of each host."""

from __future__ import annotations

import inspect
import math
import pickle
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError
from dovetail.library import schedules

STEPS = 60
SCHEDULES: list[Any] = [
    dt.CosineDecay(0.1, 40, 0.05), dt.CosineRestarts(0.1, 8, 2.0, 0.7, 0.1),
    dt.CosineRestarts(0.1, 8, 1.0), dt.Warmup(dt.CosineDecay(0.1, 40), 10),
    dt.Warmup(0.2, 5, 0.05), dt.OneCycle(0.1, 50), dt.OneCycle(0.1, 50, 0.4, linear=True),
    dt.Cyclical(0.01, 0.1, 6), dt.Cyclical(0.01, 0.1, 6, halve=True),
    dt.Cyclical(0.01, 0.1, 6, decay=0.98), dt.WarmupStableDecay(0.1, 10, 20, 15, 0.01),
    dt.WarmupStableDecay(0.1, 0, 20, 15, shape="sqrt"),
    dt.WarmupStableDecay(0.1, 5, 20, 15, shape="cosine"), dt.PolynomialDecay(0.1, 40, 0.01, 2.0),
    dt.PolynomialDecay(0.1, 15, 0.01, 0.5, cycle=True), dt.ExponentialDecay(0.1, 10, 0.9),
    dt.ExponentialDecay(0.1, 10, 0.9, staircase=True), dt.InverseTimeDecay(0.1, 10, 0.5),
    dt.InverseTimeDecay(0.1, 10, 0.5, staircase=True),
    dt.PiecewiseConstant((10, 30), (0.1, 0.05, 0.01)), dt.NoamDecay(64, 20, 2.0),
    dt.RexDecay(0.1, 40),
    dt.Joined((dt.ExponentialDecay(0.1, 10, 0.5), 0.03, dt.CosineDecay(0.02, 20)), (15, 25)),
]  # fmt: skip


def values(schedule: Any) -> list[float]:
    return [schedule(step) for step in range(1, STEPS + 1)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_arrays_have_the_values_of_numbers(schedule: Any) -> None:
    found = schedule(np.arange(1.0, STEPS + 1))
    np.testing.assert_allclose(np.broadcast_to(found, STEPS), values(schedule), rtol=1e-12)
    again = pickle.loads(pickle.dumps(schedule))
    assert again == schedule and again(7) == schedule(7) and hash(again) == hash(schedule)


def test_all_are_tested_and_cited() -> None:
    assert {type(s).__name__ for s in SCHEDULES} == set(schedules.__all__)
    for name in schedules.__all__:
        assert inspect.getdoc(getattr(dt, name))


def test_beside_keras() -> None:
    keras = pytest.importorskip("keras")
    theirs = keras.optimizers.schedules
    pairs = [
        (dt.CosineDecay(0.1, 40, 0.05), theirs.CosineDecay(0.1, 40, 0.05)),
        (dt.Warmup(dt.CosineDecay(0.1, 40), 10, 0.02),
         theirs.CosineDecay(0.02, 40, warmup_target=0.1, warmup_steps=10)),
        (dt.CosineRestarts(0.1, 8, 2.0, 0.7, 0.1),
         theirs.CosineDecayRestarts(0.1, 8, 2.0, 0.7, 0.1)),
        (dt.CosineRestarts(0.1, 8, 1.0), theirs.CosineDecayRestarts(0.1, 8, 1.0)),
        (dt.PolynomialDecay(0.1, 40, 0.01, 2.0), theirs.PolynomialDecay(0.1, 40, 0.01, 2.0)),
        (dt.PolynomialDecay(0.1, 15, 0.01, 0.5, True),
         theirs.PolynomialDecay(0.1, 15, 0.01, 0.5, cycle=True)),
        (dt.ExponentialDecay(0.1, 10, 0.9), theirs.ExponentialDecay(0.1, 10, 0.9)),
        (dt.ExponentialDecay(0.1, 10, 0.9, True), theirs.ExponentialDecay(0.1, 10, 0.9, True)),
        (dt.InverseTimeDecay(0.1, 10, 0.5), theirs.InverseTimeDecay(0.1, 10, 0.5)),
        (dt.InverseTimeDecay(0.1, 10, 0.5, True), theirs.InverseTimeDecay(0.1, 10, 0.5, True)),
        (dt.PiecewiseConstant((10, 30), (0.1, 0.05, 0.01)),
         theirs.PiecewiseConstantDecay([10, 30], [0.1, 0.05, 0.01])),
    ]  # fmt: skip
    for ours, other in pairs:
        for t in range(STEPS):
            # At a restart, Keras' single precision may not have begun the next period.
            if isinstance(ours, dt.CosineRestarts) and t % 8 == 0:
                continue
            got = float(keras.ops.convert_to_numpy(other(t)))
            assert ours(t + 1) == pytest.approx(got, rel=1e-4, abs=1e-7), (ours, t)


def test_beside_optax() -> None:
    optax = pytest.importorskip("optax")
    pairs = [
        (dt.Warmup(dt.CosineDecay(0.1, 40, 0.1), 10),
         optax.warmup_cosine_decay_schedule(0.0, 0.1, 10, 50, 0.01)),
        (dt.Joined((dt.ExponentialDecay(0.1, 10, 0.5), dt.CosineDecay(0.02, 20)), (15,)),
         optax.join_schedules([optax.exponential_decay(0.1, 10, 0.5),
                               optax.cosine_decay_schedule(0.02, 20)], [15])),
    ]  # fmt: skip
    for ours, other in pairs:
        for t in range(STEPS):
            assert ours(t + 1) == pytest.approx(float(other(t)), rel=1e-5, abs=1e-8), (ours, t)


def test_beside_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rates = torch.optim.lr_scheduler

    def seen(make: Any, steps: int) -> list[float]:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], 0.1)
        scheduler, found = make(optimizer), []
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found

    cycle: Any = {"cycle_momentum": False}
    pairs: list[tuple[Any, Any, int]] = [
        (dt.OneCycle(0.1, 50), lambda o: rates.OneCycleLR(o, 0.1, 51, **cycle), 0),
        (dt.Cyclical(0.01, 0.1, 6), lambda o: rates.CyclicLR(o, 0.01, 0.1, 6, **cycle), 60),
        (dt.Cyclical(0.01, 0.1, 6, halve=True),
         lambda o: rates.CyclicLR(o, 0.01, 0.1, 6, mode="triangular2", **cycle), 60),
        (dt.Cyclical(0.01, 0.1, 6, decay=0.98),
         lambda o: rates.CyclicLR(o, 0.01, 0.1, 6, mode="exp_range", gamma=0.98, **cycle), 60),
        (dt.OneCycle(0.1, 50, 0.4, linear=True),
         lambda o: rates.OneCycleLR(o, 0.1, 50, pct_start=0.4, anneal_strategy="linear", **cycle),
         49),
        (dt.OneCycle(0.1, 50, 0.3), lambda o: rates.OneCycleLR(o, 0.1, 50, **cycle), 49),
    ]  # fmt: skip
    for ours, make, steps in pairs:
        np.testing.assert_allclose(
            values(ours)[:steps], seen(make, steps), rtol=1e-9, err_msg=str(ours)
        )


def test_published_values() -> None:
    noam = dt.NoamDecay(512, 4000)
    assert noam(4000) == pytest.approx(512**-0.5 * 4000**-0.5)
    assert noam(1) == pytest.approx(512**-0.5 * 4000**-1.5)
    stable = dt.WarmupStableDecay(1.0, 10, 20, 10)
    assert [stable.at(t) for t in (0, 5, 10, 30, 35, 40, 50)] == [0.0, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0]
    root = dt.WarmupStableDecay(1.0, 0, 0, 100, shape="sqrt")
    assert root.at(25) == pytest.approx(1 - math.sqrt(0.25))
    assert dt.RexDecay(1.0, 10).at(5) == pytest.approx(0.5 / 0.75)


def test_wrong_arguments() -> None:
    steps: list[Any] = [
        lambda n: dt.CosineDecay(0.1, n), lambda n: dt.CosineRestarts(0.1, n),
        lambda n: dt.Warmup(0.1, n), lambda n: dt.OneCycle(0.1, n),
        lambda n: dt.Cyclical(0.1, 0.2, n), lambda n: dt.WarmupStableDecay(0.1, 1, 1, n),
        lambda n: dt.PolynomialDecay(0.1, n), lambda n: dt.ExponentialDecay(0.1, n, 0.5),
        lambda n: dt.InverseTimeDecay(0.1, n, 0.5), lambda n: dt.NoamDecay(8, n),
        lambda n: dt.RexDecay(0.1, n),
    ]  # fmt: skip
    for make in steps:
        make(1)
        for number in (0, -1, math.nan):
            with pytest.raises(ArgumentError, match="above 0"):
                make(number)
    for make in (
        lambda: dt.PiecewiseConstant((1,), (0.1,)),
        lambda: dt.Joined((0.1,), (3,)), lambda: dt.WarmupStableDecay(0.1, 1, 1, 1, shape="x"),
        lambda: dt.CosineRestarts(0.1, 5, 0.5),
    ):  # fmt: skip
        with pytest.raises(ArgumentError):
            make()


def test_on_jax_in_one_program() -> None:
    jax = pytest.importorskip("jax")
    traces: list[int] = []
    for schedule in SCHEDULES:
        tx = dt.SGD.jax(lr=schedule)
        params = {"p": jax.numpy.ones(2)}
        traces.clear()

        @jax.jit
        def step(params: Any, state: Any, tx: Any = tx) -> Any:
            traces.append(1)
            updates, state = tx.update({"p": jax.numpy.ones(2)}, state, params)
            return updates, state

        state = tx.init(params)
        for number in range(1, 32):
            updates, state = step(params, state)
            expected = schedule(number)
            assert float(updates["p"][0]) == pytest.approx(-expected, rel=2e-4, abs=1e-6), schedule
        assert len(traces) == 1


def test_on_pytorch_and_numpy() -> None:
    torch = pytest.importorskip("torch")
    for schedule in SCHEDULES:
        param = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        optimizer = dt.SGD.torch([param], lr=schedule)
        mine, rule = {"p": np.zeros(1)}, dt.SGD(schedule)
        state = rule.init(mine)
        total = 0.0
        for number in range(1, 12):
            param.grad = torch.ones(1, dtype=torch.float64)
            optimizer.step()
            mine, state = rule.apply(mine, {"p": np.ones(1)}, state)
            total += schedule(number)
        assert param.item() == pytest.approx(-total, rel=1e-12)
        assert mine["p"][0] == pytest.approx(-total, rel=1e-12)


def test_in_files_of_the_trainer(tmp_path: Any) -> None:
    x = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    y = x[:, :1]
    for schedule in SCHEDULES:
        model = dt.Sequential(dt.Dense(1), seed=0)
        model.compile(optimizer=dt.SGD(schedule), loss="mse")
        model.fit(x, y, epochs=2, verbose=0, shuffle=False)
        model.save(tmp_path / "m.dovetail")
        again = dt.load(tmp_path / "m.dovetail")
        assert again.optimizer.lr == schedule
        one = model.fit(x, y, epochs=1, verbose=0, shuffle=False)["loss"]
        assert again.fit(x, y, epochs=1, verbose=0, shuffle=False)["loss"] == one
