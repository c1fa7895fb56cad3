"""Sentiment: the folds, the check for leaks, the n-grams, and the model in other hosts."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.data import DataError
from sentiment import data
from sentiment.features import UNKNOWN, Vocabulary, grams_of
from sentiment.model import Sentiment, combined

PROGRAM = Path(__file__).parents[2] / "examples" / "sentiment"
TEXTS = [
    each.split() for each in ("a fine film", "a dull film", "fine , fine acting", "dull acting")
]
POSITIVE = np.array([1, 0, 1, 0], np.float32)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.of(TEXTS)


@pytest.fixture(scope="module")
def model(vocabulary: Vocabulary) -> Any:
    made = Sentiment(len(vocabulary.grams) + 1, len(vocabulary.words) + 2, seed=0)
    grams, words = vocabulary.encode(TEXTS)
    made.build(grams, words)
    made.bayes.ratio = vocabulary.ratios(grams, POSITIVE)
    return made


def test_each_sentence_is_tested_once_and_a_planted_leak_is_seen() -> None:
    reviews = data.load()
    folds = data.folds(len(reviews.texts))
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(10662))
    for fold in folds:
        assert len({*fold.train, *fold.validation, *fold.test}) == 10662
    data.check(folds[3], reviews)
    reviews.texts[folds[3].train[5]] = list(reviews.texts[folds[3].test[9]])  # a copy
    with pytest.raises(DataError, match=f"sentence {folds[3].train[5]} is also in the test part"):
        data.check(folds[3], reviews)
    leaking = replace(folds[0], train=np.append(folds[0].train, folds[0].test[0]))
    with pytest.raises(DataError, match="also in the test part"):
        data.check(leaking, reviews)


def test_n_grams_and_their_ratios(vocabulary: Vocabulary) -> None:
    assert grams_of(["not", "a", "moving", "film"]) == [
        "not", "a", "moving", "film", "not a", "a moving", "moving film", "not _ moving",
        "a _ film", "movin*",
    ]  # fmt: skip
    grams, words = vocabulary.encode([*TEXTS, ["unheard", "film"]])
    assert (grams[4] > 0).sum() == 1 and words[4, 0] == UNKNOWN
    ratio = vocabulary.ratios(grams[:4], POSITIVE)
    counts = np.array([len(grams_of(each)) for each in TEXTS])
    classes = len(vocabulary.grams) + 1
    totals = classes + counts[[0, 2]].sum(), classes + counts[[1, 3]].sum()
    expected = np.log(3 / totals[0]) - np.log(1 / totals[1])  # in both positive sentences
    assert ratio[vocabulary.grams["fine"]] == pytest.approx(expected, rel=1e-6)
    assert ratio[0] == 0.0


def test_before_training_it_is_naive_bayes(vocabulary: Vocabulary, model: Any) -> None:
    grams, words = vocabulary.encode(TEXTS)
    found = np.asarray(model(grams, words)["bayes"])
    wide = np.pad(grams, ((0, 0), (0, 9)))  # padding counts for nothing
    np.testing.assert_allclose(model(wide, np.pad(words, ((0, 0), (0, 4))))["bayes"], found)
    np.testing.assert_allclose(found, 0.15 * np.asarray(model.bayes.ratio)[grams].sum(1), rtol=1e-5)
    assert ((found > 0) == (POSITIVE > 0)).all()


def test_the_saved_model_in_a_fresh_process(
    vocabulary: Vocabulary, model: Any, tmp_path: Path
) -> None:
    model.save(tmp_path / "model.dovetail")
    vocabulary.save(tmp_path / "vocabulary.json")
    (tmp_path / "settings.json").write_text(json.dumps({"share": 0.5}))
    command = [sys.executable, str(PROGRAM / "predict.py"), "A fine film", "dull acting"]
    done = subprocess.run(
        [*command, "--model", str(tmp_path)], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    logits = combined(model.predict(vocabulary.encode([TEXTS[0], TEXTS[3]])), 0.5)
    chances = [float(line.split()[0]) for line in done.stdout.splitlines()]
    np.testing.assert_allclose(chances, 1 / (1 + np.exp(-logits)), atol=6e-4)


@pytest.mark.parametrize("host", ["torch", "keras", "jax"])
def test_other_hosts_have_the_same_logits(host: str, vocabulary: Vocabulary, model: Any) -> None:
    pytest.importorskip(host)
    given = vocabulary.encode(TEXTS)
    moved, expected = model.to(host), model.predict(given)
    if host == "torch":
        torch = pytest.importorskip("torch")
        found = {k: v.detach().numpy() for k, v in moved(*map(torch.from_numpy, given)).items()}
    else:
        found = moved(*given)
    for name in ("bayes", "cnn"):
        np.testing.assert_allclose(np.asarray(found[name]), expected[name], atol=2e-5)
