"""Every piece, on every host, in files: saved by one process and loaded by another.

What is checked on a host is in on_*.py; each of its two processes handles all pieces at once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.files.pieces import public
from tests.files.sweep import FAULTY, SOUND

ROOT = Path(__file__).parents[2]
HOSTS = ("numpy", "torch", "jax", "tensorflow", "keras-jax", "keras-torch", "keras-tensorflow")
ENVIRONMENT = {
    **os.environ, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
}  # fmt: skip


def _process(host: str, action: str, folder: Path, count: int, *more: str) -> list[str]:
    """What a process reports as wrong about a number of pieces."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.files.sweep", host, action, str(folder), *more],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-5000:]
    assert f"DONE {count}" in lines, done.stdout[-5000:]
    return [line.removeprefix("WRONG ") for line in lines if line.startswith("WRONG ")]


@pytest.mark.parametrize("host", HOSTS)
def test_everything_is_the_same_in_a_fresh_process(host: str, tmp_path: Path) -> None:
    for name in host.split("-"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    count = len(public())
    assert _process(host, "save", tmp_path, count) == []
    assert _process(host, "load", tmp_path, count) == []
    lines = _process(host, "load", tmp_path, len(FAULTY) + len(SOUND), "planted")
    found = {re.sub(r"_\d+$", "", line.partition(" ")[0]) for line in lines}
    wanted = set(FAULTY) - ({"Adam"} if host == "tensorflow" else set())
    assert wanted <= found <= {*wanted, "Sequential"}, found  # which holds some of them


@pytest.mark.parametrize("host", ["numpy", "torch", "jax", "tensorflow"])
def test_everything_is_mapped_over_examples(host: str, tmp_path: Path) -> None:
    if find_spec(host) is None:
        pytest.skip(f"{host} is not installed")
    assert _process(host, "vmap", tmp_path, len(public())) == []


def test_nothing_is_left_out() -> None:
    assert len(public()) > 200
    assert {"exp", "mish", "focal", "BatchNorm", "Sequential", "AdamW", "swirl"} <= public().keys()


def test_the_snippets_of_the_documentation_run(tmp_path: Path) -> None:
    for name in ("torch", "jax", "flax", "keras", "tensorflow"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    text = (ROOT / "docs" / "files.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 6
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT / "src")]))
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)], cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": path}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5000:]
