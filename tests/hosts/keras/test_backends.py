"""The checks of this folder, once for each backend of Keras, each in a process of its own.

`KERAS_BACKEND=torch python -m pytest tests/hosts/keras/check_layers.py` runs some of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.mark.parametrize("backend", BACKENDS)
def test_on(backend: str) -> None:
    if find_spec(backend) is None or find_spec(f"dovetail.hosts.{backend}") is None:
        pytest.skip(f"{backend} is not installed")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    result = subprocess.run(
        [*command, *map(str, CHECKS)],
        cwd=ROOT, env=environment(backend), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    print(result.stdout.strip().splitlines()[-1])


def test_there_are_checks() -> None:
    assert len(CHECKS) >= 5
