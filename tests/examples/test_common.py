"""What the applications share: checked data, results, runs."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.command import Result, Run, parser
from common.data import DataError, check_leak, checked
from common.pictures import figure, write


def test_checksums(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    with pytest.raises(DataError, match=r"missing.*\n.*from: here"):
        checked(file, "", "here")
    file.write_text("1,2\n")
    sha256 = hashlib.sha256(b"1,2\n").hexdigest()
    assert checked(file, sha256, "here") == file
    file.write_text("1,3\n")
    with pytest.raises(DataError, match=f"(?s)damaged.*{sha256}.*from: here"):
        checked(file, sha256, "here")
    assert issubclass(DataError, SystemExit)  # so that a program ends with the message alone


def test_leaks() -> None:
    rows = np.random.default_rng(0).integers(0, 255, (6, 4))
    check_leak(rows[:4], rows[4:], "rows")
    with pytest.raises(DataError, match=r"2 of 3 rows to test on.*number 1 "):
        check_leak(rows[:5], rows[[5, 4, 2]], "rows")
    check_leak(["a", "b"], ["c"], "words")
    with pytest.raises(DataError, match="1 of 1 words"):
        check_leak(["a", "b"], ["b"], "words")


@pytest.mark.parametrize(("higher", "value", "beats", "reaches"), [
    (True, 0.5, False, False), (True, 0.6, True, False), (True, 0.8, True, True),
    (False, 0.9, False, False), (False, 0.4, True, True),
])  # fmt: skip
def test_results(higher: bool, value: float, beats: bool, reaches: bool, capsys: Any) -> None:
    bar = 0.8 if higher else 0.4
    result = Result("share", higher, value, 0.01, 0.5, bar, 3.0, {"other": 2.0})
    assert (result.beats_floor, result.reaches_bar) == (beats, reaches)
    run = Run(argparse.Namespace(json=True))
    assert run.finish(result) == (0 if beats else 1)
    said = json.loads(capsys.readouterr().out)
    assert said["value"] == value and said["more"] == {"other": 2.0}
    assert Run(argparse.Namespace(json=False)).finish(result) == (0 if beats else 1)
    assert f"{value:.4f} ± 0.0100" in capsys.readouterr().out


def test_losses_of_two_hosts(capsys: Any) -> None:
    run = Run(parser("A program.", Path("here")).parse_args(["--host", "jax", "--json"]))
    assert run.options.output == Path("here/output")
    assert run.compare([1.0, 0.5], [1.0, 0.50001]) == 0
    assert json.loads(capsys.readouterr().out)["agree"]
    assert run.compare([1.0, 0.5], [1.0, 0.501]) == 1
    assert not json.loads(capsys.readouterr().out)["agree"]


def test_pictures_are_the_same_each_time(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        drawn, axes = figure()
        axes.plot([1, 2], [3, 1])
        paths = write(drawn, tmp_path / folder, "line")
        assert [path.name for path in paths] == ["line.png", "line.svg"]
    for name in ("line.png", "line.svg"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
