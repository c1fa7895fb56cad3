"""What type checkers report in a user's files: each planted mistake, and nothing else."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dovetail as dt

HERE = Path(__file__).parent
SOURCE = str(HERE.parents[1] / "src")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's files, and one that reads every public name."""
    folder = tmp_path_factory.mktemp("user")
    for name in ("clean.py", "mistakes.py"):
        shutil.copy(HERE / name, folder)
    names = "".join(f"    dt.{name},\n" for name in dt.__all__)
    (folder / "names.py").write_text(f"import dovetail as dt\n\nprint(\n{names})\n")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return folder


def run(files: Path, *command: str) -> str:
    """What a checker writes; it finds the package as one that is installed."""
    found = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=files, capture_output=True, text=True, timeout=500,
        env={**os.environ, "PYTHONPATH": SOURCE, "MYPYPATH": SOURCE},
    )  # fmt: skip
    assert found.stdout, found.stderr
    return found.stdout


def planted() -> set[tuple[str, int]]:
    lines = (HERE / "mistakes.py").read_text().splitlines()
    return {("mistakes.py", i) for i, line in enumerate(lines, 1) if line.endswith("# wrong")}


def test_pyright(files: Path) -> None:
    report = json.loads(run(files, "pyright", "--pythonpath", sys.executable, "--outputjson"))
    assert report["summary"]["filesAnalyzed"] == 3
    found = {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1): each["message"]
        for each in report["generalDiagnostics"]
        if each["severity"] != "information"
    }
    assert {line: found[line] for line in found.keys() - planted()} == {}
    assert planted() - found.keys() == set()


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy(files: Path) -> None:
    output = run(files, "mypy", "--strict", "--follow-imports=silent", ".")
    found = {
        (name, int(line)): message
        for name, line, message in re.findall(r"^(.+?\.py):(\d+): error: (.*)$", output, re.M)
    }
    assert {line: found[line] for line in found.keys() - planted()} == {}
    assert planted() - found.keys() == set()
