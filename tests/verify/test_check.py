"""`dt.check` as users meet it: the report, the certificate, samples, the command, pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import dovetail as dt
from dovetail import cli, testing
from dovetail.errors import CheckError
from dovetail.verify.definitions import definitions_of
from dovetail.verify.reference import DIGITS, ulp
from dovetail.verify.targets import target_of
from tests.verify import definitions as made

SOURCE = """
import dovetail as dt

@dt.activation
def fine(x):
    return x * dt.sigmoid(x)

@dt.activation
def overflows(x):
    return dt.log(1.0 + dt.exp(x) + dt.exp(2.0 * x))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "checked_definitions.py"
    path.write_text(SOURCE)
    return path


def test_a_report_says_what_was_found() -> None:
    report = dt.check(made.overflows, quick=True)
    assert not report and not report.passed
    assert [verdict.check for verdict in report.failures] == ["envelope"]
    envelope = report.verdict("envelope")
    assert report.worst_first[0] is envelope
    assert envelope.figures["finite to"] == pytest.approx(44.36, abs=0.02)
    text = report.text()
    for part in ("envelope", "softplus", "np.array", "overflows(x)", "1 failed"):
        assert part in text
    assert "\x1b" not in text
    with pytest.raises(KeyError):
        report.verdict("nothing of the kind")


def test_colours_in_a_terminal() -> None:
    console = Console(force_terminal=True, width=100, color_system="truecolor")
    with console.capture() as capture:
        console.print(dt.check(made.bend, quick=True, console=console))
    assert "\x1b[" in capture.get()


def test_json_and_certificate() -> None:
    report = dt.check(made.bend, quick=True)
    plain = json.loads(report.json())
    assert plain["passed"] and plain["name"] == "bend"
    assert {v["status"] for v in plain["verdicts"]} <= {
        "failed", "passed", "skipped", "not applicable"
    }  # fmt: skip
    certificate = json.loads(json.dumps(report.certificate(), allow_nan=False))
    assert certificate["passed"] is True
    assert certificate["versions"]["numpy"] == np.__version__
    assert set(certificate["versions"]) == {"dovetail", "python", "numpy", "llvmlite"}
    assert list(certificate["hosts"]) == ["numpy"]
    assert certificate["figures"]["float32 values (numpy)"]["worst ULP"] < 20
    left_out = {row["check"] for row in certificate["not checked"]}
    assert {"all of float32", "host agreement"} <= left_out
    assert not left_out & {name.partition(" (")[0] for name, status in
                           certificate["checks"].items() if status == "passed"}  # fmt: skip


def test_the_same_seed_gives_the_same_report() -> None:
    one, two = (dt.check(made.bend, quick=True, seed=5).plain() for _ in range(2))
    for report in (one, two):
        del report["seconds"]
        for verdict in report["verdicts"]:
            del verdict["seconds"]
    assert one == two


def test_what_no_sample_reaches_is_an_error() -> None:
    with pytest.raises(CheckError, match="unreachable"):
        dt.check(made.unreachable, quick=True)
    with pytest.raises(CheckError, match="finite numbers"):
        dt.check(dt.Activation, quick=True)  # a required field that is not a number


def test_samples_are_declared() -> None:
    assert target_of(made.labelled, np.random.default_rng(0)).calls[0].sample.leaves[0].shape == (
        7, 3
    )  # fmt: skip
    assert dt.check(made.labelled, quick=True)
    with pytest.raises(CheckError, match="badly_sampled"):
        dt.check(made.badly_sampled, quick=True)


class Halved(dt.Layer):
    """The sum of two halves, which need an even number of columns and a name."""

    kind: str

    def forward(self, x: Any) -> Any:
        half = x.shape[-1] // 2
        return x[..., :half] + x[..., half:]


def test_a_class_of_layers_declares_a_layer_and_its_inputs() -> None:
    with pytest.raises(CheckError, match="kind"):
        dt.check(Halved, quick=True)
    Halved.samples(lambda rng: (Halved("plain"), rng.normal(size=(3, 8))))
    target = target_of(Halved, np.random.default_rng(0))
    assert (target.definition.kind, target.calls[0].sample.leaves[0].shape) == ("plain", (3, 8))

    class Inherited(Halved):
        kind: str = "other"

    assert target_of(Inherited, np.random.default_rng(0)).definition.kind == "other"
    for wrong in (lambda rng: Halved("plain"), lambda rng: (rng.normal(size=3), Halved("plain"))):
        Halved.samples(wrong)
        with pytest.raises(CheckError, match=r"samples of Halved(.*\n)*.*its inputs"):
            dt.check(Halved, quick=True)
    Halved.samples(lambda rng: (Halved("plain"), rng.normal(size=(3, 7))))
    with pytest.raises(CheckError, match="no arguments that Halved"):
        dt.check(Halved, quick=True)


