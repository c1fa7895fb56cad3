"""Kernels in which nothing varies are compiled in reasonable time, and right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "single_elements.py"


def test_deep_expressions_of_one_element() -> None:
    """In a process that can be ended: LLVM took time exponential in their depth."""
    environment = {**os.environ, "DOVETAIL_CACHE": "0"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stderr
