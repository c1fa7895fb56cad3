"""The plates: what is drawn, splits by text, the check for leaks, and the model in other hosts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.data import DataError
from plates import data, model, renderer
from plates.data import Plates

import dovetail as dt
from tests.examples.hosts import predicted

EXAMPLES = Path(__file__).parents[2] / "examples"
SMALL = replace(model.Settings(), width=2, hidden=4)


@pytest.fixture(scope="module")
def drawn() -> Plates:
    return data.drawn(24, 0)


@pytest.fixture(scope="module")
def trained(drawn: Plates) -> Any:
    reader = model.network(SMALL)
    model.train(reader, drawn, SMALL, epochs=1)
    return reader


def test_what_is_drawn(drawn: Plates) -> None:
    again = data.drawn(24, 0)
    assert again.texts == drawn.texts and (again.pixels == drawn.pixels).all()
    assert data.drawn(24, 1).texts != drawn.texts
    assert drawn.pixels.shape == (24, 48, 96) and drawn.pixels.dtype == np.uint8
    assert (drawn.pixels.std((1, 2)) > 5).all()
    rng = np.random.default_rng(0)
    texts = renderer.texts(500, rng)
    assert set("".join(texts).replace(" ", "")) <= set(data.CHARACTERS)
    assert {len(text.replace(" ", "")) for text in texts} >= {4, 5, 6, 7}
    assert renderer.serial("LL D", rng)[2] == " " and renderer.serial("LL D", rng)[3].isdigit()


def test_the_text_is_what_is_seen() -> None:
    """A plate differs from one without text where the text is, and by which text it is."""
    one, same, other = (
        renderer.plate(text, np.random.default_rng(5)).astype(float)
        for text in ("ABC123", "ABC123", "ABC128")
    )
    assert (one == same).all()
    changed = np.flatnonzero(np.abs(one - other).max(axis=0) > 20)
    assert len(changed) and changed.min() > 48  # the last character, on the right


def test_texts_as_classes() -> None:
    labels = data.encoded(("A0", "", "ZZ9"))
    assert labels.shape == (3, 10) and labels[0].tolist() == [11, 1, *[-1] * 8]
    assert data.decoded(labels) == ["A0", "", "ZZ9"]


def test_plates_of_one_text_are_on_one_side() -> None:
    texts = tuple(f"T{n // 3}" for n in range(60))
    plates = Plates(np.zeros((60, 48, 96), np.uint8), texts)
    rest, held_out = data.split(plates, 20, 0)
    assert len(held_out) == 18 and sorted([*rest, *held_out]) == list(range(60))
    data.check_apart(plates.of(rest), plates.of(held_out))
    planted = plates.of([*rest, held_out[4]])
    with pytest.raises(DataError, match=rf"3 of 18 .*first is {texts[held_out[4]]}"):
        data.check_apart(planted, plates.of(held_out))
    kept = data.without_texts(plates, plates.of(held_out))
    assert set(kept.texts) == set(plates.of(rest).texts)


def test_a_missing_and_another_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="openalpr"):
        data.load(tmp_path / "plates.npz")
    (tmp_path / "plates.npz").write_bytes(b"something else")
    with pytest.raises(DataError, match="damaged"):
        data.load(tmp_path / "plates.npz")


def test_the_loss_is_that_of_ctc_with_lengths(drawn: Plates) -> None:
    logits = np.random.default_rng(0).normal(size=(24, model.FRAMES, 37))
    labels = drawn.labels
    right = dt.ctc_loss(
        np.asarray(dt.log_softmax(logits)), labels, np.full(24, model.FRAMES), (labels >= 0).sum(1)
    )
    np.testing.assert_allclose(model.reading(logits, labels), right, rtol=1e-12)
    longest = data.encoded(("AABBCCDDEE",))  # each pair needs a blank between
    assert np.isfinite(model.reading(logits[:1], longest))


def test_the_saved_model_in_a_fresh_process(trained: Any, drawn: Plates, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    file, photograph = tmp_path / "plates.dovetail", tmp_path / "mine.png"
    trained.save(file)
    image.fromarray(drawn.pixels[3]).save(photograph)
    program = [sys.executable, str(EXAMPLES / "plates" / "predict.py"), "--model", str(file)]
    done = subprocess.run([*program, str(photograph)], capture_output=True, text=True, timeout=120)
    found = model.log_probabilities(trained, drawn.of([3]).images)
    labels, scores = dt.ctc_decode(found, beam_width=10)
    text = data.decoded(labels)[0]
    expected = f"mine.png: {text} (probability {np.exp(scores[0]):.2f})\n"
    assert done.stdout == expected, done.stderr


@pytest.mark.parametrize("host", ["torch", "keras", "jax"])
def test_other_hosts_read_the_same(host: str, trained: Any, drawn: Plates) -> None:
    images = drawn.images[:4]
    found = predicted(trained, host, images)
    np.testing.assert_allclose(found, trained.predict(images), atol=2e-5)
