"""`dt.bench`: what it times, compares and refuses."""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import cli
from dovetail.errors import ArgumentError, TraceError
from dovetail.hosts.numpy.host import NumpyHost
from dovetail.language.trace import trace
from dovetail.measure.agreement import error_of
from dovetail.measure.columns import Columns
from dovetail.measure.costs import least_operations
from dovetail.measure.loading import load_module, source_of
from dovetail.measure.results import BenchReport
from dovetail.measure.subject import least_bytes, problems_of
from dovetail.measure.workers import Worker, WorkerError
from dovetail.timing import Pace, Shortest, rounds, sampled
from dovetail.verify.sample import spec
from tests.measure import definitions

FILE = Path(definitions.__file__)
PACE = Pace(rounds=5, fewest_rounds=5, burst=1e-5, lead=1e-6, budget=0.01, warm_up=0.0)


@dataclass
class Fake:
    """A call that takes as long as is said, without taking it."""

    seconds: float

    def burst(self, calls: int) -> float:
        return self.seconds


def test_rounds_find_the_slow_one() -> None:
    found = rounds({"fast": Fake(1e-6), "slow": Fake(1.5e-6)}, PACE)
    assert found["slow"].median == pytest.approx(1.5 * found["fast"].median)
    assert found["fast"].rounds == 5


def test_rounds_end_early_where_that_is_enough() -> None:
    fake = {"fast": Fake(1e-6), "slow": Fake(2e-6)}
    most = replace(PACE, rounds=50, budget=60.0, pause=0.0, fewest_calls=3)
    seen, counts = sampled(fake, most, lambda seen: len(seen["slow"]) == 7)
    assert [len(each) for each in seen.values()] == [7, 7]
    assert counts == {"fast": 10, "slow": 5}
    assert len(sampled(fake, most)[0]["fast"]) == 50


def test_the_shortest_call_counts() -> None:
    waits = iter([0.0, 0.002, 0.0, 0.002])
    assert Shortest(lambda: time.sleep(next(waits))).burst(4) < 0.002


# The floor.


def test_operations_and_bytes_of_the_floor() -> None:
    x, w = np.ones((8, 16), np.float32), np.ones((16, 4), np.float32)
    graph = trace(lambda x, w: dt.tanh(x @ w) * 2.0 + 1.0, [spec(x), spec(w)]).graph
    found = least_operations(graph)
    assert found == {"arithmetic": 2 * 32, "transcendental": 32, "products": 2 * 8 * 16 * 4}
    summed = least_operations(trace(lambda x: dt.sum(x * x), [spec(x)]).graph)
    assert summed == {"arithmetic": 256, "transcendental": 0, "products": 0}
    (problem,) = problems_of(definitions.glide, [(8, 16)])
    assert least_bytes(problem, both=False) == 2 * 4 * 128
    assert least_bytes(problem, both=True) == 4 * 4 * 128


def test_sizes_follow_the_arguments() -> None:
    labels = [each.label for each in problems_of(dt.sparse_categorical_cross_entropy)]
    assert labels == ["4 x 16, 4", "100 x 1,000, 100", "4,096 x 1,024, 4,096"]
    problem = problems_of(dt.sparse_categorical_cross_entropy, [(32, 7)])[0]
    assert problem.arrays[1].shape == (32,)
    assert problem.arrays[1].max() < 5  # labels of the sample, which are in range
    assert [each.label for each in problems_of(dt.Dense(3))] == ["4 x 16", "100 x 1,000",
                                                                 "4,096 x 1,024"]  # fmt: skip
    built = dt.Dense(3)
    built.build((2, 7))
    assert [each.label for each in problems_of(built)] == ["4 x 7", "100 x 7", "4,096 x 7"]
    with pytest.raises(ArgumentError, match="2 shapes"):
        problems_of(dt.sparse_categorical_cross_entropy, [((4, 5), (4,), (1,))])


def test_gradients_of_the_reference_are_those_of_differences() -> None:
    (problem,) = problems_of(definitions.glide, [(2, 3)])
    value, gradient = problem.reference(both=True)
    x, weights = problem.arrays[0].astype(float), problem.cotangents[0].astype(float)
    step = 1e-6 * np.eye(6).reshape(6, 2, 3)

    def total(x: Any) -> float:
        gate = x / (1 + np.exp(-1.25 * x)) + 0.5 * x.mean(-1, keepdims=True)
        return float((gate * weights).sum())

    slopes = [(total(x + one) - total(x - one)) / 2e-6 for one in step]
    np.testing.assert_allclose(gradient.ravel(), slopes, rtol=1e-6, atol=1e-8)
    assert value.shape == (2, 3)


