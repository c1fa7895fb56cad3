"""Run the Python blocks of a page in order, in one namespace, and compare what they print.

In a block, `expression  # -> text` says what str() of the expression is. A ```text block that
follows a Python block is what the block prints; `...` stands for any text, as in doctest.

`python -m tests.snippets docs/guide/first.md` runs one page.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?:\n+```text\n(?P<printed>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
CLAIM = re.compile(r"^(\S.*?)\s+# -> (.*)$", re.MULTILINE)
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "flax"}  # blocks are left out without them
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run_page(page: str) -> int:
    """Run a page; an AssertionError says what differs. Returns the number of blocks that ran."""
    text = (ROOT / page).read_text()
    namespace: dict[str, Any] = {"__name__": "readme"}
    ran = 0
    for found in BLOCK.finditer(text):
        code, printed = found["code"], found["printed"]
        needed = FRAMEWORKS.intersection(re.findall(r"^import (\w+)", code, re.MULTILINE))
        if any(find_spec(name) is None for name in needed):
            continue
        # Padded so that an error names the page's own line.
        line = text[: found.start("code")].count("\n")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile("\n" * line + code, str(ROOT / page), "exec"), namespace)
        got = output.getvalue()
        if printed is not None and not matches(printed, got):
            raise AssertionError(f"{page}:{line} printed\n{textwrap.indent(got, '    ')}")
        for expression, claim in CLAIM.findall(code):
            value = str(eval(expression, namespace))
            assert value == claim, f"{page}: {expression} is {value}, not {claim}"
        ran += 1
    return ran


def matches(expected: str, got: str) -> bool:
    """Whether text is as expected, whatever stands at `...` and however lines are broken."""
    return doctest.OutputChecker().check_output(expected, got, FLAGS)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"{name}: {run_page(name)} blocks")
