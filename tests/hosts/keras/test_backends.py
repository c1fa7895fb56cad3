"""The checks of this folder, once for each backend of Keras, each in a process of its own.

`KERAS_BACKEND=torch python -m pytest tests/hosts/keras/check_layers.py` runs some of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
CHECKS = sorted(HERE.glob("check_*.py"))
BACKENDS = ("torch", "jax", "tensorflow")


def environment(backend: str) -> dict[str, str]:
    """That of this process, for another backend."""
    return {
        **os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The checks of all backends, at the same time: each has one thread."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    processes = {
        backend: subprocess.Popen(
            [*command, *map(str, CHECKS)],
            cwd=ROOT, env=environment(backend), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for backend in BACKENDS
        if find_spec(backend) is not None
    }  # fmt: skip
    yield processes
    for process in processes.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("backend", BACKENDS)
def test_on(backend: str, running: dict[str, subprocess.Popen[str]]) -> None:
    if backend not in running:
        pytest.skip(f"{backend} is not installed")
    said, _ = running[backend].communicate(timeout=900)
    assert running[backend].returncode == 0, said[-10_000:]
    assert " passed" in said


def test_there_are_checks() -> None:
    assert len(CHECKS) >= 5
