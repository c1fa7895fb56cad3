"""The round of all changes, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.cli import main
from dovetail.options import override

SOURCE = """
import numpy as np
import dovetail as dt

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 64)).astype(np.float32)
y = (x[:, :4].sum(axis=1) > 0).astype(np.int64)
model = dt.Sequential(
    dt.Input(64), dt.Dense(256, use_bias=False), dt.BatchNorm(), dt.relu, dt.Dense(128, "relu"),
    dt.Dense(2), seed=0,
)
model.compile(dt.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, verbose=0, seed=0)


def examples():
    return x, y
"""


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "improved_model.py"
    file.write_text(SOURCE)
    with override(num_threads=1):
        status = main([
            "improve", f"{file}::model", "--data", f"{file}::examples", "--epochs", "1",
            "--tolerance", "0.1", "--json", "--output", str(tmp_path / "m.dovetail"),
            "--picture", str(tmp_path / "m.svg"),
        ])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert list(found["changes"]) == [
        "fold", "prune to 0.7", "prune to 0.5", "prune to 0.3", "factorise at 0.99",
        "factorise at 0.97", "quantise", "quantise, trained",
    ]  # fmt: skip
    chosen = found["changes"][found["chosen"]]
    assert chosen["paid"]
    assert all(
        each["speed"]["256"]["best"] <= chosen["speed"]["256"]["best"]
        for each in found["changes"].values() if each["paid"]
    )  # fmt: skip
    picture = (tmp_path / "m.svg").read_text()
    measured = [name for name, each in found["changes"].items() if each["speed"]]
    assert picture.count("<circle") == 1 + len(measured) and "prune to 0.3" in picture
    model = dt.load(tmp_path / "m.dovetail")
    kernels = [each for each in model.states().values() if each.dtype == np.int8]
    count = sum(each.size for each in (*model.parameters().values(), *kernels))
    assert count == chosen["after"]["parameters"]
    assert main(["improve", f"{file}::model"]) == 2
    assert "--data" in capsys.readouterr().err


def test_where_nothing_pays_the_original_is_advised() -> None:
    model = dt.Sequential(dt.Input(4), dt.Dense(3), dt.Dense(2), seed=0)
    model.compile("sgd", "mse")
    x = np.ones((20, 4), np.float32)
    y: Any = model.predict(x)
    found = dt.improve.trade_off(
        model, (x, y), shares=(0.5,), energies=(0.5,), epochs=0, tolerance=-1.0
    )
    assert found.model is model and found.chosen is None
    found.print()
