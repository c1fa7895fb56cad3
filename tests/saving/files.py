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


def _called(extension: Any) -> Any:
    extension(np.ones((5, 4), np.float32))
    return extension


SUBJECTS = {
    "trained": _trained,
    "loop": lambda: _called(pieces.decayed),
    "rule": lambda: _called(pieces.stepped),
    "optimizer": lambda: pieces.Signed(0.1),
}


@cache
def content_of(name: str) -> bytes:
    """The bytes of a file of this subject."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.dovetail"
        dt.save(SUBJECTS[name](), path)
        return path.read_bytes()
