"""`dovetail choose`: planted faults are found, and the verdict says what it stands on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import dovetail as dt
from dovetail import cli
from dovetail.choose.contention import GROUP, Contention
from dovetail.choose.contest import Effort, choose
from dovetail.choose.field import EAGER, FIELD, Entry, installed_bytes, missing_frameworks
from dovetail.choose.figures import Figures
from dovetail.choose.report import ChoiceReport
from dovetail.choose.subject import Subject, read_data, subject_of
from dovetail.choose.verdict import verdict
from dovetail.errors import ArgumentError, OptionError
from dovetail.measure.loading import Source
from tests.choose import contestants

FILE = Path(contestants.__file__)
TINY = Effort(rounds=3, steps=4, ones=4, bulks=3, bulk=64, most=0.5, exports=False)

GONE = Entry("gone", FIELD[0].source, ("no_such_package",), (), extra="gone")


def subject() -> Subject:
    x, y = contestants.data()
    return subject_of(contestants.model, (x,), y, batch=16, target=1.0)


def planted(*names: str) -> Sequence[Entry]:
    module = "tests.choose.contestants"
    return (FIELD[0], *(
        Entry(name, Source("module", f"{module}:{name}"), (), ("dovetail",), (EAGER,))
        for name in names
    ))  # fmt: skip


@pytest.fixture(scope="module")
def report() -> ChoiceReport:
    """What other tests do to the machine meanwhile is left out."""
    field = planted("Slow", "Wrong", "WrongGradient", "OtherWeights", "Breaks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Contention, "spread", 0.0)
        return choose(subject(), field=[*field, GONE], effort=TINY, threads=1)


def test_what_is_wrong_is_refused_and_why(report: ChoiceReport) -> None:
    reasons = {each.framework: each.refused for each in report.figures}
    assert "its outputs" in reasons["Wrong"]
    assert "its gradients of" in reasons["WrongGradient"]
    assert "other weights than the model" in reasons["OtherWeights"]
    assert "ArithmeticError: planted" in reasons["Breaks"]
    assert reasons["dovetail"] == reasons["Slow"] == ""
    assert {place.figures.framework for place in report.verdict.places} == {"dovetail", "Slow"}
    assert "refused: Wrong, eager" in str(report)


@pytest.mark.parametrize("purpose", ["training", "serving", "research"])
def test_what_is_slow_is_found(report: ChoiceReport, purpose: str) -> None:
    first, second = report.verdict_for(purpose).places
    assert (first.figures.framework, second.figures.framework) == ("dovetail", "Slow")
    assert not second.ties
    assert any("times the best" in reason for reason in second.reasons)
    slow = next(each for each in report.figures if each.framework == "Slow")
    assert slow.values["step p50"] > 0.003 and slow.values["one p50"] > 0.003


def test_the_report_as_json(report: ChoiceReport) -> None:
    plain = json.loads(report.json())
    assert plain["verdict"]["best"] == ["dovetail, compiled"]
    values = plain["figures"][0]["values"]
    for name in ("step p50", "step p95", "first step", "new shape", "one p50", "one p99",
                 "bulk p50", "import", "install size"):  # fmt: skip
        assert values[name] > 0.0, name
    assert values["step p50"] <= values["step p95"]
    assert any("exports" in text for text in plain["not measured"])


# The verdict.


def figures(name: str, noise: float = 0.1, **values: float) -> Figures:
    named = {key.replace("_", " "): value for key, value in values.items()}
    return Figures(name, EAGER, named, dict.fromkeys(named, noise))


def test_a_difference_within_the_noise_is_a_tie() -> None:
    one = figures("one", step_p50=1.0, first_step=1.0)
    near = figures("near", step_p50=1.15, first_step=1.0)
    far = figures("far", step_p50=1.5, first_step=1.5)
    found = verdict([far, near, one], "training")
    assert found.best == ("one, eager", "near, eager")
    assert [place.ties for place in found.places] == [True, True, False]
    assert found.places[2].score == pytest.approx(1.5)
    # The weights of the purpose: a warm step counts four times as much as the first one.
    assert found.places[1].score == pytest.approx(1.15 ** (4 / 5))
    assert "to target" in found.left_out and "peak memory" in found.left_out


def test_purposes_differ() -> None:
    steps = figures("steps", step_p50=1.0, first_step=9.0, one_p50=4.0)
    starts = figures("starts", step_p50=3.0, first_step=1.0, one_p50=1.0)
    assert verdict([steps, starts], "training").best == ("steps, eager",)
    assert verdict([steps, starts], "research").best == ("starts, eager",)
    assert verdict([steps, starts], "serving").best == ("starts, eager",)
    assert verdict([], "training").sentence == "no framework gave the right results"


def test_rounds_have_percentiles_and_a_spread() -> None:
    found = Figures("one", EAGER)
    found.rounds({"step p50": 50, "step p95": 95}, [[1.0] * 20, [1.0] * 20, [2.0] * 19 + [9.0]])
    assert found.values["step p50"] == 1.0
    assert found.values["step p95"] == 2.0
    assert found.noise["step p50"] == pytest.approx(0.5)
    found.rounds({"step p50": 50}, [[0.01], [0.01], [1.0], [1.0], [1.0]])
    assert found.noise["step p50"] == pytest.approx(99.0)  # as likely a hundredth as the whole


def test_an_uneven_machine_makes_ties(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work took 3 times its time on the processor, then its time: figures are sure to that."""
    pairs = [("first", 1.0), ("second", 2.0)]
    clocks = iter([0.0, 0.0, 0.005, 0.01, 0.03, 0.01])
    monkeypatch.setattr("dovetail.choose.contention.time.perf_counter", clocks.__next__)
    monkeypatch.setattr("dovetail.choose.contention.time.thread_time", clocks.__next__)
    contention = Contention()
    assert contention.spread == 0.0 and contention.slowdown == 1.0
    contention.sample()
    assert contention.slowdown == pytest.approx(3.0) and contention.spread == 0.0
    contention.samples = [3.0] * 4 * GROUP + [1.0] * 4 * GROUP
    assert contention.slowdown == pytest.approx(2.0)
    first, second = (figures(name, step_p50=1.0, to_target=seconds) for name, seconds in pairs)
    assert verdict([first, second], "training").best == ("first, eager",)
    for each in (first, second):
        each.contended(contention.spread)
    assert each.noise["to target"] == pytest.approx(2.0) and each.noise["step p50"] == 0.1
    assert verdict([first, second], "training").best == ("first, eager", "second, eager")


