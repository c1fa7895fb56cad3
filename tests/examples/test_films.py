"""The films: how ratings are divided, the checks for leaks, trivial methods, and other hosts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.data import DataError
from common.frameworks import losses
from films import data, predict, ranking, ratings

import dovetail as dt
from tests.examples.hosts import HOSTS, predicted

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def films() -> Any:
    return data.load()


@pytest.fixture(scope="module")
def few(films: Any) -> Any:
    """The first users' ratings, so that models of them are small."""
    rows = films.user < 8
    some = {
        name: getattr(films, name)[rows] for name in ("user", "film", "stars", "time", "session")
    }
    return replace(films, **some)


@pytest.fixture(scope="module")
def small(few: Any) -> Any:
    return ratings.train(few, np.arange(len(few)), epochs=2, batch=200)


@pytest.fixture(scope="module")
def following(few: Any) -> Any:
    pasts = ranking.leave_out(ranking.in_order(few))
    return ranking.train(pasts, len(few.titles), epochs=1, rows=600)


def test_every_rating_is_tested_once(films: Any) -> None:
    parts = data.folds(films)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(len(films)))
    for train, test in parts:
        assert len(train) + len(test) == len(films)
        data.check_apart(films, train, test)
    train, test = parts[0]
    with pytest.raises(DataError, match=r"1 of 20168 ratings"):
        data.check_apart(films, np.append(train, test[5]), test)


def test_the_last_film_is_left_out(films: Any) -> None:
    pasts = ranking.leave_out(ranking.in_order(films))
    ranking.check_apart(pasts)
    for user in (0, 77, 609):
        mine = films.user == user
        last = mine & (films.film == pasts.last[user])
        assert films.time[last] == films.time[mine].max()
        assert sorted([*pasts.before[user], pasts.last[user]]) == sorted(films.film[mine])
    earlier = ranking.leave_out(ranking.in_order(films), validation=True)
    assert all((a[-1] == b) for a, b in zip(pasts.before, earlier.last, strict=True))
    pasts.before[3] = np.append(pasts.before[3], pasts.last[3])
    with pytest.raises(DataError, match=r"of 1 users.*user 3"):
        ranking.check_apart(pasts)


def test_sessions_end_with_a_pause() -> None:
    user, time = np.array([1, 0, 1, 0, 1]), np.array([5000, 10, 100, 11, 1000])
    assert data.sessions(user, time).tolist() == [3, 1, 2, 1, 2]


def test_figures_count_all_films() -> None:
    scores = np.array([[5.0, 4.0, 3.0, -np.inf], [1.0, 1.0, 0.0, 9.0], [0.0, 1.0, 2.0, 3.0]])
    assert ranking.figures(scores, np.array([1, 1, 0]), 2) == (
        1 / 3 + 1 / 3, pytest.approx((1 / np.log2(3) + 1 / np.log2(3.5)) / 3),
    )  # fmt: skip


def test_item_knn_by_another_way() -> None:
    rng = np.random.default_rng(0)
    before = [rng.choice(12, rng.integers(2, 7), replace=False) for _ in range(30)]
    found = ranking.nearest_items(ranking.Pasts(before, np.zeros(30, int)), 12, 3)
    sets = [{user for user, past in enumerate(before) if film in past} for film in range(12)]
    for film, own in enumerate(sets):
        cosine = np.array([len(own & each) / np.sqrt(len(own) * len(each)) for each in sets])
        cosine[film] = 0.0
        near = np.where(cosine >= np.sort(cosine)[-3], cosine, 0.0)
        for user, past in enumerate(before):
            right = -np.inf if film in past else near[past].sum()
            np.testing.assert_allclose(found[user, film], right, rtol=1e-5)


