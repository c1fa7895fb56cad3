"""Every Python block of the README and of the pages below runs, in order, in one namespace."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.snippets import ROOT, Ran, matches, names_of, run_page


def pages_of(folder: str) -> list[str]:
    return sorted(page.relative_to(ROOT).as_posix() for page in (ROOT / folder).glob("*.md"))


PAGES = (
    "README.md", "docs/layers.md", "docs/training.md", "docs/optimizers.md", "docs/benchmarking.md",
    "docs/choosing.md", "docs/improving.md", "docs/walk.md",
)  # fmt: skip
GUIDE, COMING = pages_of("docs/guide"), pages_of("docs/from")
# Pages with TensorFlow or Keras have a process to themselves.
ALONE = {"docs/guide/frameworks.md", "docs/from/keras.md", "docs/from/tensorflow_addons.md"}


@pytest.mark.parametrize("page", [*PAGES, *GUIDE, *COMING])
def test_snippets_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run_alone(page) if page in ALONE else run_page(page)
    if ran.missing:
        pytest.skip(f"{ran.blocks} blocks ran; others need {', '.join(sorted(ran.missing))}")
    assert ran.blocks >= (5 if page in PAGES else 3)


def run_alone(page: str) -> Ran:
    """`run_page` in a fresh process."""
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))
    command = (sys.executable, "-m", "tests.snippets", page)
    environment = {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    told = json.loads(result.stdout.splitlines()[-1])
    return Ran(told["blocks"], set(told["missing"]))


def test_the_guide_is_there() -> None:
    assert len(GUIDE) >= 10
    assert len(COMING) >= 4


@pytest.mark.parametrize("page", [Path(page).stem for page in COMING])
def test_lines_of_pages_are_those_of_their_pieces(page: str) -> None:
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "coming_from.py"))
    _, theirs, ours, _ = benchmark["PAGES"][page]
    table = re.findall(r"^\| [^|]+ \| (\d+) \|", (ROOT / f"docs/from/{page}.md").read_text(), re.M)
    assert [int(lines) for lines in table] == [
        benchmark["lines"](page, names) for names in (theirs, ours)
    ]


def test_what_a_block_prints_is_compared() -> None:
    assert matches("a ... c\n", "a b\n  c\n")
    assert not matches("a ... c\n", "a b\n")


def test_blocks_that_need_a_missing_framework_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = ("import torch\nx = 1", "y = x", "x = 2", "x  # -> 2", "assert False")
    page = tmp_path / "page.md"
    page.write_text("\n".join(f"```python\n{block}\n```" for block in blocks[:4]))
    monkeypatch.setattr("tests.snippets.find_spec", lambda name: None)
    assert run_page(str(page)) == Ran(2, {"torch"})
    page.write_text(f"```python\n{blocks[4]}\n```")
    with pytest.raises(AssertionError):
        run_page(str(page))
    assert names_of("from jax import numpy as jnp\nz = jnp.e") == ({"jax"}, {"jnp"}, {"jnp", "z"})
