"""One definition, trained in every framework in one process: the losses agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "one_definition_everywhere.py"
FRAMEWORKS = ("torch", "jax", "tensorflow", "keras")


def test_the_losses_agree() -> None:
    for name in FRAMEWORKS:
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    result = subprocess.run(
        [sys.executable, str(EXAMPLE), "--json"],
        env=environment, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr + result.stdout
    found = json.loads(result.stdout)
    assert set(found["losses"]) == {"numpy", *FRAMEWORKS}
    assert max(found["apart"].values()) <= 1e-5
    for losses in found["losses"].values():
        assert len(losses) == 50
        assert losses[-1] < losses[0] / 10
