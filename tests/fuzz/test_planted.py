"""The fuzzer is tested: it finds planted faults, and makes the programs that show them small."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.planted import PLANTS

ROOT = Path(__file__).parents[2]
MOST_PROGRAMS = 400  # that are made; those without the operation in question are not run
MOST_STEPS = 5


@pytest.mark.parametrize("fault", PLANTS)
def test_fuzzer_finds(fault):
    if PLANTS[fault].way in ("vjp", "jvp"):
        pytest.importorskip("torch")
    command = [sys.executable, "-m", "tests.fuzz.planted", fault, str(MOST_PROGRAMS)]
    path = os.pathsep.join([*filter(None, sys.path), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "DOVETAIL_CACHE": "0"}
    answer = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    match = re.search(r"seed \d+, (\d+) steps: .* wrong", answer.stdout)
    assert match, answer.stdout + answer.stderr
    assert int(match[1]) <= MOST_STEPS, answer.stdout
