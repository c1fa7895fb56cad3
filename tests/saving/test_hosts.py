"""What a file holds installs in every framework, in a process that has no other source of it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import dovetail as dt
from tests.saving import pieces

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    x = RNG.normal(size=(16, 6)).astype(np.float32)
    y = RNG.normal(size=(16, 3)).astype(np.float32)
    layers = dt.Dense(5, pieces.swirl), pieces.Centred(4), dt.BatchNorm(), dt.Dense(3)
    model = dt.Sequential(*layers, seed=3)
    model.compile(pieces.Signed(0.01), pieces.quartic, ema_momentum=0.5)
    model.fit(x, y, batch_size=4, verbose=0)
    assert not np.array_equal(model.predict(x), model(x))  # by the averages, which `to` takes
    model.save(made / "model")
    dt.save(pieces.swirl, made / "swirl")
    dt.save(pieces.quartic, made / "quartic")
    dt.save(pieces.Signed(0.01), made / "optimizer")
    half = 0.5 * x.astype(np.float64)
    np.savez(made / "x.npz", x=x, y=y, slope=np.sin(half) + half * np.cos(half))
    return made


@pytest.mark.parametrize("host", ["torch", "jax", "tensorflow", "keras"])
def test_pieces_of_a_file_are_native(host: str, folder: Path) -> None:
    if find_spec(host) is None:
        pytest.skip(f"{host} is not installed")
    script = Path(__file__).parent / "on_host.py"
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    result = subprocess.run(
        [sys.executable, str(script), host, str(folder)], cwd=folder, env=environment,
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
