"""What `fit` and `evaluate` read: weights, generators, sequences, loaders, and validation."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors
from dovetail.train.prefetch import prefetched

RNG = np.random.default_rng(7)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = RNG.integers(0, 3, 50)
WEIGHTS = RNG.uniform(0.0, 2.0, 50)
SPARSE = "sparse_categorical_crossentropy"


def classifier(**options: Any) -> Any:
    model = dt.Sequential([dt.Input(4), dt.Dense(8, "tanh"), dt.Dense(3)], seed=0)
    model.compile(dt.SGD(0.1), SPARSE, **{"metrics": ["accuracy"], **options})
    return model


def log_loss(model: Any, x: Any = X, y: Any = Y) -> Any:
    """The loss of each example, in float64."""
    scores = model.predict(x).astype(np.float64)
    log_p = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    return -log_p[np.arange(len(y)), y]


def same_weights(one: Any, other: Any) -> bool:
    found = other.get_weights()
    return all((array == found[path]).all() for path, array in one.get_weights().items())


# Weights of examples, with Keras' meaning: a weighted sum over the number of examples.


def test_sample_weights() -> None:
    model = classifier(weighted_metrics=["accuracy"], metrics=[])
    losses = log_loss(model)
    right = model.predict(X).argmax(1) == Y
    found = model.evaluate(X, Y, sample_weight=WEIGHTS, batch_size=16, return_dict=True)
    assert found["loss"] == pytest.approx((losses * WEIGHTS).mean(), rel=1e-5)
    assert found["accuracy"] == pytest.approx((right * WEIGHTS).sum() / WEIGHTS.sum(), rel=1e-5)
    assert model.test_on_batch(X, Y, WEIGHTS, return_dict=True) == pytest.approx(found, rel=1e-6)
    # An example of weight 0 teaches nothing, and one of weight 2 as much as two.
    kept = np.arange(50) % 2 == 0
    one, other = classifier(), classifier()
    one.fit(X, Y, batch_size=50, sample_weight=2.0 * kept, shuffle=False, verbose=0)
    other.fit(X[kept], Y[kept], batch_size=50, shuffle=False, verbose=0)
    for path, array in one.get_weights().items():
        np.testing.assert_allclose(array, other.get(path), rtol=1e-4, atol=1e-6)


def test_class_weights_are_the_weights_of_their_examples() -> None:
    weights = {0: 0.5, 2: 3.0}
    each = np.array([0.5, 1.0, 3.0])[Y]
    one, other, third = classifier(), classifier(), classifier()
    one.fit(X, Y, class_weight=weights, verbose=0, shuffle=False)
    other.fit(X, Y, sample_weight=each, verbose=0, shuffle=False)
    assert same_weights(one, other)
    third.compile(dt.SGD(0.1), "categorical_crossentropy")
    third.fit(X, np.eye(3)[Y], class_weight=weights, verbose=0, shuffle=False)
    for path, array in one.get_weights().items():
        np.testing.assert_allclose(array, third.get(path), rtol=1e-4, atol=1e-6)
    one.fit(X, Y, class_weight=weights, sample_weight=WEIGHTS, verbose=0, shuffle=False)
    other.fit(X, Y, sample_weight=each * WEIGHTS, verbose=0, shuffle=False)
    for path, array in one.get_weights().items():
        np.testing.assert_allclose(array, other.get(path), rtol=1e-5, atol=1e-7)


def test_weights_and_ignored_labels() -> None:
    loss = functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=-1)
    model = classifier()
    model.compile("sgd", loss)
    labels = np.where(np.arange(50) % 3 == 0, -1, Y)
    losses = log_loss(model, y=np.where(labels < 0, 0, labels))
    found = model.evaluate(X, labels, sample_weight=WEIGHTS, batch_size=50)
    expected = (losses * WEIGHTS * (labels >= 0)).sum() / (labels >= 0).sum()
    assert found == pytest.approx(expected, rel=1e-5)
    top = dt.TopKAccuracy(1)
    model.compile("sgd", loss, ["accuracy", top], weighted_metrics=["accuracy", top])
    figures = model.evaluate(X, labels, sample_weight=WEIGHTS, batch_size=16, return_dict=True)
    right = model.predict(X).argmax(1) == labels
    for name, each in (("", labels >= 0), ("weighted_", WEIGHTS * (labels >= 0))):
        for metric in ("accuracy", "top_k_accuracy"):
            expected = (right * each).sum() / each.sum()
            assert figures[name + metric] == pytest.approx(expected, rel=1e-5)


# Batches from elsewhere.


def pairs(size: int = 16) -> list[tuple[Any, Any]]:
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, 50, size)]


class Numbered:
    """A sequence of batches, as `keras.utils.PyDataset`."""

    def __init__(self) -> None:
        self.ended = 0

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        return pairs()[index]

    def on_epoch_end(self) -> None:
        self.ended += 1


class Iterable:
    """Something that can be iterated over again and again, and does not say how long."""

    def __iter__(self) -> Iterator[Any]:
        return iter(pairs())


def forever() -> Iterator[Any]:
    while True:
        yield from pairs()


SOURCES: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "numbered": (Numbered, {}),
    "iterable": (Iterable, {}),
    "generator": (forever, {"steps_per_epoch": 4}),
    "weighted": (lambda: Weighted(), {}),
}


class Weighted(Iterable):
    def __iter__(self) -> Iterator[Any]:
        return iter([(x, y, np.ones(len(y))) for x, y in pairs()])


@pytest.mark.parametrize("prefetch", [0, 2])
@pytest.mark.parametrize("name", list(SOURCES))
def test_batches_from_elsewhere_train_as_arrays_do(name: str, prefetch: int) -> None:
    make, options = SOURCES[name]
    one, other = classifier(), classifier()
    items = make()
    history = one.fit(
        items, epochs=3, shuffle=False, verbose=0, prefetch=prefetch, validation_data=Iterable(),
        **options,
    )  # fmt: skip
    expected = other.fit(
        X, Y, batch_size=16, epochs=3, shuffle=False, verbose=0, validation_data=(X, Y)
    )
    for path, array in one.get_weights().items():
        np.testing.assert_allclose(array, other.get(path), rtol=1e-5, atol=1e-7)
    for figure, values in expected.history.items():
        np.testing.assert_allclose(history[figure], values, rtol=1e-5)
    if isinstance(items, Numbered):
        assert items.ended == 3
    assert not [each for each in threading.enumerate() if each.name == "dovetail-prefetch"]


def test_a_sequence_is_read_in_another_order_each_epoch() -> None:
    read: list[int] = []

    class Watched(Numbered):
        def __getitem__(self, index: int) -> Any:
            read.append(index)
            return super().__getitem__(index)

    classifier().fit(Watched(), epochs=6, verbose=0, seed=0)
    orders = [tuple(read[i : i + 4]) for i in range(1, 25, 4)]  # after the first look
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    assert len(set(orders)) > 1


def test_loaders_and_tensors_of_torch() -> None:
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    loader = torch.utils.data.DataLoader(data, batch_size=16)
    one, other = classifier(), classifier()
    one.fit(loader, epochs=2, shuffle=False, verbose=0)
    other.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    assert same_weights(one, other)
    assert one.evaluate(loader) == pytest.approx(other.evaluate(X, Y), rel=1e-5)
    np.testing.assert_allclose(one.predict(loader), one.predict(X), rtol=1e-5, atol=1e-6)
    one.fit(torch.from_numpy(X), torch.from_numpy(Y), shuffle=False, verbose=0)
    other.fit(X, Y, shuffle=False, verbose=0)
    assert same_weights(one, other)


def test_datasets_of_tensorflow() -> None:
    data = pytest.importorskip("tensorflow").data
    pairs = data.Dataset.from_tensor_slices((X, Y)).batch(16)
    one, other = classifier(), classifier()
    one.fit(pairs, epochs=2, verbose=0, validation_data=pairs)
    other.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    assert same_weights(one, other)
    np.testing.assert_allclose(one.predict(pairs), one.predict(X), rtol=1e-5, atol=1e-6)
    with pytest.raises(errors.ArgumentError, match=r"steps_per_epoch.*\n.*no end"):
        one.fit(pairs.repeat(), verbose=0)
    assert len(one.fit(pairs.repeat(), epochs=2, steps_per_epoch=3, verbose=0).epoch) == 2


def test_batches_of_many_lengths_need_one_plan_each() -> None:
    """Sequences in buckets: the model takes the mean over time."""
    model = dt.Sequential(dt.Dense(8, "tanh"), lambda x: dt.mean(x, axis=1), dt.Dense(3), seed=0)
    model.compile("sgd", SPARSE)
    batches = [(RNG.normal(size=(8, length, 4)), Y[:8]) for length in (5, 9, 7)]
    history = model.fit(batches_of(batches), epochs=4, verbose=0)
    assert history["loss"][-1] < history["loss"][0]


def batches_of(items: list[Any]) -> Any:
    class Again:
        def __iter__(self) -> Iterator[Any]:
            return iter(items)

    return Again()


def test_steps_per_epoch_and_validation_options() -> None:
    model = classifier()
    seen: list[int] = []

    class Count(dt.Callback):
        def on_batch_end(self, step: int, figures: Any) -> None:
            seen.append(step)

    history = model.fit(
        X, Y, batch_size=8, epochs=6, steps_per_epoch=3, validation_split=0.2, validation_freq=2,
        validation_batch_size=5, validation_steps=1, verbose=0, callbacks=[Count()], shuffle=False,
    )  # fmt: skip
    assert seen == [0, 1, 2] * 6
    assert len(history["loss"]) == 6
    assert len(history["val_loss"]) == 3
    assert history["val_loss"][-1] == pytest.approx(
        log_loss(model, X[40:45], Y[40:45]).mean(), 1e-5
    )
    history = model.fit(X, Y, epochs=4, validation_data=(X, Y), validation_freq=[1, 4], verbose=0)
    assert len(history["val_loss"]) == 2


def test_evaluating_with_weights_in_the_validation_data() -> None:
    model = classifier()
    history = model.fit(X, Y, epochs=1, validation_data=(X, Y, WEIGHTS), verbose=0)
    expected = (log_loss(model) * WEIGHTS).mean()
    assert history["val_loss"][0] == pytest.approx(expected, rel=1e-5)


def test_the_thread_that_reads_ahead_ends_with_the_epoch_or_its_error() -> None:
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    items = prefetched(numbers(), 2)
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    items.close()  # type: ignore[attr-defined]
    count = len(read)
    assert count < 10
    time.sleep(0.3)
    assert len(read) == count

    def failing() -> Iterator[int]:
        yield 1
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        list(prefetched(failing(), 4))


def test_sigmoid_and_softmax_outputs_are_trained_on_their_logits() -> None:
    """The same curve with and without the last activation, which Keras' losses expect."""
    for last, loss, targets in (
        ("softmax", SPARSE, Y),
        ("softmax", "categorical_crossentropy", np.eye(3)[Y]),
        ("sigmoid", "binary_crossentropy", np.eye(3)[Y]),
    ):
        curves = []
        for activation in (None, last):
            model = dt.Sequential(dt.Dense(8, "tanh"), dt.Dense(3, activation), seed=0)
            model.compile(dt.SGD(0.1), loss, metrics=["accuracy"])
            curves.append(model.fit(X, targets, epochs=3, seed=0, verbose=0).history)
        assert curves[0] == curves[1]


