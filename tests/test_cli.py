"""The command line, in separate processes where that matters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dovetail as dt
from dovetail import cli
from dovetail.data import load_digits
from dovetail.demo import pieces
from dovetail.demo.digits import flattened, shifted
from dovetail.demo.gradients import compare
from dovetail.demo.report import sparkline
from dovetail.demo.run import check_pieces
from dovetail.errors import ArgumentError

COMMAND = (sys.executable, "-c", "import sys; from dovetail.cli import main; sys.exit(main())")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_demo_reads_the_held_out_digits() -> None:
    result = run("demo", "--json")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)  # one object and nothing beside it
    assert figures["test_accuracy"] >= 0.945
    assert figures["test_digits"] == 2000
    assert figures["worst_gradient_error"] < 1e-9
    assert figures["epochs"] == len(figures["losses"]) == len(figures["watched_accuracies"])
    assert figures["losses"][-1] < 0.5 * figures["losses"][0]
    assert figures["samples_per_second"] > 0


def test_demo_shows_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--epochs", "1"]) == 0
    text = capsys.readouterr().out
    assert Path(pieces.__file__).read_text() in text
    for part in ("worst error", "epoch", "validation", "held-out digits", "steps and"):
        assert part in text


def test_the_gradient_check_can_fail() -> None:
    """A planted error of one in a million is seen; the pieces have less than a billionth."""
    assert max(row.error for row in check_pieces(pieces.Stride())) < 1e-9

    @dt.op
    def cube(x):  # type: ignore[no-untyped-def]
        return x * x * x

    x = {"x": np.linspace(-2.0, 2.0, 9)}
    assert compare("cube", cube, x)[0].error < 1e-9

    @cube.vjp
    def _(x, *, out, cotangent):  # type: ignore[no-untyped-def]
        return 3 * x * x * (1 + 1e-6) * cotangent

    assert compare("cube", cube, x)[0].error > 5e-7


def test_shifted_digits_are_the_same_digits_moved() -> None:
    images = load_digits().x_train[:40]
    moved = shifted(images, np.random.default_rng(0))
    seen = set()
    for before, after in zip(np.pad(images, ((0, 0), (1, 1), (1, 1))), moved, strict=True):
        places = [
            (y, x)
            for y in range(3)
            for x in range(3)
            if (before[y : y + 28, x : x + 28] == after).all()
        ]
        assert places
        seen.update(places[:1])
    assert len(seen) == 9
    assert flattened(images).dtype == np.float32 and flattened(images).max() == 1.0


def test_sparkline() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "▁▅█"
    assert sparkline([2.0, 2.0]) == "▁▁"


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    text = capsys.readouterr().out
    for word in ("squareplus", "AdamW", "sparse_categorical_cross_entropy", "LayerNorm", "numpy"):
        assert word in text
    assert cli.main(["list", "--kind", "optimizer"]) == 0
    text = capsys.readouterr().out
    assert "Lion" in text and "squareplus" not in text


PIECES = f"{pieces.__file__}"


@pytest.mark.parametrize(
    "arguments",
    [
        ["glide"],
        ["glide", "--shape", "8x16"],
        ["careful", "--shape", "4x10", "--shape", "4:int64"],
    ],
    ids=" ".join,
)
def test_show(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    name, *rest = arguments
    assert cli.main(["show", f"{PIECES}::{name}", *rest]) == 0
    text = capsys.readouterr().out
    assert "multiply(" in text and "float32[" in text and "define " in text
    assert f"gradient of {name}" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nowhere.py::f"], "'nowhere.py'"),
        (["show", PIECES], "FILE.py::name"),
        (["show", f"{PIECES}::nothing"], "glide"),
        (["show", f"{PIECES}::dt"], "module"),
        (["show", f"{PIECES}::glide", "--shape", "3xa"], "3xa"),
        (["show", f"{PIECES}::glide", "--shape", "3", "--shape", "4"], "one --shape"),
        (["demo", "--epochs", "0"], "--epochs"),
    ],
)
def test_errors(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err and "expected" in captured.err
    assert captured.out == ""


def test_what_dt_show_does_not_show_is_named() -> None:
    for thing in (dt.Adam(), dt.Adam, lambda x: x):
        with pytest.raises(ArgumentError, match="an extension or a layer"):
            dt.show(thing, np.ones(3))  # pyright: ignore
