"""Metrics with a state: beside Keras, by their definitions, over batches, in fit."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, ShapeError, StructureError, TraceError
from dovetail.train.error_rates import edit_distance

RNG = np.random.default_rng(0)
N, K = 60, 4
YES = (RNG.uniform(size=N) < 0.4).astype(np.float64)
CHANCE = np.clip(0.3 * YES + RNG.uniform(size=N) * 0.7, 0.0, 1.0)
LABELS = RNG.integers(0, K, size=N)
SCORES = RNG.normal(size=(N, K)) + 1.5 * np.eye(K)[LABELS]
VALUES = RNG.normal(size=(N, 2))
GUESSES = VALUES + 0.5 * RNG.normal(size=(N, 2))
WEIGHTS = RNG.uniform(0.2, 2.0, size=N)

BINARY = (CHANCE, YES)
CLASSES = (SCORES, LABELS)


def in_batches(metric: Any, predictions: Any, targets: Any, weights: Any) -> float:
    """The figure of a state that batches of 7 were added to."""
    state = metric.state()
    for at in range(0, len(targets), 7):
        part = slice(at, at + 7)
        own = {} if weights is None else {"w": weights[part]}

        def step(state: Any, p: Any, y: Any, own: Any) -> Any:
            return metric.update(state, p, y, own.get("w"))

        def bare(state: Any, p: Any, y: Any) -> Any:
            return metric.update(state, p, y, None)

        given = (state, predictions[part], targets[part])
        state = dt.op(step)(*given, own) if own else dt.op(bare)(*given)
    return np.asarray(dt.op(metric.result)(state))


KERAS: dict[str, tuple[Any, Any, tuple[Any, Any]]] = {
    "precision": (dt.Precision(), lambda m: m.Precision(), BINARY),
    "recall": (dt.Recall(threshold=0.3), lambda m: m.Recall(thresholds=0.3), BINARY),
    "auc": (dt.AUC(), lambda m: m.AUC(), BINARY),
    "auc, few": (dt.AUC(thresholds=5), lambda m: m.AUC(num_thresholds=5), BINARY),
    "auc, pr": (dt.AUC("PR"), lambda m: m.AUC(curve="PR"), BINARY),
    "auc, logits": (dt.AUC(from_logits=True), lambda m: m.AUC(from_logits=True),
                    (4 * CHANCE - 2, YES)),
    "f1, macro": (dt.F1Score(K), lambda m: m.F1Score(average="macro"), (SCORES, np.eye(K)[LABELS])),
    "f1, micro": (dt.F1Score(K, "micro", 0.5), lambda m: m.F1Score("micro", 0.5),
                  (SCORES, np.eye(K)[LABELS])),
    "f1, weighted": (dt.F1Score(K, "weighted"), lambda m: m.F1Score(average="weighted"),
                     (SCORES, np.eye(K)[LABELS])),
    "f2": (dt.F1Score(K, "macro", 0.5, beta=2.0), lambda m: m.FBetaScore("macro", 2.0, 0.5),
           (SCORES, np.eye(K)[LABELS])),
    "r2": (dt.R2Score(outputs=2), lambda m: m.R2Score(), (GUESSES, VALUES)),
    "rmse": (dt.RootMeanSquaredError(), lambda m: m.RootMeanSquaredError(),
             (GUESSES[:, 0], VALUES[:, 0])),
    "top 2": (dt.TopKAccuracy(2), lambda m: m.SparseTopKCategoricalAccuracy(2), CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("name", KERAS)
@pytest.mark.parametrize("weighted", [False, True])
def test_beside_keras(name: str, weighted: bool) -> None:
    keras = pytest.importorskip("keras")
    metric, make, (predictions, targets) = KERAS[name]
    weights = WEIGHTS if weighted else None
    theirs = make(keras.metrics)
    for at in range(0, N, 7):
        part = slice(at, at + 7)
        own = None if weights is None else weights[part].astype(np.float32)
        theirs.update_state(targets[part].astype(np.float32), predictions[part].astype(np.float32),
                            sample_weight=own)  # fmt: skip
    right = float(keras.ops.convert_to_numpy(theirs.result()))
    assert in_batches(metric, predictions, targets, weights) == pytest.approx(right, abs=2e-5)
    assert metric(predictions, targets, weights) == pytest.approx(right, abs=2e-5)


def confusion(chosen: Any, labels: Any, weights: Any) -> Any:
    found = np.zeros((K, K))
    for i, j, w in zip(labels, chosen, weights, strict=True):
        found[i, j] += w
    return found


def test_confusion_kappa_and_correlation() -> None:
    chosen = SCORES.argmax(-1)
    matrix = confusion(chosen, LABELS, np.ones(N))
    np.testing.assert_array_equal(in_batches(dt.ConfusionMatrix(K), *CLASSES, None), matrix)
    np.testing.assert_allclose(
        in_batches(dt.ConfusionMatrix(K), *CLASSES, WEIGHTS), confusion(chosen, LABELS, WEIGHTS)
    )
    chance = matrix.sum(1)[:, None] * matrix.sum(0) / N
    kappa = (np.trace(matrix) - np.trace(chance)) / (N - np.trace(chance))
    assert in_batches(dt.CohenKappa(K), *CLASSES, None) == pytest.approx(kappa)
    distance = np.abs(np.arange(K)[:, None] - np.arange(K))
    for weighting, cost in (("linear", distance), ("quadratic", distance**2)):
        right = 1 - (cost * matrix).sum() / (cost * chance).sum()
        found = in_batches(dt.CohenKappa(K, weighting), *CLASSES, None)
        assert found == pytest.approx(right)
    # The correlation of one-hot columns, summed over classes.
    one, other = np.eye(K)[LABELS], np.eye(K)[chosen]
    a, b = one - one.mean(0), other - other.mean(0)
    right = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())
    assert in_batches(dt.MatthewsCorrelation(K), *CLASSES, None) == pytest.approx(right)
    assert dt.MatthewsCorrelation(2)(np.ones(5, int), np.ones(5, int)) == 0.0


def test_ranking_and_perplexity() -> None:
    logs = SCORES - np.log(np.exp(SCORES).sum(-1, keepdims=True))
    right = np.exp(-logs[np.arange(N), LABELS].mean())
    assert in_batches(dt.Perplexity(), *CLASSES, None) == pytest.approx(right)
    found = dt.Perplexity(from_logits=False)(np.exp(logs), LABELS)
    assert found == pytest.approx(right)
    ranks = np.array([sorted(-row).index(-row[y]) for row, y in zip(SCORES, LABELS, strict=True)])
    hits = (ranks < 2).mean()
    assert in_batches(dt.HitRate(2), *CLASSES, None) == pytest.approx(hits)
    gains = np.where(ranks < 3, 1 / np.log2(ranks + 2), 0.0).mean()
    assert in_batches(dt.NDCG(3), *CLASSES, None) == pytest.approx(gains)
    graded = RNG.integers(0, 4, size=(N, K)).astype(float)
    rows = []
    for row, gain in zip(SCORES, graded, strict=True):
        discount = 1 / np.log2(np.arange(3) + 2)
        best = (np.sort(gain)[::-1][:3] * discount).sum()
        rows.append((gain[np.argsort(-row)][:3] * discount).sum() / best if best else 0.0)
    assert in_batches(dt.NDCG(3), SCORES, graded, None) == pytest.approx(np.mean(rows))


def test_a_ranking_of_all_items_counts_each_order_of_equal_ones() -> None:
    """Beside all orders, one by one; a model that says the same of every item is no good one."""
    scores = np.array([[2.0, 1.0, 2.0, 0.0, 2.0], [1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 3.0, 1, 1, 2]])
    labels = np.array([4, 0, 3])
    for k in (1, 2, 3, 5, 9):
        hits, gains = [], []
        for row, label in zip(scores, labels, strict=True):
            for order in itertools.permutations(range(5)):
                rank = sorted(order, key=lambda item, row=row: -row[item]).index(label)
                hits.append(rank < k)
                gains.append(1 / np.log2(rank + 2) if rank < k else 0.0)
        assert dt.HitRate(k)(scores, labels) == pytest.approx(np.mean(hits))
        assert dt.NDCG(k)(scores, labels) == pytest.approx(np.mean(gains))
    unknown = np.where(np.arange(5) == labels[:, None], np.nan, scores)
    assert dt.HitRate(3)(unknown, labels) == dt.NDCG(3)(unknown, labels) == 0.0


def plain_distance(first: Any, second: Any) -> int:
    row = list(range(len(second) + 1))
    for i, item in enumerate(first, 1):
        new = [i]
        for j, other in enumerate(second):
            new.append(min(row[j + 1] + 1, new[j] + 1, row[j] + (item != other)))
        row = new
    return row[-1]


def test_character_error_rates() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b = (rng.integers(0, 3, n).tolist() for n in rng.integers(0, 90, 2))
        assert edit_distance(a, b) == plain_distance(a, b), (a, b)
    rate = dt.character_error_rate
    assert rate(["kitten", "same"], ["sitting", "same"]) == pytest.approx(3 / 11)
    assert rate([["a", "word"]], [["one", "word"]]) == 0.5
    assert rate(np.array([[1, 2, -1], [3, -1, -1]]), [[1, 2, 4], [3]]) == 0.25
    for wrong in ((["a"], ["a", "b"]), ("text", ["text"]), ([""], [""])):
        with pytest.raises((ArgumentError, ShapeError)):
            rate(*wrong)


@pytest.mark.parametrize("blank", [0, 2, None])
def test_the_character_error_rate_of_scores(blank: int | None) -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(40, 9, 4))
    scores[5] += 50.0 * np.eye(4)[1]  # one label, in all frames
    scores[6] += 50.0 * np.eye(4)[blank or 0]
    lengths = rng.integers(0, 6, 40)
    targets = np.where(np.arange(6) < lengths[:, None], rng.integers(0, 4, (40, 6)), -1)
    read = [
        [label for n, label in enumerate(row)
         if blank is None or (label != blank and (n == 0 or row[n - 1] != label))]
        for row in scores.argmax(-1).tolist()
    ]  # fmt: skip
    edits = np.array([
        plain_distance(one, row[:n]) for one, row, n in
        zip(read, targets.tolist(), lengths.tolist(), strict=True)
    ])  # fmt: skip
    metric = dt.CharacterErrorRate(blank)
    assert in_batches(metric, scores, targets, None) == pytest.approx(edits.sum() / lengths.sum())
    weights = rng.uniform(0.5, 2.0, 40)
    right = (weights * edits).sum() / (weights * lengths).sum()
    assert in_batches(metric, scores, targets, weights) == pytest.approx(right)
    if blank is None:
        padded = np.where(np.arange(9) < 7, scores.argmax(-1), -1)
        assert dt.CharacterErrorRate(None)(padded, targets) == pytest.approx(
            dt.character_error_rate(padded, targets)
        )
    with pytest.raises(ShapeError, match="padded with -1"):
        metric(scores, targets[:, 0])


def test_the_character_error_rate_in_fit() -> None:
    @dt.loss
    def reading(scores: Any, labels: Any) -> Any:
        frames = dt.full_like(labels[:, 0], scores.shape[1])
        lengths = dt.sum(dt.astype(labels >= 0, dt.int64), axis=1)
        return dt.ctc_loss(dt.log_softmax(scores), labels, frames, lengths, reduction="none")

    rng = np.random.default_rng(3)
    labels = rng.integers(1, 4, (24, 2))
    x = np.repeat(np.eye(4)[np.pad(labels, ((0, 0), (0, 2)))], 2, axis=1).astype(np.float32)
    model = dt.Sequential(dt.Dense(16, "tanh"), dt.Dense(4), seed=0)
    model.compile(dt.Adam(0.05), reading, [dt.character_error_rate])
    with pytest.raises(TraceError, match=r"dt\.CharacterErrorRate"):
        model.fit(x, labels, epochs=1, verbose=0)
    model.compile(dt.Adam(0.05), reading, ["CharacterErrorRate"])  # the class, as in Keras
    history = model.fit(x, labels, epochs=12, batch_size=10, verbose=0)
    found = model.evaluate(x, labels, return_dict=True)["character_error_rate"]
    decoded = [[k for n, k in enumerate(row) if k and (n == 0 or row[n - 1] != k)]
               for row in model.predict(x).argmax(-1).tolist()]  # fmt: skip
    assert found == pytest.approx(dt.character_error_rate(decoded, labels.tolist()))
    assert found < history["character_error_rate"][0]


X = RNG.normal(size=(96, 5)).astype(np.float32)
Y = (X[:, 0] + 0.5 * X[:, 1] + 0.8 * RNG.normal(size=96) > 0).astype(np.float32)


@dt.metric
def within_a_tenth(predictions: Any, targets: Any) -> Any:
    """1 where a prediction is within 0.1."""
    return dt.astype(dt.abs(predictions - targets) < 0.1, dt.float32)


def test_in_fit_and_evaluate(tmp_path: Any) -> None:
    model = dt.Sequential(dt.Dense(8, "tanh"), dt.Dense(1, "sigmoid"), seed=0)
    metrics = ["auc", dt.AUC("PR"), dt.Precision(), "recall", dt.F1Score(), within_a_tenth, "acc"]
    model.compile("adam", "binary_cross_entropy", metrics, weighted_metrics=[dt.Recall(0.25)])
    weights = RNG.uniform(0.5, 2.0, size=96).astype(np.float32)
    history = model.fit(X, Y, epochs=3, batch_size=20, verbose=0, validation_data=(X, Y),
                        sample_weight=weights)  # fmt: skip
    assert len(history["auc"]) == len(history["val_auc_pr"]) == 3
    predictions = model.predict(X)[:, 0]
    found = model.evaluate(X, Y, batch_size=20, return_dict=True)
    for name, metric in (("auc", dt.AUC()), ("auc_pr", dt.AUC("PR")), ("precision", dt.Precision()),
                         ("f1_score", dt.F1Score())):  # fmt: skip
        right = float(metric(predictions, Y))
        assert found[name] == pytest.approx(right, rel=1e-6), name
        assert history[f"val_{name}"][-1] == pytest.approx(right, rel=1e-6)
    near = float((np.abs(predictions - Y) < 0.1).mean())
    assert found["within_a_tenth"] == pytest.approx(near)
    model.save(tmp_path / "m.dovetail")
    again = dt.load(tmp_path / "m.dovetail")
    assert again.evaluate(X, Y, batch_size=20, return_dict=True) == found
    # An epoch's figures are those of its batches together, not the mean of theirs.
    still = dt.Sequential(dt.Dense(1, "sigmoid"), seed=0)
    still.compile(dt.SGD(0.0), "binary_cross_entropy", [dt.AUC()])
    once = still.fit(X, Y, epochs=1, batch_size=17, shuffle=False, verbose=0)
    assert once["auc"][0] == pytest.approx(float(dt.AUC()(still.predict(X)[:, 0], Y)), rel=1e-6)


def test_metrics_of_one_name_are_told_apart_as_in_keras() -> None:
    model = dt.Sequential(dt.Dense(1, "sigmoid"), seed=0)
    model.compile(
        "sgd", "binary_crossentropy", [dt.Recall(0.2), dt.Recall(0.5), dt.Recall(0.6), "accuracy"],
        weighted_metrics=[dt.Recall(0.2), dt.Recall(0.5), "accuracy"],
    )  # fmt: skip
    weights = RNG.uniform(0.0, 2.0, size=96)
    found = model.evaluate(X, Y, sample_weight=weights, return_dict=True)
    chance = model.predict(X)[:, 0]
    right = (chance > 0.5) == Y
    expected = {
        "recall": dt.Recall(0.2)(chance, Y),
        "recall_1": dt.Recall(0.5)(chance, Y),
        "recall_2": dt.Recall(0.6)(chance, Y),
        "accuracy": right.mean(),
        "weighted_recall": dt.Recall(0.2)(chance, Y, weights),
        "weighted_recall_1": dt.Recall(0.5)(chance, Y, weights),
        "weighted_accuracy": (right * weights).sum() / weights.sum(),
    }
    assert list(found) == ["loss", *expected]
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=1e-6), name


def test_metrics_of_logits_take_those_below_a_softmax() -> None:
    model = dt.Sequential(dt.Dense(K, "softmax"), seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", ["perplexity"])
    labels = RNG.integers(0, K, size=96)
    chosen = model.predict(X)[np.arange(96), labels].astype(np.float64)
    found = model.evaluate(X, labels, return_dict=True)["perplexity"]
    assert found == pytest.approx(np.exp(-np.log(chosen).mean()), rel=1e-5)


def test_objects() -> None:
    for metric in (dt.AUC("PR", 50), dt.F1Score(3, "micro"), dt.NDCG(7)):
        assert pickle.loads(pickle.dumps(metric)) == metric
    model = dt.Sequential(dt.Dense(2))
    for wrong in (dt.AUC, dt.ConfusionMatrix(3)):
        with pytest.raises(ArgumentError):
            model.compile("sgd", "mse", [wrong])
            model.fit(X, np.stack([Y, Y], 1), verbose=0)
    with pytest.raises(ShapeError, match="equal shapes"):
        dt.Precision()(np.ones((3, 2)), np.ones(3))
    for metric in (dt.Precision(), dt.RootMeanSquaredError()):
        with pytest.raises(StructureError, match="one for each example"):
            metric(CHANCE, YES, WEIGHTS[:, None])
    for make in (lambda: dt.AUC("roc"), lambda: dt.F1Score(2, "none"), lambda: dt.AUC("PR", 1)):
        with pytest.raises(ArgumentError):
            make()
