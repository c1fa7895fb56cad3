"""The checks of this folder, once for each backend of Keras, each backend in a separate process.

`KERAS_BACKEND=torch python -m pytest tests/hosts/keras/check_layers.py` runs some of them.
Each test here is one function of a `check_*.py` on one backend.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import xla_flags

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
BACKENDS = ("torch", "jax", "tensorflow")
SECONDS = 1500  # for all checks on one backend


def functions(path: Path) -> list[str]:
    """The names of the tests in a file, without importing it: Keras takes one backend."""
    body = ast.parse(path.read_text()).body
    return [
        item.name
        for item in body
        if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")
    ]


CHECKS = [
    f"{path.name}::{name}" for path in sorted(HERE.glob("check_*.py")) for name in functions(path)
]


def environment(backend: str) -> dict[str, str]:
    """That of this process, for another backend."""
    return {
        **os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1",
        "XLA_FLAGS": xla_flags.text(),
    }  # fmt: skip


class Checks:
    """The checks on one backend, running in a process, and their results when it ends."""

    def __init__(self, backend: str, checks: list[str], folder: Path) -> None:
        self._report = folder / f"{backend}.xml"
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
                "--tb=short", f"--junitxml={self._report}", *(str(HERE / each) for each in checks),
            ],
            cwd=ROOT, env=environment(backend), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._results: dict[str, list[ElementTree.Element]] | None = None
        self._output = ""

    def results(self, check: str) -> list[ElementTree.Element]:
        """The cases of one check."""
        if self._results is None:
            self._output, _ = self._process.communicate(timeout=SECONDS)
            self._results = {}
            if self._report.exists():
                for case in ElementTree.parse(self._report).iter("testcase"):
                    file = case.get("classname", "").rpartition(".")[2] + ".py"
                    function = case.get("name", "").partition("[")[0]
                    self._results.setdefault(f"{file}::{function}", []).append(case)
        if check not in self._results:
            pytest.fail(f"{check} did not run:\n{self._output[-10_000:]}")
        return self._results[check]

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Checks]]:
    """The checks that were asked for on a backend, which start when the first is asked for.

    One backend after the other: side by side each takes up to twice the processor time.
    """
    folder = tmp_path_factory.mktemp("keras")
    wanted: dict[str, list[str]] = {}
    for item in request.session.items:
        if item.path == Path(__file__) and isinstance(item, pytest.Function):
            parameters = item.callspec.params
            wanted.setdefault(parameters["backend"], []).append(parameters["check"])
    started: dict[str, Checks] = {}

    def on(backend: str) -> Checks:
        if backend not in started:
            started[backend] = Checks(backend, wanted[backend], folder)
        return started[backend]

    yield on
    for checks in started.values():
        checks.stop()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_on(backend: str, check: str, running: Callable[[str], Checks]) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    cases = running(backend).results(check)
    wrong = [
        f"{case.get('name')}:\n{found.text}"
        for case in cases
        for found in case
        if found.tag in ("failure", "error")
    ]
    assert not wrong, "\n".join(wrong)[-10_000:]
    if all(case.find("skipped") is not None for case in cases):
        pytest.skip("every case is skipped on this backend")