def test_errors_are_relative_to_the_size_of_the_reference() -> None:
    exact = np.array([1.0, 100.0])
    assert error_of([exact], [exact]) == 0.0
    assert error_of([np.array([1.0, 100.01])], [exact]) == pytest.approx(0.01 / 170.7, rel=1e-3)
    low = error_of([np.array([1.0, 99.99])], [exact])
    assert low == pytest.approx(0.01 / 170.7, rel=1e-3)
    assert math.isinf(error_of([exact[:1]], [exact]))
    assert math.isinf(error_of([np.array([1.0, np.nan])], [exact]))


# Processes.


def test_a_worker_that_ends_says_how() -> None:
    with pytest.raises(WorkerError, match="ended with status 3; it wrote: the last words"):
        Worker("tests.measure.workers:Ends", threads=1)
    with Worker("tests.measure.workers:Counts", 40, threads=1) as worker:
        assert worker.ask("add", 2) == 42
        assert worker.ask("environment", "OMP_NUM_THREADS") == "1"
        assert worker.ask("processors") == 1
        with pytest.raises(WorkerError, match="ZeroDivisionError"):
            worker.ask("divide", 0)
        assert worker.ask("add", 3) == 43  # it goes on


def test_a_definition_is_found_again(tmp_path: Path) -> None:
    assert source_of(dt.mish, tmp_path).kind == "module"
    assert source_of(definitions.glide, tmp_path).load() is definitions.glide

    @dt.activation
    def local(x: Any) -> Any:
        return x * 3.0

    x = np.ones((2, 2), np.float32)
    path = tmp_path / "elsewhere.py"
    path.write_text("import dovetail as dt\n\n@dt.op\ndef doubled(x):\n    return x + x\n")
    module = load_module(str(path))
    source = source_of(module.doubled, tmp_path)
    assert (source.kind, source.place) == ("file", f"{path}::doubled")
    source = source_of(local, tmp_path, [(x,)])
    assert source.kind == "saved"
    np.testing.assert_array_equal(source.load()(x), 3.0 * x)


def test_a_host_without_tables_has_dovetail_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the hosts of other packages: its calls, with Dovetail's derivative."""
    monkeypatch.setattr(NumpyHost, "own_functions", lambda self: None)
    (problem,) = problems_of(definitions.glide, [(4, 8)])
    source = source_of(definitions.glide, tmp_path)
    columns = Columns("numpy", source, [(problem.call.sample, problem.label)], 1)
    assert columns.names() == ["Dovetail"]
    path = tmp_path / "reference.npz"
    np.savez(path, *problem.reference(both=True))
    assert columns.prepare(0, True, "Dovetail", str(path)) < 1e-6
    assert columns.burst("Dovetail", 2) > 0.0
    np.savez(path, *(1.01 * each for each in problem.reference(both=True)))
    assert columns.prepare(0, True, "Dovetail", str(path)) > 1e-3


# Whole runs.


@pytest.fixture(scope="module")
def report() -> BenchReport:
    """PyTorch and NumPy, one small size."""
    pytest.importorskip("torch")
    return dt.bench(definitions.off, [(4, 8)], hosts=["numpy", "torch"], threads=1, quick=True)


def test_what_differs_is_not_timed(report: BenchReport) -> None:
    """The declared derivative is 1 % off: PyTorch's own of the composite differs from it."""
    rows = {(row.host, row.column, row.direction): row for row in report.rows}
    forward, both = ("torch", "composite", "forward"), "forward and backward"
    assert rows[forward].seconds is not None
    composite = rows["torch", "composite", both]
    assert composite.seconds is None
    assert "differs from the maths" in (composite.wrong or "")
    ours = rows["torch", "Dovetail", both]
    assert ours.seconds is not None and (ours.error or 1.0) < 1e-6
    assert composite in report.wrong
    assert "not timed" in str(report)


def test_a_report_has_its_figures(report: BenchReport) -> None:
    plain = json.loads(report.json())
    assert plain["versions"].keys() == {"numpy", "torch"}
    assert plain["machine"]["threads"] == 1
    assert plain["machine"]["copy_bandwidth"] > 1e8 and plain["machine"]["peak"] > 1e8
    timed = [row for row in plain["rows"] if row["timing"]]
    assert {row["column"] for row in timed} >= {"Dovetail", "composite", "torch.compile"}
    for row in timed:
        assert row["timing"]["low"] <= row["timing"]["median"] <= row["timing"]["high"]
        share = row["least_bytes"] / row["timing"]["median"] / plain["machine"]["copy_bandwidth"]
        assert row["share of copy"] == pytest.approx(share)


