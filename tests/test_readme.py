"""Every Python block of the README runs, in order, in one namespace."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


def test_there_is_a_tour() -> None:
    assert len(BLOCKS) >= 5


def test_snippets_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "readme"}
    text = README.read_text()
    for block in BLOCKS:
        needed = re.findall(r"^import (\w+)", block, re.MULTILINE)
        if any(find_spec(name) is None for name in needed):
            continue  # a framework that is not installed
        # Padded so that an error names the README's own line.
        line = text[: text.index(block)].count("\n")
        exec(compile("\n" * line + block, str(README), "exec"), namespace)
        # What the tour claims in comments, `expression  # -> text`, is checked too.
        for expression, claim in re.findall(r"^(\S.*?)\s+# -> (.*)$", block, re.MULTILINE):
            assert str(eval(expression, namespace)) == claim, expression
