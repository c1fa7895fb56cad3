"""Examples of the reference: a file for each page, with what holds for all of its entries.

A file begins with the facts of its page (`Shapes: ...`), and has a section for each entry:
Python that prints, or ends in an expression whose value is shown, and a ```text block with what
that is. `np`, `dt` and `dovetail` are imported. `python -m tools.documentation.examples FILE ...`
writes what the examples print into their files; read the difference before you commit it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import dovetail
import dovetail.data
import dovetail.errors
import dovetail.improve
import dovetail.options
import dovetail.testing

HERE = Path(__file__).parent
FACTS = ("Shapes", "Types", "Errors", "Sources")
SECTION = re.compile(
    r"^## (?P<name>\S+)\n+```python\n(?P<code>.*?)^```$(?:\n+```text\n(?P<shown>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
DECIMALS = re.compile(r"-?\d+\.\d{5,}(?:e[+-]?\d+)?")
NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?|-?\d+e[+-]?\d+")


@dataclass(frozen=True)
class Example:
    """The code of an entry, and what it shows."""

    code: str
    shown: str


@dataclass(frozen=True)
class Page:
    """What holds for all entries of a page, by heading, and the example of each."""

    facts: dict[str, str]
    examples: dict[str, Example]


def read(slug: str) -> Page:
    """The facts and examples of a page of the reference; none where there is no file."""
    path = HERE / f"{slug}.md"
    text = path.read_text() if path.exists() else ""
    head = text.partition("\n## ")[0]
    facts = dict(re.findall(rf"^({'|'.join(FACTS)}): (.+)$", head, re.MULTILINE))
    found = SECTION.finditer(text)
    return Page(facts, {one["name"]: Example(one["code"], one["shown"] or "") for one in found})


def run(code: str) -> str:
    """What code prints, and the value of its last expression, with four decimals."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    namespace: dict[str, Any] = {
        "__name__": "example", "np": np, "dt": dovetail, "dovetail": dovetail,
    }  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()) as output, numbers():
        exec(compile(tree, "<example>", "exec", dont_inherit=True), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<example>", "eval"), namespace)
            if value is not None:
                print(value)
    return DECIMALS.sub(lambda match: f"{float(match[0]):.4g}", output.getvalue())


def numbers() -> Any:
    """NumPy's way to print arrays in examples."""
    return np.printoptions(precision=4, suppress=True, linewidth=88)


def alike(expected: str, got: str) -> bool:
    """Whether texts are the same but for white space and the last digits of decimal numbers."""
    first, second = ("".join(text.split()) for text in (expected, got))
    if NUMBER.sub("#", first) != NUMBER.sub("#", second):
        return False
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(got), strict=True)
    return all(np.isclose(float(a), float(b), rtol=1e-3, atol=2e-4) for a, b in pairs)


def rewritten(text: str) -> str:
    """The text of a file with what its examples show now."""

    def section(found: re.Match[str]) -> str:
        shown = run(found["code"])
        block = f"\n\n```text\n{shown.rstrip()}\n```" if shown.strip() else ""
        return f"## {found['name']}\n\n```python\n{found['code']}```{block}"

    return SECTION.sub(section, text)
