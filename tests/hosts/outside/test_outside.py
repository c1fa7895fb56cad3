"""A host of another package: found by its entry point, used by the type of its arrays, checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent / "package"
pytest.importorskip("array_api_strict")


def run(program: str, *, installed: bool = True) -> str:
    """What a new process prints, with or without the package on its path."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGE), path])}
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=environment if installed else {**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout


BEGIN = """
import array_api_strict as xp
import numpy as np
import dovetail as dt

@dt.activation
def mish(x):
    return x * dt.tanh(dt.softplus(x))

x = xp.linspace(-3.0, 3.0, 7)
"""


def test_a_call_returns_its_kind_and_the_right_numbers() -> None:
    said = run(
        BEGIN
        + """
y = mish(x)
assert type(y) is type(x), type(y)
assert y.dtype == xp.float64
assert np.array_equal(np.asarray(y), mish(np.linspace(-3.0, 3.0, 7)))
slope = dt.grad(lambda v: dt.sum(mish(v)))(x)
assert type(slope) is type(x)
assert mish(np.ones(3)).__class__ is np.ndarray
print("right")
"""
    )
    assert said == "right\n"


def test_it_is_listed_and_asked_for_by_name() -> None:
    said = run(
        BEGIN
        + """
from dovetail.hosts.registry import REGISTRY
print(REGISTRY.names())
assert REGISTRY.form("array_api_strict", "op", mish) is mish
"""
    )
    assert "array_api_strict" in said


def test_the_checker_checks_it() -> None:
    said = run(
        BEGIN
        + """
report = dt.check(mish, hosts=["numpy", "array_api_strict"], quick=True)
assert report, report.text(140)
agreement = next(v for v in report.verdicts if v.check == "host agreement")
print(agreement.status, agreement.summary)
"""
    )
    assert said.startswith("passed numpy, array_api_strict agree")


def test_without_the_package_its_arrays_are_not_taken() -> None:
    said = run(
        BEGIN
        + """
try:
    mish(x)
except TypeError as error:
    print(type(error).__name__, error)
""",
        installed=False,
    )
    assert said.startswith("ArgumentError")
    assert "Array" in said
