"""Small files of every kind, to be read and to be damaged."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import dovetail as dt
from tests.saving import pieces


def _trained() -> Any:
    model = dt.Sequential(dt.Dense(4, pieces.swirl), pieces.Centred(4), dt.Dense(2), seed=1)
    model.compile(pieces.Signed(0.01), pieces.quartic, ["mae"])
    x = np.ones((4, 4), np.float32)
    model.fit(x, x[:, :2], verbose=0, seed=0)
    return model


def _functional() -> Any:
    x = dt.Input(4)
    joined = dt.concat([dt.Dense(3)(x), x[:, 1:3] * 2.0], axis=-1)
    model = dt.Model(x, {"a": dt.Dense(2, "relu")(joined), "b": dt.tanh(joined)}, seed=1)
    model.compile(
        dt.AdamW(1e-3).with_groups({"*.bias": {"lr": 0.1}}), {"a": "mse"}, ema_momentum=0.5
    )
    model.fit(np.ones((4, 4), np.float32), {"a": np.ones((4, 2), np.float32)}, verbose=0, seed=0)
    return model


SUBJECTS = {
    "trained": _trained,
    "functional": _functional,
    "loop": lambda: pieces.decayed,
    "rule": lambda: pieces.stepped,
    "optimizer": lambda: pieces.Signed(0.1),
}


@cache
def content_of(name: str) -> bytes:
    """The bytes of a file of this subject."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.dovetail"
        # Files with few calls: most of the time of a damaged one is that of its text.
        options = {"calls": [(np.ones((5, 4), np.float32),)]} if name in ("loop", "rule") else {}
        dt.save(SUBJECTS[name](), path, **options)
        return path.read_bytes()
