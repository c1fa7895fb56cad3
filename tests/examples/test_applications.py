"""Each application runs on the data that the project ships, and is better than a trivial method."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
APPLICATIONS = sorted(path.parent.name for path in EXAMPLES.glob("*/train.py"))
KEYS = ["metric", "higher_is_better", "value", "spread", "floor", "bar", "seconds", "more"]


@pytest.mark.parametrize("name", APPLICATIONS)
def test_a_quick_run_beats_its_floor(name: str, tmp_path: Path) -> None:
    program = EXAMPLES / name / "train.py"
    command = [sys.executable, str(program), "--quick", "--json", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)  # and nothing else on standard output
    assert list(found) == KEYS
    assert (found["value"] > found["floor"]) == found["higher_is_better"]
    assert {path.suffix for path in tmp_path.iterdir()} >= {".png", ".svg", ".dovetail"}
