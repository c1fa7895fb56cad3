"""Training further on several processes or devices gives what one process gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "scale_out"


@pytest.mark.parametrize(
    ("program", "framework"),
    [
        ("torch_processes.py ddp", "torch"), ("torch_processes.py fsdp", "torch"),
        ("jax_sharded.py", "flax"), ("tensorflow_mirrored.py", "tensorflow"),
    ],
)  # fmt: skip
def test_together_as_alone(program: str, framework: str) -> None:
    pytest.importorskip(framework)
    name, *arguments = program.split()
    command = [sys.executable, str(FOLDER / name), *arguments, "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["after"] > found["before"] > 0.5
    assert found["difference"] < 1e-4  # of logits of a size of about 5
