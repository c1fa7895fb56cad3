"""A step is one native call that overwrites the arrays of the model."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import TrainingError
from dovetail.hosts.numpy.prepared import PreparedCall
from dovetail.options import override

RNG = np.random.default_rng(1)
X = RNG.normal(size=(70, 6)).astype(np.float32)
Y = RNG.integers(0, 3, 70)


def classifier(**options: Any) -> Any:
    model = dt.Sequential(dt.Dense(8, "relu"), dt.BatchNorm(), dt.Dense(3), seed=0)
    options = {"optimizer": dt.Adam(0.01), "loss": "sparse_categorical_crossentropy", **options}
    model.compile(metrics=["accuracy"], **options)
    return model


def test_arrays_stay_where_they_are() -> None:
    model = classifier()
    model.build((None, 6))
    held = {**model.parameters(), **model.states()}
    before = {path: array.copy() for path, array in held.items()}
    model.fit(X, Y, epochs=2, verbose=0)
    assert all(model.get(path) is array for path, array in held.items())
    assert all((before[path] != array).any() for path, array in held.items())


def test_an_epoch_prepares_two_steps_and_binds_nothing_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One for the full batches and one for the last, and none in further epochs."""
    made: list[Any] = []
    bound: list[int] = []
    counted(monkeypatch, "__init__", lambda *args: made.append(args))
    model = classifier()
    model.fit(X, Y, verbose=0)
    assert len(made) == 2
    counted(monkeypatch, "bind", lambda *args: bound.append(args[1]))
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[dt.Callback()])
    assert len(made) == 2
    assert bound == []
    model.set_weights(model.get_weights())
    model.fit(X, Y, epochs=3, verbose=0)
    assert bound  # so the list would have seen it


def counted(monkeypatch: pytest.MonkeyPatch, name: str, note: Callable[..., Any]) -> None:
    original = getattr(PreparedCall, name)

    @functools.wraps(original)
    def noting(*args: Any, **kwargs: Any) -> Any:
        note(*args)
        return original(*args, **kwargs)

    monkeypatch.setattr(PreparedCall, name, noting)


def test_gathered_rows_and_slices_are_the_same_batches() -> None:
    """Shuffled examples are gathered in the step; given in that order, they are slices."""
    first, second = classifier(), classifier()
    first.fit(X, Y, verbose=0, seed=5)
    order = np.random.default_rng([5, 0]).permutation(70)
    second.fit(X[order], Y[order], verbose=0, shuffle=False)
    for path, array in first.get_weights().items():
        assert (array == second.get(path)).all(), path


def test_threads_do_not_change_a_bit() -> None:
    x, y = RNG.normal(size=(130, 700)).astype(np.float32), RNG.integers(0, 10, 130)
    found = []
    for threads in (1, 2, 5):
        with override(num_threads=threads):
            model = dt.Sequential(dt.Dense(64, "relu"), dt.Dense(10), seed=0)
            model.compile(dt.Adam(1e-3, clip_norm=1.0), "sparse_categorical_crossentropy")
            model.fit(x, y, batch_size=128, epochs=3, seed=0, verbose=0)
            found.append(model.get_weights())
    for path, array in found[0].items():
        assert all((array == other[path]).all() for other in found[1:])


def test_arrays_and_hyperparameters_that_are_replaced_hold_from_the_next_step() -> None:
    class Replace(dt.Callback):
        def on_batch_end(self, step: int, figures: Any) -> None:
            if step == 0:
                self.model.set_weights({p: 0 * a for p, a in self.model.parameters().items()})
                self.model.optimizer.lr = 0.0

    model = classifier(optimizer=dt.SGD(0.1))
    model.fit(X, Y, verbose=0, callbacks=[Replace()])
    assert all((array == 0).all() for array in model.parameters().values())
    model.optimizer.lr = 0.1
    model.fit(X, Y, verbose=0)
    assert (model.get("layers.2.bias") != 0).any()


def test_a_static_field_that_is_changed_is_compiled_anew() -> None:
    one, other = classifier(optimizer=dt.SGD(0.1, momentum=0.9)), classifier()
    one.fit(X, Y, verbose=0, shuffle=False)
    other.set_weights(one.get_weights())
    other.compile(dt.SGD(0.1, momentum=0.9, maximize=True), "sparse_categorical_crossentropy")
    one.optimizer.maximize = True
    velocity = one._training.slots["velocity"]
    for array in velocity.values():
        array[...] = 0
    for model in (one, other):
        model.fit(X, Y, verbose=0, shuffle=False)
    for path, array in one.parameters().items():
        np.testing.assert_array_equal(array, other.get(path))