# What is measured.


def test_the_reference_is_that_of_differences() -> None:
    given = subject()
    outputs, gradients = given.reference(6)
    weights = {path: array.astype(float) for path, array in given.parameters.items()}
    x, y = given.inputs[0][:6].astype(float), given.targets[:6]

    def forward(w: dict[str, np.ndarray]) -> np.ndarray:  # type: ignore[type-arg]
        first, bias, second, other = w.values()
        return np.tanh(x @ first + bias) @ second + other

    def loss(w: dict[str, np.ndarray]) -> float:  # type: ignore[type-arg]
        z = forward(w)
        return float(np.mean(np.log(np.exp(z).sum(-1)) - z[np.arange(6), y]))

    np.testing.assert_allclose(outputs, forward(weights), rtol=1e-12)
    for path in weights:
        moved = {sign: {**weights, path: weights[path].copy()} for sign in (-1, 1)}
        for sign, each in moved.items():
            each[path].flat[0] += sign * 1e-6
        slope = (loss(moved[1]) - loss(moved[-1])) / 2e-6
        assert gradients[path].flat[0] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_models_and_data_that_cannot_be_measured(tmp_path: Path) -> None:
    x, y = contestants.data()
    with pytest.raises(ArgumentError, match=r"a dt\.Model"):
        subject_of(lambda x: x, (x,), y)
    with pytest.raises(ArgumentError, match="one row for each example"):
        subject_of(contestants.model, (x,), y[:-1])
    ends = dt.Sequential(dt.Dense(3, "softmax"), seed=1)
    with pytest.raises(ArgumentError, match="leave the softmax out"):
        subject_of(ends, (x,), y)
    np.savez(tmp_path / "data.npz", x=x.astype(np.float64), y=y.astype(np.int32))
    (read,), labels = read_data(str(tmp_path / "data.npz"))
    assert (read.dtype, labels.dtype) == (np.float32, np.int64)
    np.savez(tmp_path / "other.npz", a=x)
    with pytest.raises(OptionError, match="x_train and y_train"):
        read_data(str(tmp_path / "other.npz"))
    compiled = dt.Sequential(dt.Dense(3), seed=1)
    compiled.compile(dt.SGD(0.5), dt.sparse_categorical_cross_entropy)
    assert isinstance(subject_of(compiled, (x,), y).optimizer, dt.SGD)


def test_missing_frameworks_are_named_with_their_extra(report: ChoiceReport) -> None:
    assert missing_frameworks([FIELD[0], GONE]) == {"gone": "pip install 'dovetail[gone]'"}
    assert "gone is not installed: pip install 'dovetail[gone]'" in report.left_out


def test_the_size_of_an_installation_counts_what_it_requires() -> None:
    assert installed_bytes(["numpy"]) > 5_000_000
    assert installed_bytes(["dovetail"]) > installed_bytes(["llvmlite"]) > 1_000_000
    assert installed_bytes(["no-such-package"]) == 0


def test_every_framework_agrees() -> None:
    """The outputs and gradients of the model in each framework that is installed, eagerly."""
    field = [Entry(e.name, e.source, e.packages, e.distributions, e.modes[:1], e.extra)
             for e in FIELD if all(map(find_spec, e.packages))]  # fmt: skip
    effort = Effort(rounds=2, steps=2, ones=2, bulks=2, bulk=32, most=0.0, exports=False)
    found = choose(subject(), field=field, effort=effort, threads=1)
    assert [each.refused for each in found.figures] == [""] * len(field)
    assert all((each.error or 1.0) < 1e-4 for each in found.figures)


def test_the_command_asks_for_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["choose", f"{FILE}::model"]) == 2
    assert "an .npz file with x and y" in capsys.readouterr().err
    assert cli.main(["choose", "--data", "data.npz"]) == 2
    assert "FILE.py::model" in capsys.readouterr().err
