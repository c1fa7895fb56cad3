"""Programs are found by exact keys, on every host; each in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("host", ["numpy", "torch", "jax", "tensorflow"])
def test_on(host: str) -> None:
    if find_spec(host) is None:
        pytest.skip(f"{host} is not installed")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.hosts.exact_keys", host],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "passed"


def test_into_takes_keywords_by_name_and_kind() -> None:
    """The fast path of `into` is keyed by keywords; their order and kinds matter."""

    @dt.op
    def line(x: Any, *, a: float = 1.0, b: float = 1.0, n: Any = 3) -> Any:
        return x * a + b * n

    x, out = np.ones(3), np.empty(3)

    def into(**given: Any) -> float:
        line.into([out], x, **given)
        return float(out[0])

    assert into(b=1.0, a=1.0) == 4.0
    assert into(b=2.0, a=5.0) == 11.0  # not a=2, b=5
    assert into(n=1) == 2.0
    assert into(n=2) == 3.0
    assert into(n=1.0) == 2.0
    assert into(n=7.0) == 8.0
    assert into(n=7) == 8.0
