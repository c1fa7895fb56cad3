"""The built wheel, installed away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
USE = """
import numpy as np
import dovetail as dt
from dovetail.data import load_digits
assert dt.__file__.startswith({folder!r}), dt.__file__
digits = load_digits()
model = dt.Sequential(dt.Flatten(), dt.Dense(16, "relu"), dt.Dense(10), seed=0)
model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
x = digits.x_train[:256].astype(np.float32) / 255
losses = model.fit(x, digits.y_train[:256], epochs=3, verbose=0).history["loss"]
assert losses[-1] < losses[0]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    (found,) = folder.glob("dovetail-*.whl")
    return found


def test_the_wheel_holds_the_package_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"dovetail"}
    assert {".py", ".ll", ".npz"} <= {Path(name).suffix for name in names}
    assert "dovetail/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)


def test_it_trains_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    done = subprocess.run([*command, wheel], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    begin = f"import sys; sys.path.insert(0, {str(target)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", begin + USE.format(folder=str(target))],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
