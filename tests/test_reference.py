"""Every entry of the reference has an example that shows what the page says, and its facts."""

from __future__ import annotations

import inspect
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.snippets import FRAMEWORKS, names_of

pytest.importorskip("zensical", reason="needs pip install dovetail[docs]")

from tools.documentation import examples, reference

from dovetail.extension.op import Op

ENTRIES = reference.all_entries()
# What a docstring says for itself, on pages whose entries are maths: beside the page's facts.
TUPLES = r"\((?:\.\.\.|[a-z_]+,)[^()]*\)|\bany (?:shape|rank)\b|over (?:two|three) dimensions"
SHAPES = re.compile(rf"{TUPLES}|\bshapes?\b|\bax[ie]s\b|\bmatri(?:x|ces)\b|\bvectors?\b", re.I)
TUPLES_OF_SIZES = re.compile(TUPLES, re.I)
SOURCE = re.compile(r"arXiv:|doi:|\b(?:19|20)\d\d\b|\bas in (?:Keras|PyTorch|JAX)|\bKeras'", re.I)
FUNCTIONS = re.compile(
    "Elementwise|Neural|Reductions|Shapes|Loops|Windows|Products|Linear algebra|New arrays"
)
PIECES = re.compile("Losses|Layers|Other")
NAMING_SOURCES = re.compile("Losses|Optimizers|Layers: (?:norms|sequences)")


def page_of(title: str) -> examples.Page:
    return examples.read(reference.slug_of(title))


@pytest.mark.parametrize("title", ENTRIES)
def test_examples_show_what_the_page_says(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = page_of(title)
    assert set(page.examples) == set(ENTRIES[title])
    wrong = []
    for name, example in page.examples.items():
        if any(find_spec(each) is None for each in names_of(example.code)[0] & FRAMEWORKS):
            continue
        got = examples.run(example.code)
        if not examples.alike(example.shown, got):
            wrong.append(f"{name} shows\n{got}and not\n{example.shown}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("title", ENTRIES)
def test_a_page_states_shapes_types_errors_and_sources(title: str) -> None:
    assert list(page_of(title).facts) == list(examples.FACTS)


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [(SHAPES, FUNCTIONS), (TUPLES_OF_SIZES, PIECES), (SOURCE, NAMING_SOURCES)],
    ids=["shapes of functions", "shapes of pieces", "sources"],
)
def test_docstrings_of_maths_state_shapes_and_sources(
    wanted: re.Pattern[str], titles: re.Pattern[str]
) -> None:
    assert sum(bool(titles.match(title)) for title in ENTRIES) >= 4
    # An activation takes any shape, by its kind; questions about types have none.
    missing = [
        name
        for title, entries in ENTRIES.items()
        if titles.match(title)
        for name, value in entries.items()
        if wanted is not SHAPES or isinstance(value, Op)
        if not wanted.search(inspect.getdoc(value) or "")
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("[0.125 2.5  ]", "[0.1251 2.5]\n", True),
        ("[1. 2.]", "[1. 3.]", False),
        ("[1 2]", "[1 3]", False),
        ("ShapeError", "DTypeError", False),
        ("", "1.0", False),
    ],
)
def test_what_examples_show_is_compared(expected: str, got: str, same: bool) -> None:
    assert examples.alike(expected, got) is same


def test_an_example_shows_what_it_prints_and_its_last_value() -> None:
    assert examples.run("print(1)\nx = 1 / 3\nx") == "1\n0.3333\n"
    text = "## dt.e\n\n```python\ndt.e\n```\n\n```text\n0\n```\n"
    assert examples.rewritten(text) == text.replace("\n0\n", "\n2.718\n")


def test_a_fault_in_an_example_is_an_error() -> None:
    with pytest.raises(Exception, match="broadcast"):
        examples.run("dt.add(np.ones(3), np.ones(4))")


def entry(value: Any) -> str:
    return reference.entry_text("dt.f", value, examples.Example("dt.f(1)\n", "2\n"))


def test_an_entry_has_its_example() -> None:
    assert "```python\ndt.f(1)\n```\n\n```text\n2\n```" in entry(lambda x: x)
    assert "```text\n2\n```" in entry(3)
