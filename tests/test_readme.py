"""Every Python block of the README and of the pages below runs, in order, in one namespace."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md", "docs/layers.md", "docs/training.md", "docs/optimizers.md", "docs/benchmarking.md",
    "docs/choosing.md", "docs/improving.md",
)  # fmt: skip


def blocks_of(page: str) -> tuple[str, list[str]]:
    """The text of a page and its Python blocks."""
    text = (ROOT / page).read_text()
    return text, re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_there_is_a_tour(page: str) -> None:
    assert len(blocks_of(page)[1]) >= 5


@pytest.mark.parametrize("page", PAGES)
def test_snippets_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "readme"}
    text, blocks = blocks_of(page)
    for block in blocks:
        needed = re.findall(r"^import (\w+)", block, re.MULTILINE)
        if any(find_spec(name) is None for name in needed):
            continue  # a framework that is not installed
        # Padded so that an error names the page's own line.
        line = text[: text.index(block)].count("\n")
        exec(compile("\n" * line + block, str(ROOT / page), "exec"), namespace)
        # What the tour claims in comments, `expression  # -> text`, is checked too.
        for expression, claim in re.findall(r"^(\S.*?)\s+# -> (.*)$", block, re.MULTILINE):
            assert str(eval(expression, namespace)) == claim, expression