MISTAKES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: classifier().fit(forever()), errors.ArgumentError, "steps_per_epoch"),
    (lambda: classifier().fit(iter(pairs()), epochs=3, steps_per_epoch=4, verbose=0),
     errors.TrainingError, "yielded no batch"),
    (lambda: classifier().fit(iter(pairs()), epochs=3, steps_per_epoch=3, verbose=0),
     errors.TrainingError, "ended after 1 of the 3 batches of epoch 2"),
    (lambda: classifier().fit(batches_of([])), errors.TrainingError, "yielded no batch"),
    (lambda: classifier().fit(Iterable(), Y), errors.ArgumentError, "y"),
    (lambda: classifier().fit(X), errors.ArgumentError, "targets"),
    (lambda: classifier().fit(batches_of([(X, Y, Y, Y)])), errors.StructureError, "4 things"),
    (lambda: classifier().fit(batches_of([X])), errors.ArgumentError, "targets"),
    (lambda: classifier().fit(batches_of([(X, Y + 1)])), errors.IndexingError, "label 3"),
    (lambda: classifier().fit(X, Y, sample_weight=WEIGHTS[:9]), errors.ShapeError, "50 .* 9"),
    (lambda: classifier().fit(X, Y, sample_weight=np.full(50, np.nan)), errors.TrainingError,
     "sample_weight holds 50"),
    (lambda: classifier().fit(X, Y, class_weight=[1, 2, 3]), errors.ArgumentError, "class_weight"),
    (lambda: classifier().fit(X, Y, class_weight={"a": 1.0}), errors.ArgumentError, "'a'"),
    (lambda: classifier().compile("sgd", 3), errors.ArgumentError, "loss"),
    (lambda: classifier().fit(X, np.eye(3)[Y]), errors.ShapeError, "argmax"),
    (lambda: classifier().fit(X, Y, steps_per_epoch=0), errors.ArgumentError, "steps_per_epoch"),
    (lambda: classifier().fit(X, Y, validation_freq=0), errors.ArgumentError, "validation_freq"),
    (lambda: classifier().fit(X, Y, callbacks=[print]), errors.ArgumentError, "callbacks"),
    (lambda: classifier().fit([[1.0, 2.0, 3.0, 4.0], [1.0]], [0, 1]), errors.ShapeError,
     "different lengths"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "kind", "words"), MISTAKES)
def test_mistakes(action: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        action()


def test_a_bad_batch_of_a_stream_leaves_what_was_learned() -> None:
    model, other = classifier(), classifier()
    bad = [*pairs()[:2], (X[32:48], Y[32:48] + 5)]
    with pytest.raises(errors.IndexingError):
        model.fit(batches_of(bad), verbose=0)
    other.fit(X[:32], Y[:32], batch_size=16, shuffle=False, verbose=0)
    assert same_weights(model, other)
