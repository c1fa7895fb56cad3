"""CONTRIBUTING's page: its steps, done on a copy of the source, make a new primitive."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^ *```py\n *# (?P<file>\S+): (?P<where>before|after) \"(?P<line>[^\"\n]*)\"\n"
                   r"(?P<code>.*?)^ *```$", re.DOTALL | re.MULTILINE)  # fmt: skip

PROGRAM = """
import contextlib, io
import numpy as np
import dovetail as dt
from dovetail.graph.dtypes import float32, float64
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Graph
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives.row import input_node
from dovetail.operations.composite import DECOMPOSITIONS

x = np.array([-8.0, -1e-30, 0.1, 1.0, 27.0, 1e30, -0.0, np.inf, -np.inf, np.nan], np.float32)
found = dt.cbrt(x)
assert found.dtype == np.float32 and np.signbit(found[6])
np.testing.assert_allclose(found, np.cbrt(x.astype(np.float64)), rtol=2.4e-7)
wide = np.linspace(-30, 30, 1000)
np.testing.assert_allclose(dt.cbrt(wide), np.cbrt(wide), rtol=4.5e-16)
assert dt.cbrt(np.arange(3)).dtype == np.float32

gradient = dt.grad(lambda x: dt.sum(dt.cbrt(x)))(wide)
np.testing.assert_allclose(gradient, np.cbrt(wide) ** -2 / 3, rtol=1e-14)
second = dt.grad(lambda x: dt.sum(dt.grad(lambda x: dt.sum(dt.cbrt(x)))(x)))(wide)
np.testing.assert_allclose(second, -2 / 9 * np.cbrt(wide) ** -5, rtol=1e-12)

with contextlib.redirect_stdout(io.StringIO()) as shown:
    dt.show(dt.cbrt, x)
assert "dt_cbrt_f32" in shown.getvalue()  # the kernel calls the function of vectormath

node = input_node("x", wide.shape, float64)
expression = DECOMPOSITIONS["cbrt"](PRIMITIVES["cbrt"](node))
(value,) = evaluate(Graph((node,), (expression,)), [wide])
np.testing.assert_allclose(value, np.cbrt(wide), rtol=1e-15)

report = dt.check(dt.cbrt, quick=True, hosts=["numpy"])
assert report.passed, report
print("done")
"""


def blocks() -> list[re.Match[str]]:
    return list(BLOCK.finditer((ROOT / "CONTRIBUTING.md").read_text()))


def applied(text: str, block: re.Match[str]) -> str:
    """The text of a file with the code of a block beside the first line that begins so."""
    code = re.sub("^   ", "", block["code"], flags=re.MULTILINE)  # as deep as the list's text
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith(block["line"]))
    if block["where"] == "before":
        return "".join([*lines[:at], code, "\n\n", *lines[at:]])
    return "".join([*lines[: at + 1], code, *lines[at + 1 :]])


def test_the_page_makes_a_primitive(tmp_path: Path) -> None:
    source = tmp_path / "dovetail"
    shutil.copytree(
        ROOT / "src" / "dovetail", source, ignore=shutil.ignore_patterns("__pycache__", "*.npz")
    )
    found = blocks()
    assert len({block["file"] for block in found}) == 3
    for block in found:
        file = source / block["file"]
        file.write_text(applied(file.read_text(), block))
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert result.stdout.endswith("done\n"), result.stderr + result.stdout


def test_a_page_without_a_step_makes_none() -> None:
    """The test above can fail: each block is needed, and none is there already."""
    for block in blocks():
        text = (ROOT / "src" / "dovetail" / block["file"]).read_text()
        assert "cbrt" not in text, block["file"]
        with pytest.raises(StopIteration):
            applied("", block)
