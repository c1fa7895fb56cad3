"""Runs processes of the sweep, and says what they report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import xla_flags
from tests.files.pieces import public
from tests.files.sweep import FAULTY, SOUND

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    **os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": xla_flags.text(),
    "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
    # XLA's programs are the same in the process that loads: it need not compile them again.
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
}  # fmt: skip


def process(host: str, actions: str, folder: Path, count: int, *more: str) -> list[list[str]]:
    """What a process reports as wrong about a number of pieces, for each of its actions."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.files.sweep", host, actions, str(folder), *more],
        cwd=ROOT, env={**ENVIRONMENT, "JAX_COMPILATION_CACHE_DIR": str(folder / "xla")},
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-5000:]
    found: list[list[str]] = []
    for action in actions.split(","):
        assert f"DONE {action} {count}" in lines, done.stdout[-5000:]
        start = f"WRONG {action} "
        found.append([line.removeprefix(start) for line in lines if line.startswith(start)])
    return found


def skip_without(host: str) -> None:
    """Skip the test where a framework of the host's is not installed."""
    for name in host.split("-"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


def check_loading(host: str, folder: Path) -> None:
    """What one process saved, another loads; it reports definitions that differ."""
    assert process(host, "load", folder, len(public())) == [[]]
    (lines,) = process(host, "load", folder, len(FAULTY) + len(SOUND), "planted")
    found = {re.sub(r"_\d+$", "", line.partition(" ")[0]) for line in lines}
    wanted = set(FAULTY) - ({"Adam"} if host == "tensorflow" else set())
    assert wanted <= found <= {*wanted, "Sequential"}, found  # which holds some of them