def test_a_stranger_is_the_optimum_of_what_was_trained(films: Any, few: Any, small: Any) -> None:
    seen, stars = np.array([0, 31, 43, 257]), np.array([5.0, 1.0, 4.0, 3.0])
    model = ratings.train(few, np.arange(len(few)), epochs=1)
    user = ratings.meet(model, seen, stars)
    start = model.get_weights()
    paths = ["user.table", "agreement.table", "taste.weights", "factors_of_user.table"]
    deviations = [1.0, 0.6, 0.35, 0.58]
    rng = np.random.default_rng(0)

    def objective(weights: Any) -> float:
        model.set_weights(weights)
        given = (np.full(4, user), seen, np.zeros(4, int))
        error = np.asarray(model(*given, training=True), np.float64) - stars
        sizes = [np.sum((weights[path][-1] / scale) ** 2)
                 for path, scale in zip(paths, deviations, strict=True)]  # fmt: skip
        return float(error @ error + ratings.NOISE * sum(sizes))

    least = objective(start)
    for path in paths:
        for _ in range(3):
            moved = {name: each.copy() for name, each in start.items()}
            moved[path][-1] += 0.05 * rng.normal(size=moved[path][-1].shape)
            assert objective(moved) > least


def test_saved_models_in_a_fresh_process(
    few: Any, small: Any, following: Any, tmp_path: Path
) -> None:
    small.save(tmp_path / "ratings.dovetail")
    following.save(tmp_path / "next.dovetail")
    program = [sys.executable, str(EXAMPLES / "films" / "predict.py"), "--models", str(tmp_path)]

    def printed(*words: str) -> str:
        done = subprocess.run([*program, *words], capture_output=True, text=True, timeout=120)
        return done.stdout + done.stderr

    past = ranking.in_order(few)[4]
    scores = ranking.scores(following, [past], len(few.titles))[0]
    best = scores.argmax()
    stars = small.predict((np.array([4]), np.array([best]), np.array([0])))[0]
    lines = printed("--user", "4", "--count", "1").splitlines()
    assert lines[0].startswith(f"after {few.titles[past[-1]]}"[:30])
    assert few.titles[best][:20] in lines[4]
    assert f"{scores[best]:.2f}" in lines[4] and f"{stars:.1f}" in lines[4]


def test_ratings_of_a_stranger_are_read(few: Any) -> None:
    seen, stars = predict.read(["toy story (1995)=5", "Heat (1995)=3.5"], few)
    assert [few.titles[each] for each in seen] == ["Toy Story (1995)", "Heat (1995)"]
    assert stars.tolist() == [5.0, 3.5]
    mistakes = {
        "Heat (1995)=7": "no rating",
        "Heat": "no rating",
        "Xyzzy=3": "no film",
        "toy story=5": r"Toy Story 2 \(1999\)",
    }
    for wrong, said in mistakes.items():
        with pytest.raises(DataError, match=said):
            predict.read([wrong], few)


@pytest.mark.parametrize("host", HOSTS)
def test_other_hosts(host: str, few: Any, small: Any, following: Any) -> None:
    given = few.inputs(np.arange(0, len(few), 40))
    found = predicted(small, host, *given)
    np.testing.assert_allclose(found, small.predict(given), atol=1e-5)
    x = np.array([ranking.padded(each) for each in ranking.in_order(few)])
    candidates = np.random.default_rng(0).integers(1, 900, (len(x), 7))
    found = predicted(following, host, x, candidates)
    np.testing.assert_allclose(found, following.predict((x, candidates)), atol=1e-5)


@pytest.mark.parametrize("host", HOSTS)
def test_other_hosts_train_the_same(host: str, few: Any) -> None:
    pytest.importorskip(host)
    model = ratings.made(few, np.arange(len(few)), factors=2)
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, len(few), 50) for _ in range(20)]
    batches = [(few.inputs(each), few.stars[each]) for each in rows]
    embedded, other = (
        losses(each, model, dt.mean_squared_error, dt.Adam, {"lr": 0.01}, batches)
        for each in (None, host)
    )
    assert embedded[-1] < embedded[0]
    np.testing.assert_allclose(other, embedded, rtol=1e-4)
