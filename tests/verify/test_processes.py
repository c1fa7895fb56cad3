"""Hosts that are checked in separate processes: results and failures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import dovetail as dt
from dovetail import cli
from dovetail.errors import HostError, HostNotInstalledError
from dovetail.hosts.numpy.host import NumpyHost
from dovetail.hosts.protocol import Host, Validator
from dovetail.hosts.registry import REGISTRY
from dovetail.verify import processes
from dovetail.verify.checks import CHECKS

check: Any = import_module("dovetail.verify.check")  # the package has a function of that name
FRAMEWORK = "tabnanny"  # a module that nothing imports, in place of a framework

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux")


class Elsewhere(NumpyHost):
    """A host whose framework is not imported yet; `does` happens in each call."""

    name: ClassVar[str] = "elsewhere"

    def __init__(self, does: Callable[[Any], Any] = lambda value: value) -> None:
        super().__init__()
        self.does = does

    def frameworks(self) -> frozenset[str]:
        return frozenset({FRAMEWORK})

    def caller(self, extension: Any) -> Any:
        import_module(FRAMEWORK)
        inner = super().caller(extension)
        return lambda args, kwargs: self.does(inner(args, kwargs))

    def validators(self) -> tuple[Validator, ...]:
        return (Validator("a validator", ("activation",), lambda definition, args, settings: []),)

    def versions(self) -> dict[str, str]:
        return {"process": str(os.getpid())}


@pytest.fixture(autouse=True)
def few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"gradient", "steps on all hosts", "host agreement", "host validators"}
    monkeypatch.setattr(check, "CHECKS", tuple(each for each in CHECKS if each.name in names))


@pytest.fixture
def register() -> Iterator[Callable[[Host], None]]:
    assert FRAMEWORK not in sys.modules
    yield REGISTRY.add
    REGISTRY._loaded.pop("elsewhere", None)
    REGISTRY._by_type.clear()
    sys.modules.pop(FRAMEWORK, None)


def closure(rate: float) -> Any:
    return dt.activation(lambda x: rate * dt.tanh(x))


def checked(definition: Any = None, host: Any = "elsewhere") -> Any:
    definition = closure(0.5) if definition is None else definition
    return dt.check(definition, quick=True, hosts=["numpy", host])


def test_a_closure_is_checked_in_another_process(register: Any) -> None:
    register(Elsewhere())
    report = checked()
    assert report, report.text()
    assert FRAMEWORK not in sys.modules
    assert report.hosts["elsewhere"]["process"] not in ("", str(os.getpid()))
    assert report.verdict("host agreement").summary == "numpy, elsewhere agree"
    validators = {v.host: v.status for v in report.verdicts if v.check == "host validators"}
    assert validators == {"numpy": "not applicable", "elsewhere": "passed"}


def test_steps_of_an_optimizer_are_compared_across_processes(register: Any) -> None:
    register(Elsewhere())
    report = checked(dt.SGD(0.1))
    assert report, report.text()
    assert report.verdict("steps on all hosts").summary == "numpy, elsewhere agree over 100 steps"


def test_a_framework_that_is_there_is_checked_here(register: Any) -> None:
    register(Elsewhere())
    import_module(FRAMEWORK)
    assert checked().hosts["elsewhere"]["process"] == str(os.getpid())


def test_a_host_that_is_given_as_an_object_is_checked_here(register: Any) -> None:
    report = checked(host=Elsewhere())
    assert report.hosts["elsewhere"]["process"] == str(os.getpid())


def test_a_wrong_number_comes_back_with_its_example(register: Any) -> None:
    register(Elsewhere(lambda value: value + np.asarray(0.1, value.dtype)))
    verdict = checked().verdict("host agreement")
    assert verdict.status == "failed" and "on elsewhere" in verdict.summary
    assert verdict.case is not None and "np.array" in verdict.case.reproduce()


def killed(value: Any) -> Any:
    os.write(2, b"the last words\n")
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(10)
    return value


def test_a_process_that_is_killed_is_a_failed_check(register: Any) -> None:
    register(Elsewhere(killed))
    report = checked()
    verdict = report.verdict("host agreement")
    assert verdict.status == "failed" and "SIGSEGV" in verdict.summary
    others = [v for v in report.verdicts if v.check == "host validators" and v.host == "elsewhere"]
    assert [v.status for v in others] == ["skipped"]
    assert report.verdict("gradient").status == "passed"


def test_a_process_that_leaves_is_a_failed_check(register: Any) -> None:
    register(Elsewhere(lambda value: os._exit(3)))
    assert "exit status 3" in checked().verdict("host agreement").summary


def test_a_process_that_hangs_is_a_failed_check(
    register: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "TIMEOUT", 2.0)
    register(Elsewhere(lambda value: time.sleep(1000)))
    before = children()
    verdict = checked().verdict("host agreement")
    assert verdict.status == "failed" and "did not answer for 2 seconds" in verdict.summary
    assert children() <= before  # it is gone


def children() -> set[str]:
    """The processes that this one has started."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


def test_what_a_framework_writes_stays_out_of_the_terminal(
    register: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def noisy(value: Any) -> Any:
        print("noise")
        os.write(2, b"noise\n")
        return value

    register(Elsewhere(noisy))
    assert checked()
    assert "noise" not in "".join(capfd.readouterr())


def test_hosts_with_a_common_framework_share_a_process() -> None:
    class Named(Elsewhere):
        def __init__(self, *needs: str) -> None:
            super().__init__()
            self.needs = needs

        def frameworks(self) -> frozenset[str]:
            return frozenset(self.needs)

    a, b, both, none, there = Named("a"), Named("b"), Named("c", "a"), Named(), Named("numpy")
    assert list(processes.groups([a, b, both, none, there])) == [(a, both), (b,)]
    assert "torch" in REGISTRY.named("torch").frameworks()
    assert len(REGISTRY.named("keras").frameworks()) == 2


def test_hosts_that_are_not_there() -> None:
    with pytest.raises(HostError, match="no host"):
        dt.check(dt.mish, quick=True, hosts=["numpy", "nothing of the kind"])

    class Absent(Elsewhere):
        def frameworks(self) -> frozenset[str]:
            return frozenset({"no_such_package"})

    with pytest.raises(HostNotInstalledError, match="no_such_package"):
        dt.check(dt.mish, quick=True, hosts=["numpy", Absent()])


FRESH = """
import sys, dovetail as dt
frameworks = {"torch", "jax", "tensorflow", "keras"}
slope = 0.1
f = dt.activation(lambda x: x * slope + dt.tanh(x))   # a lambda in __main__, over a global
report = dt.check(f, quick=True, hosts=sys.argv[1].split(","))
assert report, report.text()
assert not frameworks & set(sys.modules), frameworks & set(sys.modules)
print(report.verdict("host agreement").summary)
"""


@pytest.mark.parametrize("host", ["torch", "jax"])
def test_a_frameworks_process(host: str) -> None:
    pytest.importorskip(host)
    done = subprocess.run(
        [sys.executable, "-c", FRESH, f"numpy,{host}"], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"numpy, {host} agree\n", "")


def test_the_command_takes_hosts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "takes_hosts.py"
    file.write_text("import dovetail as dt\nf = dt.activation(lambda x: dt.tanh(x))\n")
    assert cli.main(["check", "--quick", "--hosts", "numpy", str(file)]) == 0
    assert "host agreement" in capsys.readouterr().out
    assert cli.main(["check", "--quick", "--hosts", "numpy,typo", str(file)]) == 2
    assert cli.main(["check", "--quick", "--hosts", "torch", str(file)]) == 2
    assert "numpy" in capsys.readouterr().err
