"""Every piece, on every host, in files: saved by one process and loaded by another.

What is checked on a host is in on_*.py; each of its processes handles all pieces at once.
Keras is in test_files_keras.py, so that two processes of pytest-xdist share the hosts.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.files.pieces import public
from tests.files.processes import ENVIRONMENT, ROOT, check_loading, process, skip_without

HOSTS = ("numpy", "torch", "jax", "tensorflow")


@dataclass(frozen=True)
class Saved:
    """What a process saved, and what it found wrong with copies and over examples."""

    host: str
    folder: Path
    copies: list[str]
    mapped: list[str]


@pytest.fixture(scope="module", params=HOSTS)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    host: str = request.param
    skip_without(host)
    folder = tmp_path_factory.mktemp(host)
    return Saved(host, folder, *process(host, "save,vmap", folder, len(public())))


def test_everything_is_the_same_in_a_fresh_process(saved: Saved) -> None:
    assert saved.copies == []
    check_loading(saved.host, saved.folder)


def test_everything_is_mapped_over_examples(saved: Saved) -> None:
    assert saved.mapped == []


def test_nothing_is_left_out() -> None:
    assert len(public()) > 200
    assert {"exp", "mish", "focal", "BatchNorm", "Sequential", "AdamW", "swirl"} <= public().keys()


def test_the_snippets_of_the_documentation_run(tmp_path: Path) -> None:
    for name in ("torch", "jax", "flax", "keras", "tensorflow"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    text = (ROOT / "docs" / "files.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 8
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT / "src")]))
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)], cwd=tmp_path,
        env={**ENVIRONMENT, "PYTHONPATH": path}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5000:]
