"""Runs processes of the sweep, and says what they report."""

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
ENVIRONMENT = {
    **os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_backend_optimization_level=0",
    "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
    # XLA's programs are the same in the process that loads: it need not compile them again.
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
}  # fmt: skip


def process(host: str, action: str, folder: Path, count: int, *more: str) -> list[str]:
    """What a process reports as wrong about a number of pieces."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.files.sweep", host, action, str(folder), *more],
        cwd=ROOT, env={**ENVIRONMENT, "JAX_COMPILATION_CACHE_DIR": str(folder / "xla")},
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-5000:]
    assert f"DONE {count}" in lines, done.stdout[-5000:]
    return [line.removeprefix("WRONG ") for line in lines if line.startswith("WRONG ")]


def check_fresh_process(host: str, folder: Path) -> None:
    """What one process saves, another loads; it reports definitions that differ."""
    for name in host.split("-"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    count = len(public())
    assert process(host, "save", folder, count) == []
    assert process(host, "load", folder, count) == []
    lines = process(host, "load", folder, len(FAULTY) + len(SOUND), "planted")
    found = {re.sub(r"_\d+$", "", line.partition(" ")[0]) for line in lines}
    wanted = set(FAULTY) - ({"Adam"} if host == "tensorflow" else set())
    assert wanted <= found <= {*wanted, "Sequential"}, found  # which holds some of them
