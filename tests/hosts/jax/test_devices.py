"""Eight devices: pmap, shard_map and sharded jit, none of which gathers an array."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("jax")


def test_on_eight_devices() -> None:
    """In a separate process: the number of devices is set before JAX starts."""
    script = Path(__file__).with_name("on_eight_devices.py")
    root = Path(__file__).parents[3]
    flags = "--xla_force_host_platform_device_count=8"
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    found = subprocess.run(
        [sys.executable, "-W", "error", str(script)], cwd=root, env=environment,
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-4000:]
    assert found.stdout.split() == ["sharded", "shard_map", "products", "pmap", "done"]
