"""The faces: splits, the check for leaks, equal error rates, and the model in other hosts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.data import DataError
from faces import data, model
from faces.verification import pairs, roc

import dovetail as dt
from tests.examples.hosts import predicted

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def faces() -> Any:
    return data.load()


@pytest.fixture(scope="module")
def trained(faces: Any) -> Any:
    settings = replace(model.Settings(), width=2, epochs=1)
    return model.train(faces.of(data.split(faces, 0)[0].ravel()), settings)


def test_a_photograph_is_on_one_side_of_a_split(faces: Any) -> None:
    train, test = data.split(faces, 3)
    assert sorted([*train.ravel(), *test.ravel()]) == list(range(400))
    assert (faces.people[train] == np.arange(40)[:, None]).all()
    assert (data.split(faces, 4)[0] != train).any()
    people = np.concatenate([data.unseen(0, fold) for fold in range(4)])
    assert sorted(people) == list(range(40))
    data.check_apart(faces.of(train.ravel()), faces.of(test.ravel()))


def test_a_planted_leak_is_seen(faces: Any) -> None:
    train, test = (rows.ravel() for rows in data.split(faces, 0))
    with pytest.raises(DataError, match=r"1 of 200 photographs.*number 7"):
        data.check_apart(faces.of(np.append(train, test[7])), faces.of(test))


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    copy = tmp_path / "faces.npz"
    with pytest.raises(DataError, match="missing"):
        data.load(copy)
    copy.write_bytes(data.FILE.read_bytes()[:-1])
    with pytest.raises(DataError, match="damaged"):
        data.load(copy)


def test_the_equal_error_rate() -> None:
    likeness = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    alike = np.array([1, 1, 0, 1, 0, 1, 0, 0], bool)
    rate, threshold = roc(likeness, alike).equal_error
    assert rate == 0.25 and threshold == 0.6  # 1 of 4 strangers accepted, 1 of 4 people refused
    assert roc(likeness, np.arange(8) < 4).equal_error[0] == 0.0
    assert roc(likeness, np.arange(8) >= 4).equal_error[0] == 1.0
    assert roc(np.ones(8), alike).equal_error[0] == 0.5  # which cannot be told apart
    found = pairs(np.array([[2.0, 0.0], [5.0, 0.0], [0.0, 1.0]]), np.array([3, 3, 4]))
    assert found.alike.tolist() == [True, False, False]
    np.testing.assert_allclose(found.likeness, [1.0, 0.0, 0.0])


def test_the_floor_is_the_nearest_in_pixels(faces: Any) -> None:
    train, test = (faces.of(rows.ravel()[:50]) for rows in data.split(faces, 0))
    right = 0
    for pixels, person in zip(test.pixels.astype(float), test.people, strict=True):
        nearest = ((train.pixels - pixels) ** 2).sum((1, 2)).argmin()
        right += train.people[nearest] == person
    assert data.nearest_in_pixels(train, test) == right / 50


def test_the_saved_model_in_a_fresh_process(trained: Any, faces: Any, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    file = tmp_path / "faces.dovetail"
    trained.save(file)
    for row in (3, 250):
        image.fromarray(faces.pixels[row]).save(tmp_path / f"{row}.png")
    program = [sys.executable, str(EXAMPLES / "faces" / "predict.py"), "--model", str(file)]

    def printed(*photographs: str) -> str:
        done = subprocess.run(
            [*program, *(str(tmp_path / each) for each in photographs)],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.stdout + done.stderr

    found = model.cosines(trained, faces.of(np.array([3])).images)[0]
    first = printed("3.png").splitlines()[0]
    assert first == f"person {found.argmax()}: cosine {found.max():.3f}"
    both = pairs(model.vectors(trained, faces.of(np.array([3, 250])).images), np.arange(2))
    assert f"(cosine {both.likeness[0]:.2f}," in printed("3.png", "250.png")
    assert "4.png is missing" in printed("4.png")


@pytest.mark.parametrize("host", ["torch", "keras", "jax"])
def test_other_hosts_name_the_same_people(host: str, trained: Any, faces: Any) -> None:
    images = faces.of(np.arange(0, 400, 40)).images
    found = predicted(trained, host, images)
    np.testing.assert_allclose(found, trained.predict(images), atol=2e-5)


def test_the_loss_is_arcface(faces: Any) -> None:
    cosines = np.random.default_rng(0).uniform(-0.9, 0.9, (4, 40))
    labels = np.array([0, 5, 39, 5])
    right = dt.arcface(cosines, labels, margin=model.MARGIN, scale=model.SCALE)
    assert model.angular(cosines, labels) == right