def test_samples_that_give_no_number_are_an_error() -> None:
    @dt.op
    def root(x):
        return dt.sqrt(x)

    @root.samples
    def _(rng):
        return (-np.ones(3),)

    with pytest.raises(CheckError, match="NaN"):
        dt.check(root, quick=True)


@pytest.mark.parametrize(
    ("definition", "low", "high"),
    [(dt.acosh, 1.0, np.inf), (dt.log1p, -1.0, np.inf), (dt.atanh, -1.0, 1.0)],
)
def test_samples_come_from_the_domain(definition: Any, low: float, high: float) -> None:
    (call,) = target_of(definition, np.random.default_rng(0)).calls
    values = call.sample.leaves[0]
    assert values.min() > low and values.max() < high


def test_what_is_no_definition() -> None:
    with pytest.raises(CheckError, match="was given"):
        dt.check(np.tanh)
    with pytest.raises(CheckError, match="hosts="):
        dt.check(made.bend, hosts=[])


def test_a_layer_is_left_as_it_was() -> None:
    layer = dt.BatchNorm()
    assert dt.check(layer, quick=True)
    assert not layer.parameters() and not layer.states()
    layer.build((4, 7))
    layer.scale = np.full(7, 3.0)
    assert dt.check(layer, quick=True)
    assert np.array_equal(layer.scale, np.full(7, 3.0, np.float32))
    assert layer.features == 7


@pytest.mark.parametrize("dtype", list(DIGITS))
def test_an_ulp_is_the_distance_to_the_next_number(dtype: str) -> None:
    kind = getattr(dt, dtype)
    values = np.array([1.0, 1.5, 3.0, 1000.0, 0.001]).astype(kind.numpy)
    bits = values.view(f"u{kind.itemsize}") + 1
    above = bits.view(kind.numpy).astype(np.longdouble)
    assert np.array_equal(ulp(values.astype(np.longdouble), kind), above - values)


def test_the_command(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = tmp_path / "certificate.json"
    options = ["check", f"{file}::fine", "--quick", "--certificate", str(certificate)]
    assert cli.main(options) == 0
    assert "activation fine" in capsys.readouterr().out
    (written,) = json.loads(certificate.read_text())
    assert written["passed"] is True and written["subject"]["name"] == "fine"
    assert cli.main(["check", str(file), "--quick", "--json"]) == 1
    reports = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["passed"]) for each in reports] == [
        ("fine", True), ("overflows", False)
    ]  # fmt: skip
    assert cli.main(["check", f"{file}::fine", "--quick", "--thorough"]) == 2
    empty = tmp_path / "nothing_to_check.py"
    empty.write_text("x = 1\n")
    assert cli.main(["check", str(empty)]) == 2
    capsys.readouterr()


def test_two_lines_in_a_users_repository(file: Path) -> None:
    (file.parent / "test_mine.py").write_text(
        "import checked_definitions, dovetail.testing\n"
        "test_mine = dovetail.testing.check_all(checked_definitions, hosts=('numpy',))\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file.parent)],
        capture_output=True, text=True, check=False, cwd=file.parent,
        env={**os.environ, "PYTHONPATH": str(file.parent)},
    )  # fmt: skip
    assert "1 failed, 1 passed" in result.stdout, result.stdout
    assert "test_mine[overflows]" in result.stdout and "exponential overflows" in result.stdout


def test_check_all_finds_definitions() -> None:
    with pytest.raises(CheckError, match="no definition"):
        testing.check_all(types.ModuleType("empty"))
    names = set(definitions_of(made))
    assert {"bend", "square", "Scale", "Descent", "rows"} <= names
    assert not names & {"dt", "Loss", "_Unbiased"}
    with pytest.raises(CheckError, match="envelope"):
        testing.assert_right(made.overflows, quick=True)