def test_changes_beyond_the_noise(report: BenchReport) -> None:
    before = json.loads(report.json())
    assert not any(change.is_regression or change.is_gain for change in report.compare(before))
    planted = copy.deepcopy(before)
    for row in planted["rows"]:
        if row["timing"] and row["host"] == "torch" and row["column"] == "Dovetail":
            row["timing"]["median"] /= 1 + 2.5 * max(row["noise"], 0.05)
    slower = [change for change in report.compare(planted) if change.is_regression]
    assert {change.key[:2] for change in slower} == {("torch", "Dovetail")}
    assert report.newly_wrong(before) == []
    for row in planted["rows"]:
        row["timing"] = row["timing"] or {"median": 1e-6}
    assert {row.column for row in report.newly_wrong(planted)} == {"composite", "torch.compile"}
    with pytest.raises(ArgumentError, match="format"):
        report.compare({"rows": []})


def test_a_layer_is_its_program() -> None:
    """Parameters and states are arguments, so that the gradient is of both."""
    pytest.importorskip("jax")
    report = dt.bench(dt.LayerNorm, [(4, 8)], hosts=["jax"], threads=1, quick=True)
    assert report.name == "LayerNorm"
    assert report.wrong == ()
    assert {row.direction for row in report.rows} == {"forward", "forward and backward"}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tmp_path / "before.json"
    arguments = ["bench", f"{FILE}::glide", "--hosts", "numpy", "--size", "4x8", "--quick",
                 "--threads", "1"]  # fmt: skip
    assert cli.main([*arguments, "--json", "--output", str(before)]) == 0
    (plain,) = json.loads(capsys.readouterr().out)
    assert plain == json.loads(before.read_text())[0]
    for row in plain["rows"]:
        row["timing"]["median"] /= 1e4
        row["noise"] = 0.05
    before.write_text(json.dumps([plain]))
    assert cli.main([*arguments, "--compare", str(before)]) == 1
    assert "slower: Dovetail on numpy" in capsys.readouterr().out.replace("\n", " ")
    assert cli.main([*arguments, "--compare", str(tmp_path / "none.json")]) == 2
    assert cli.main(["bench", f"{FILE}::glide", "--size", "4xtwo"]) == 2
    assert "extents" in capsys.readouterr().err
    assert cli.main(["bench", "none.py::x"]) == 2
    assert "a Python file that exists" in capsys.readouterr().err


RAISES = """
import dovetail as dt

@dt.op
def broken(x):
    if x.shape[0] > 100:
        raise ValueError("not so many")
    return 2 * x

@broken.samples
def _(rng):
    return (rng.normal(size=4),)
"""


def test_a_definition_that_raises_is_shown_by_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "raises.py"
    file.write_text(RAISES)
    arguments = [f"{file}::broken", "--hosts", "numpy", "--size", "256"]
    assert cli.main(["bench", *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "ValueError: not so many"
    assert lines[-2].strip().startswith("raise ValueError") or "^" in lines[-2]
    assert f'File "{file}", line 7, in broken' in "\n".join(lines)
    assert "frames of Dovetail" in lines[1] and len(lines) < 8
    with pytest.raises((ValueError, TraceError), match="not so many"):
        cli.main(["--traceback", "bench", *arguments])
    file.write_text(RAISES.replace("x.shape[0] > 100", "True"))
    assert cli.main(["bench", f"{file}::broken", "--hosts", "numpy"]) == 2
    assert f"not so many, at {file}:7" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "a file that dovetail bench"), ("[1]", "a report of the format"),
     ('{"format": "dovetail bench 1", "name": "glide", "rows": [{"host": "numpy"}]}', "format"),
     ('{"format": "dovetail bench 1", "name": "other", "rows": []}', "a report of glide")],
)  # fmt: skip
def test_a_file_to_compare_with_is_checked_first(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = tmp_path / "before.json"
    file.write_text(text)

    def measured(*args: object, **settings: object) -> None:
        raise AssertionError("something was measured")

    monkeypatch.setattr("dovetail.commands.bench.bench", measured)
    assert cli.main(["bench", f"{FILE}::glide", "--compare", str(file)]) == 2
    assert said in capsys.readouterr().err
