"""Translation: the split, the check for leaks, subwords, decoding, and the model in other hosts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.data import DataError
from translation import data, decoding
from translation.model import Translator
from translation.text import END, Subwords

PROGRAM = Path(__file__).parents[2] / "examples" / "translation"
PAIRS = [
    data.Pair("我是学生。", "I am a student."), data.Pair("我是老师。", "I am a teacher."),
    data.Pair("你是学生。", "You are a student."), data.Pair("你是谁。", "Who are you?"),
] * 4  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Any:
    return Translator(30, 25, 16, 2, 24, 1, 0.1, seed=0)


def tokens() -> Any:
    rng = np.random.default_rng(0)
    source, target = rng.integers(4, 30, (3, 7)), rng.integers(4, 25, (3, 5))
    source[1, 5:] = 0
    return source, target


def test_pairs_that_share_a_sentence_are_on_one_side() -> None:
    pairs = data.load()
    assert (len(pairs), len(data.groups(pairs))) == (24026, 21265)
    found = data.split(pairs, seed=1)
    assert sum(map(len, (found.train, found.validation, found.test))) == len(pairs)
    assert len(found.test) > 1600
    assert data.split(pairs, seed=2).test != found.test


def test_a_planted_leak_is_seen() -> None:
    train, validation, test = ([data.Pair(zh, en)] for zh, en in ("甲a", "乙b", "丙c"))
    data.Split(train, validation, test).check()
    train.append(data.Pair("丁", "c"))
    with pytest.raises(DataError, match=r"'c' is in the training and the test data"):
        data.Split(train, validation, test).check()


def test_the_floor_copies_the_nearest() -> None:
    found = data.nearest_copies(PAIRS[:4], ["我是老師。", "谁。"])
    assert found == ["I am a teacher.", "Who are you?"]


def test_subwords_come_back(tmp_path: Path) -> None:
    words = Subwords.learned([pair.english for pair in PAIRS], 40, spaces=True, often=2)
    words.save(tmp_path / "words.json")
    words = Subwords.load(tmp_path / "words.json")
    for pair in PAIRS[:4]:
        found = words.encode(pair.english)
        assert found[-1] == END and words.decode([*found, 5, 6]) == pair.english


def test_step_by_step_is_the_whole(model: Any) -> None:
    source, target = tokens()
    whole, cache = model(source, target), model(source, None)
    for n in range(target.shape[1]):
        logits, cache = model(None, target[:, n : n + 1], cache)
        np.testing.assert_allclose(logits, whole[:, n], atol=2e-5)
    weights = model(source, target, weights=True)
    np.testing.assert_allclose(np.sum(weights, axis=-1), 1.0, rtol=1e-5)
    assert (weights[1, :, 5:] == 0).all()  # padding


def test_bleu_is_sacrebleus_and_its_error_shrinks() -> None:
    one, other = ["the cat sat on the mat"] * 50, ["the cat sat on a mat"] * 50
    assert decoding.bleu(one, one) == pytest.approx(100.0)
    assert decoding.bleu_error(one, other) == pytest.approx(0.0)
    mixed = [a if n % 2 else b for n, (a, b) in enumerate(zip(one, other, strict=True))]
    errors = [decoding.bleu_error(mixed * n, one * n) for n in (1, 9)]
    assert errors[0] == pytest.approx(3 * errors[1], rel=0.3)


def test_the_saved_model_in_a_fresh_process(tmp_path: Path) -> None:
    words = [
        Subwords.learned([pair.chinese for pair in PAIRS], 40, spaces=False, often=1),
        Subwords.learned([pair.english for pair in PAIRS], 40, spaces=True, often=1),
    ]
    model = Translator(*(each.size for each in words), 16, 2, 24, 1, 0.1, seed=0)
    sentences = [pair.chinese for pair in PAIRS[:2]]
    model(*(each % 12 for each in tokens()))
    expected = decoding.translate(model, *words, sentences, width=2)
    model.save(tmp_path / "model.dovetail")
    for name, each in zip(("chinese", "english"), words, strict=True):
        each.save(tmp_path / f"{name}.json")
    command = [sys.executable, str(PROGRAM / "predict.py"), *sentences, "--width", "2"]
    done = subprocess.run(
        [*command, "--model", str(tmp_path)], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert [line.rstrip() for line in done.stdout.splitlines()] == [e.rstrip() for e in expected]


@pytest.mark.parametrize("host", ["torch", "keras", "jax"])
def test_other_hosts_have_the_same_logits(host: str, model: Any) -> None:
    pytest.importorskip(host)
    source, target = tokens()
    moved = model.to(host)
    if host == "torch":
        torch = pytest.importorskip("torch")
        found = moved(torch.from_numpy(source), torch.from_numpy(target)).detach().numpy()
    else:
        found = np.asarray(moved(source, target))
    np.testing.assert_allclose(found, model.predict((source, target)), atol=2e-5)