def test_schedules_are_asked_at_every_step() -> None:
    asked: list[int] = []

    def schedule(step: int) -> float:
        asked.append(step)
        return 0.01

    classifier(optimizer=dt.Adam(schedule)).fit(X, Y, epochs=2, verbose=0)
    assert set(asked) == set(range(1, 7))


def test_a_pickled_model_trains_on_as_if_nothing_had_happened() -> None:
    whole, parted = classifier(), classifier()
    whole.fit(X, Y, epochs=4, verbose=0, seed=3)
    parted.fit(X, Y, epochs=2, verbose=0, seed=3)
    parted = pickle.loads(pickle.dumps(parted))
    parted.fit(X, Y, epochs=4, initial_epoch=2, verbose=0, seed=3)
    for path, array in whole.get_weights().items():
        assert (array == parted.get(path)).all()


def test_a_loss_that_is_not_finite_leaves_all_states_as_they_were() -> None:
    model = classifier()
    model.fit(X, Y, verbose=0)
    before = pickle.dumps((model.get_weights(), model._training.slots))
    bad = X.copy()
    bad *= np.float32(1e38)
    with pytest.raises(TrainingError, match="loss became"):
        model.fit(bad, Y, verbose=0)
    assert pickle.dumps((model.get_weights(), model._training.slots)) == before


@pytest.mark.parametrize("first", [True, False], ids=["first step", "batch of another size"])
def test_the_loss_that_is_not_finite_is_named(first: bool) -> None:
    """It is that of the step that failed, also where no step of its size was run before."""
    model, y = dt.Sequential(dt.Dense(1), seed=0), Y.astype(np.float32)
    model.compile(dt.SGD(0.01), "mse")
    y[0 if first else 64] = 1e30  # whose square is infinite
    options: Any = {"verbose": 0, "shuffle": False}
    with pytest.raises(TrainingError, match=f"became inf in epoch 1, batch {1 if first else 3}"):
        model.fit(X, y, **options)
    model.compile(dt.SGD(0.01), "mse")
    assert model.fit(X, y, epochs=3, callbacks=[dt.TerminateOnNaN()], **options).epoch == [0]


def test_an_interrupted_fit_leaves_a_usable_model() -> None:
    class Interrupt(dt.Callback):
        def on_batch_end(self, step: int, figures: Any) -> None:
            if step == 1:
                raise KeyboardInterrupt

    model, other = classifier(), classifier()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, verbose=0, shuffle=False, callbacks=[Interrupt()])
    other.fit(X[:64], Y[:64], verbose=0, shuffle=False)
    assert (model.predict(X) == other.predict(X)).all()
    model.fit(X[64:], Y[64:], verbose=0, shuffle=False)
    other.fit(X[64:], Y[64:], verbose=0, shuffle=False)
    assert (model.predict(X) == other.predict(X)).all()


def test_threads_may_predict_and_evaluate_at_once() -> None:
    model = classifier()
    model.fit(X, Y, verbose=0)
    halves = [(X[:35], Y[:35]), (X[35:], Y[35:])]
    expected = [(model.predict(x, 5), model.evaluate(x, y, 5)) for x, y in halves]

    def work(half: int) -> bool:
        x, y = halves[half]
        scores, figures = expected[half]
        return all(
            (model.predict(x, 5) == scores).all() and model.evaluate(x, y, 5) == figures
            for _ in range(40)
        )

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, [0, 1, 0, 1]))


@dt.loss
def total(output: Any, target: Any) -> Any:
    return dt.sum(output * target, axis=(1, 2))


@pytest.mark.parametrize("threads", [1, 2])
def test_each_step_starts_from_a_cleared_gradient(threads: int) -> None:
    """The table is longer than what one task clears, and no multiple of it."""
    model = dt.Sequential(dt.Embedding(40_003, 7), seed=0)
    model.compile(optimizer=dt.SGD(1.0), loss=total)
    rows = np.array([[0, 8_999], [9_000, 40_002], [5, 5], [39_990, 5]])
    model(rows)
    (before,) = (each.copy() for each in model.parameters().values())
    with override(num_threads=threads):
        for _ in range(3):
            model.fit(rows, np.ones((4, 2, 1), np.float32), batch_size=2, shuffle=False, verbose=0)
    (trained,) = model.parameters().values()
    expected = np.zeros((40_003, 1))
    np.add.at(expected, rows.ravel(), 3 * 0.5)  # a batch of two, three times
    np.testing.assert_allclose(
        before - trained, np.broadcast_to(expected, before.shape), rtol=1e-5, atol=1e-5
    )
