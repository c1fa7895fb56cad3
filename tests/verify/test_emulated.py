"""`dt.check` on an emulated GPU: what it runs, what it sees, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import CheckError, DovetailError
from dovetail.hosts.registry import REGISTRY
from dovetail.verify.check import tasks_of
from dovetail.verify.context import THOROUGH
from dovetail.verify.emulator import executable
from dovetail.verify.emulator.host import EmulatedHost
from dovetail.verify.emulator.memory import DeviceError
from tests.verify.conftest import verdict_of

NUMPY = ("numpy",)


@dt.op
def scaled(x: Any, scale: Any) -> Any:
    """Pointwise maths, a sum over rows, and in the gradient one over columns."""
    return x * scale * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-3)


@dt.op
def projected(x: Any, w: Any) -> Any:
    """Kernels around a matrix product of transposed operands."""
    return dt.tanh(dt.sin(x).T @ w[::-1])


@dt.op
def chosen(table: Any, index: Any) -> Any:
    return dt.take(table, index, axis=0)


class Launches:
    """Counts the kernels that run, and changes their code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.old, self.new = 0, "", ""
        original = executable.launch

        def launch(ptx: str, *args: Any) -> None:
            self.count += 1
            original(re.sub(self.old, self.new, ptx) if self.old else ptx, *args)

        monkeypatch.setattr(executable, "launch", launch)


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> Launches:
    return Launches(monkeypatch)


@pytest.mark.parametrize(
    "definition", [dt.mish, scaled, projected, dt.Dense(3, "tanh"), dt.Adam(0.01), dt.huber],
    ids=["mish", "scaled", "projected", "Dense", "Adam", "huber"],
)  # fmt: skip
def test_kernels_pass(definition: Any, launches: Launches) -> None:
    report = dt.check(definition, quick=True, hosts=NUMPY, device="cuda")
    assert report, report.text(140)
    assert launches.count > 40
    hosts = {verdict.host for verdict in report.verdicts if verdict.status == "passed"}
    assert hosts <= {"emulated sm_90", "numpy"}
    assert any("emulated sm_90 agree" in verdict.summary for verdict in report.verdicts)


# An error in the code of the kernels, and the check that sees it first.
PLANTED = {
    "another operation": (dt.mish, r"rcp\.rn\.f32", "neg.f32", "float32 values"),
    "another bound": (scaled, r"setp\.ge\.s64", "setp.gt.s64", "float32 values"),
    "lanes left out": (scaled, r"shfl\.sync\.bfly\.b32\s+(%r\d+), (%r\d+), .*",
                       r"mov.b32 \1, \2;", "float32 values"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_an_error_in_the_code_is_seen(name: str, launches: Launches) -> None:
    definition, launches.old, launches.new, check = PLANTED[name]
    report = dt.check(definition, quick=True, hosts=NUMPY, device="sm_90")
    failed = [verdict for verdict in report.verdicts if verdict.status == "failed"]
    assert check in [verdict.check for verdict in failed], report.text(140)


def test_what_a_gpu_would_stop_at_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(*args: Any) -> None:
        raise DeviceError("a misaligned access of 16 bytes")

    monkeypatch.setattr(executable, "launch", launch)
    report = dt.check(dt.mish, quick=True, hosts=NUMPY, device="cuda")
    verdict = next(v for v in report.verdicts if v.check == "float32 values")
    assert verdict.status == "failed"
    assert verdict.summary == "the GPU would stop at a misaligned access of 16 bytes"
    assert "report it" in verdict.remedy


@pytest.mark.parametrize(
    ("loop", "check"),
    [(dt.ctc_loss, "float32 values"), (dt.crf_log_partition, "float32 gradient"),
     (dt.viterbi, "special values")],
)  # fmt: skip
def test_loops_over_time_whose_elements_meet(launches: Launches, loop: Any, check: str) -> None:
    verdict = verdict_of(check, loop, EmulatedHost())
    assert verdict.status == "passed", verdict.summary
    assert launches.count


def test_a_loop_over_time_with_a_product_is_not_applicable() -> None:
    @dt.op
    def running(x: Any) -> Any:
        def step(carry: Any, each: Any) -> Any:
            return (dt.tanh(dt.outer(carry, each) @ each),) * 2

        return dt.scan(step, dt.zeros(3), x)[1]

    report = dt.check(running, quick=True, hosts=NUMPY, device="cuda")
    assert report
    about = [v for v in report.verdicts if v.host == "emulated sm_90"]
    values = next(v for v in about if v.check == "float32 values")
    assert values.status == "not applicable"
    assert "a loop over time" in values.summary
    assert not any(v.status == "passed" for v in about)


def test_an_index_out_of_range_raises() -> None:
    host, table = EmulatedHost(), np.arange(6.0).reshape(3, 2)
    found = host.call(chosen, (table, np.array([2, -3])), {})
    assert found.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    with pytest.raises(DovetailError, match="outside of its array"):
        host.call(chosen, (table, np.array([3])), {})


def test_settings_and_floats_reach_the_kernels() -> None:
    @dt.op
    def powered(x: Any, *, exponent: float = 2.0, negate: bool = False) -> Any:
        y = x * exponent
        return -y if negate else y

    host, x = EmulatedHost("sm_80"), np.linspace(1, 2, 5)
    assert np.array_equal(host.call(powered, (x,), {"exponent": 3.0}), x * 3.0)
    assert np.array_equal(host.call(powered, (x,), {"exponent": 3.0, "negate": True}), x * -3.0)


def test_other_devices_are_refused() -> None:
    with pytest.raises(CheckError, match="emulates the kernels"):
        dt.check(dt.mish, quick=True, hosts=NUMPY, device="mps")
    with pytest.raises(DovetailError, match="sm_12"):
        dt.check(dt.mish, quick=True, hosts=NUMPY, device="sm_12")


def test_a_thorough_run_leaves_out_all_of_float32() -> None:
    embedded, emulated = REGISTRY.chosen(NUMPY, "the test")[0], EmulatedHost()
    tasks = list(tasks_of("activation", THOROUGH, [embedded, emulated], embedded, True))
    assert tasks
    assert not any(task.check.thorough for task in tasks)


def test_a_check_on_the_cpu_needs_nothing_of_it() -> None:
    code = (
        "import sys, dovetail as dt; dt.check(dt.relu, quick=True, hosts=['numpy']);"
        "print([m for m in sys.modules if 'emulator' in m])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
