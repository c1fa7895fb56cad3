"""Run the Python blocks of a page in order, in one namespace, and compare what they print.

In a block, `expression  # -> text` says what str() of the expression is. A ```text block that
follows a Python block is what the block prints; `...` stands for any text, as in doctest.

A block that imports a framework which is not installed is left out, and so are later blocks that
read names of such a block.

`python -m tests.snippets docs/guide/first.md` runs one page.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import json
import re
import sys
import textwrap
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?:\n+```text\n(?P<printed>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
CLAIM = re.compile(r"^(\S.*?)\s+# -> (.*)$", re.MULTILINE)
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "flax"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass
class Ran:
    """How many blocks of a page ran, and the frameworks without which others were left out."""

    blocks: int = 0
    missing: set[str] = field(default_factory=set)


def run_page(page: str) -> Ran:
    """Run a page; an AssertionError says what differs."""
    text = (ROOT / page).read_text()
    namespace: dict[str, Any] = {"__name__": "readme"}
    result, unknown = Ran(), set[str]()
    for found in BLOCK.finditer(text):
        code, printed = found["code"], found["printed"]
        imports, reads, binds = names_of(code)
        missing = {name for name in FRAMEWORKS & imports if find_spec(name) is None}
        if missing or reads & unknown:
            result.missing |= missing
            unknown |= binds
            continue
        unknown -= binds
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
        result.blocks += 1
    return result


def names_of(code: str) -> tuple[set[str], set[str], set[str]]:
    """The packages that code imports, the names that it reads, and those that it binds."""
    imports, reads, binds = set[str](), set[str](), set[str]()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            imports |= {alias.name.partition(".")[0] for alias in node.names}
            binds |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imports.add((node.module or "").partition(".")[0])
            binds |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            binds.add(node.name)
        elif isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
    return imports, reads, binds


def matches(expected: str, got: str) -> bool:
    """Whether text is as expected, whatever stands at `...` and however lines are broken."""
    return doctest.OutputChecker().check_output(expected, got, FLAGS)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        ran = run_page(name)
        print(json.dumps({"page": name, "blocks": ran.blocks, "missing": sorted(ran.missing)}))
