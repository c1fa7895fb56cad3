"""How many stars a user gives a film: what all agree on, what each likes, and the day's mood."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt
from films.data import Array, Films, features

PARTS = ("taste", "agreement", "session", "factors")
NOISE = 4.0  # L2 is NOISE / (ratings deviation^2), with the deviations of weights below
DEVIATIONS = {
    "user": 1.0, "film": 0.6, "common": 0.3, "taste": 0.35, "agreement": 0.6, "session": 0.4,
    "factors": 0.58,
}  # fmt: skip
FACTORS = 32
EPOCHS = 20


class Taste(dt.Layer):
    """What each user adds for each feature: sum_k weights[user, k] features[k]. (n,), (n, k).

    The weights of all users are one array of which each example reads a row, so that the gradient
    reaches the rows of the batch alone.
    """

    users: int
    features: int
    weights = dt.Parameter("users", "features", init="zeros")

    def forward(self, user: Any, x: Any) -> Any:
        """One number for each example."""
        return dt.sum(dt.take(self.weights, user, axis=0) * x, axis=-1)


class Known(dt.Layer):
    """The rows of a table that is no parameter: in no framework is it trained."""

    count: int
    features: int
    table = dt.State("count", "features", init="zeros")

    def forward(self, index: Any) -> Any:
        """The rows at the indices."""
        return dt.take(self.table, index, axis=0)


class Numbers(dt.Layer):
    """A number for each index, at first 0."""

    count: int
    table = dt.Parameter("count", init="zeros")

    def forward(self, index: Any) -> Any:
        """The numbers at the indices."""
        return dt.take(self.table, index, axis=0)


class Ratings(dt.Model):
    """stars = mean + user + (1 + agreement) quality + taste + session + factors.

    quality = film + common weights of its features; agreement: how much of it a user follows. The
    factors are the product of a vector of the user and one of the film. `parts` are those of the
    last four that there are. Session 0 is none, and there is a row of the last user for a stranger.
    """

    def __init__(
        self, users: int, films: int, sessions: int, features: int, mean: float,
        parts: tuple[str, ...] = PARTS, factors: int = FACTORS, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(seed=seed)
        self.mean, self.parts = mean, parts
        self.known = Known(films, features)
        self.user, self.film = Numbers(users), Numbers(films)
        self.common = dt.Dense(1, use_bias=False)
        if "taste" in parts:
            self.taste = Taste(users, features)
        if "agreement" in parts:
            self.agreement = Numbers(users)
        if "session" in parts:
            self.session = Numbers(sessions)
        if "factors" in parts:
            self.factors_of_user = dt.Embedding(users, factors)
            self.factors_of_film = dt.Embedding(films, factors)
        self.build(*[np.zeros(2, np.int64)] * 3)

    def forward(self, user: Any, film: Any, session: Any, *, training: bool = False) -> Any:
        """The stars for arrays of numbers; from 0.5 to 5, except in training."""
        known = self.known(film)
        quality = self.film(film) + self.common(known)[:, 0]
        stars = self.mean + self.user(user) + quality
        if "agreement" in self.parts:
            stars = stars + self.agreement(user) * quality
        if "taste" in self.parts:
            stars = stars + self.taste(user, known)
        if "session" in self.parts:
            stars = stars + self.session(session)
        if "factors" in self.parts:
            stars = stars + dt.sum(self.factors_of_user(user) * self.factors_of_film(film), axis=-1)
        return stars if training else dt.clip(stars, 0.5, 5.0)


def made(films: Films, rows: Array, parts: tuple[str, ...] = PARTS, seed: int = 0,
         factors: int = FACTORS) -> Ratings:  # fmt: skip
    """A model that is not trained; what it knows of the films comes from these rows."""
    known = features(films, rows)
    mean = float(films.stars[rows].mean(dtype=np.float64))
    model = Ratings(films.users + 1, len(known), films.sessions, known.shape[1], mean, parts,
                    factors, seed)  # fmt: skip
    model.set_weights({**model.get_weights(), "known.table": known})
    return model


def penalties(model: Ratings, ratings: int) -> dict[str, dt.L2]:
    """For each array the L2 that a normal prior amounts to, as a part of the mean over ratings."""
    return {
        path: dt.L2(NOISE / (ratings * DEVIATIONS[path.split("_")[0].split(".")[0]] ** 2))
        for path in model.parameters()
    }


def train(films: Films, rows: Array, parts: tuple[str, ...] = PARTS, seed: int = 0,
          epochs: int = EPOCHS, batch: int = 1000) -> Ratings:  # fmt: skip
    """A model of these ratings."""
    model = made(films, rows, parts, seed)
    steps = epochs * -(-len(rows) // batch)
    optimizer = dt.Adam(dt.CosineDecay(0.01, steps))
    model.compile(optimizer, "mse", regularizers=penalties(model, len(rows)))
    model.fit(films.inputs(rows), films.stars[rows], batch_size=batch, epochs=epochs, seed=seed,
              verbose=0)  # fmt: skip
    return model


def meet(model: Any, films: Array, stars: Array) -> int:
    """Fit what the model says of a user to the ratings of a stranger; the stranger's number.

    All else stays, so this is a regression on features, factors and quality, with the priors that
    the model was trained with; its solution becomes the last row of the user's arrays.
    """
    found = model.get_weights()
    known = found["known.table"]
    quality = found["film.table"] + known @ found["common.kernel"][:, 0]
    terms = {"user.table": np.ones((len(known), 1)), "taste.weights": known,
             "agreement.table": quality[:, None],
             "factors_of_user.table": found["factors_of_film.table"]}  # fmt: skip
    scales = [DEVIATIONS[path.split("_")[0].split(".")[0]] for path in terms]
    scale = np.repeat(scales, [each.shape[1] for each in terms.values()])
    x = np.hstack(list(terms.values()))[films] * scale
    left = stars - model_mean(model) - quality[films]
    weights = scale * np.linalg.solve(x.T @ x + NOISE * np.eye(len(scale)), x.T @ left)
    places = np.cumsum([each.shape[1] for each in terms.values()])[:-1]
    for path, row in zip(terms, np.split(weights, places), strict=True):
        found[path][-1] = row if found[path].ndim > 1 else row[0]
    model.set_weights(found)
    return len(found["user.table"]) - 1


def model_mean(model: Any) -> float:
    """The mean of the ratings that it was trained on: a constant, also of a loaded model."""
    return float(model.mean)
