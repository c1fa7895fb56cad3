"""`dt.check`: run the list of checks over a definition."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from dovetail.errors import CheckError, DovetailError
from dovetail.hosts.protocol import Host
from dovetail.hosts.registry import REGISTRY
from dovetail.train.bars import Bar, can_draw_over
from dovetail.verify.checks import CHECKS
from dovetail.verify.context import NORMAL, QUICK, THOROUGH, Budget, Check, Context, Target
from dovetail.verify.devices import on_device
from dovetail.verify.processes import HostProcess, TaskKey, groups, start
from dovetail.verify.report import Report
from dovetail.verify.targets import target_of
from dovetail.verify.verdict import ORDER, CheckFailure, Verdict, failed, passed, skipped

EMBEDDED = "numpy"
CHECK_ERRORS = (
    DovetailError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError,
    AssertionError, RuntimeError, ImportError,
)  # fmt: skip


def check(
    extension: Any,
    *,
    quick: bool = False,
    thorough: bool = False,
    hosts: Sequence[str | Host] | None = None,
    device: str | None = None,
    seed: int = 0,
    console: Console | None = None,
) -> Report:
    """Verify an op, activation, loss, layer or optimizer (a class or an instance).

    Values, gradients of both modes and both orders, kinks, overflow, half precisions, shapes,
    strides, memory, threads, compilation, serialisation, and agreement of the hosts; see
    docs/checking.md. `hosts`: names or hosts, including the embedded one; by default all that are
    installed. A framework that this process has not imported is imported in another process, and
    only if its host is in `hosts`. `quick` takes a few seconds; `thorough` also checks all 2^32
    values of float32 if the definition is a function of one array. `console`: where to show
    progress; by default it is not shown. The report is true if nothing failed, and prints as a
    table.

    `device`: such as "cuda:0" or "mps". The checks that say something of a device then run with
    arrays there, on the first of the hosts that has it, or on all that `hosts` names. Where no host
    has a "cuda" device, the kernels for an NVIDIA GPU are run by an emulator on the CPU, and the
    verdicts are of the host "emulated sm_90"; "sm_80" and the like emulate any architecture.
    """
    begun = time.perf_counter()
    budget = THOROUGH if thorough else QUICK if quick else NORMAL
    found = REGISTRY.chosen(hosts, "dt.check")
    embedded = next((host for host in found if host.name == EMBEDDED), None)
    if embedded is None:
        raise CheckError(
            f"dt.check was given hosts={hosts!r}",
            "names of hosts, or hosts, the embedded one ('numpy') among them; there are "
            f"{', '.join(REGISTRY.names())}",
            "add 'numpy', which the others are compared with",
        )
    if device is not None:
        others = [host for host in found if host is not embedded]
        found = [embedded, *on_device(device, others, named=hosts is not None)]
    with np.errstate(all="ignore"):
        target = target_of(extension, np.random.default_rng(seed))
    work = list(tasks_of(target.kind, budget, found, embedded, device is not None))
    named = [host for host in found if REGISTRY.is_named(host)]
    running: list[HostProcess] = []
    for group in groups(named):
        tasks = (task for task in work if task.hosts[-1] in group)
        runs = {task.key: partial(task.run, target, budget, seed) for task in tasks}
        running.append(start(group, runs))
    versions: dict[str, dict[str, str]] = {}
    verdicts: dict[TaskKey, Verdict] = {}
    try:
        with _progress(console, len(work)) as progress:

            def show(what: str, share: float = 0.0) -> None:
                progress(what, len(verdicts) + share)

            remote = {key for process in running for key in process.keys}
            for task in work:
                if task.key not in remote:
                    show(task.check.name)
                    verdicts[task.key] = task.run(target, budget, seed, show)
            for process in running:
                process.collect(show)
                verdicts.update(process.verdicts)
                versions.update(process.versions)
    finally:
        for process in running:
            process.close()
    ordered = {task.key: verdicts[task.key] for task in work}
    return Report(
        target.name, target.kind, target.location, budget.name, seed,
        {h.name: versions[h.name] if h.name in versions else h.versions() for h in found},
        (*_reported(ordered), *(() if device else _thorough_only(target.kind, budget))),
        version("dovetail"),
        time.perf_counter() - begun,
    )  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A check to run on a host, and the hosts that it compares."""

    check: Check
    host: Host
    hosts: tuple[Host, ...]

    @property
    def key(self) -> TaskKey:
        """The names of the check and of the host that it checks."""
        return self.check.name, self.hosts[-1].name

    def run(
        self,
        target: Target,
        budget: Budget,
        seed: int,
        progress: Callable[[str, float], None] = lambda what, share: None,
    ) -> Verdict:
        """The verdict of the check."""
        return run_check(self.check, Context(target, self.host, self.hosts, budget, seed, progress))


def tasks_of(
    kind: str, budget: Budget, hosts: Sequence[Host], embedded: Host, on_device: bool
) -> Iterator[Task]:
    """The tasks; `on_device`: only those with arrays of the hosts beside the embedded one."""
    others = [host for host in hosts if host is not embedded]
    for each in CHECKS:
        if kind not in each.kinds or (each.thorough and not budget.exhaustive):
            continue
        if on_device and not each.on_device:
            continue
        if each.thorough and any(host.emulated for host in others):
            continue  # all of float32 would take a day
        if each.pair_summary and others:
            for host in others:
                yield Task(each, embedded, (embedded, host))
        elif on_device:
            for host in others:
                yield Task(each, host, (host,))
        else:
            for host in hosts if each.every_host else (embedded,):
                yield Task(each, host, (host,))


def _reported(verdicts: Mapping[TaskKey, Verdict]) -> Iterator[Verdict]:
    """The verdicts in order; a check of pairs of hosts gives one."""
    for each in CHECKS:
        found = {host: v for (check, host), v in verdicts.items() if check == each.name}
        if not each.pair_summary or EMBEDDED in found or not found:
            yield from found.values()
            continue
        worst = min(found.values(), key=lambda verdict: ORDER.index(verdict.status))
        if worst.status == "passed":
            agreed = [host for host, v in found.items() if v.status == "passed"]
            worst = passed(each.pair_summary.format(hosts=", ".join([EMBEDDED, *agreed])))
        yield worst.by(each.name, EMBEDDED, sum(v.seconds for v in found.values()))


def _thorough_only(kind: str, budget: Budget) -> Iterator[Verdict]:
    """A "skipped" verdict for each check that needs a thorough run."""
    for each in CHECKS:
        if each.thorough and not budget.exhaustive and kind in each.kinds:
            yield skipped("only in a thorough run").by(each.name, EMBEDDED, 0.0)


def run_check(each: Check, context: Context) -> Verdict:
    """Run one check; a call that raises where the reference did not fails it."""
    begun = time.perf_counter()
    try:
        with np.errstate(all="ignore"):  # NaN and overflow are checked
            verdict = each.run(context)
    except CheckFailure as failure:
        verdict = failure.verdict
    except CHECK_ERRORS as reason:
        lines = str(reason).splitlines() or [""]
        verdict = failed(
            f"{type(reason).__name__}: {lines[0]}",
            "; ".join(line.strip() for line in lines[1:])
            or "call the definition to see the traceback",
        )
    return verdict.by(each.name, context.host.name, time.perf_counter() - begun)


@contextmanager
def _progress(console: Console | None, total: int) -> Iterator[Any]:
    if console is None or not can_draw_over(console):
        yield lambda what, done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Bar(console, *columns, total=total, refresh=True)
    try:
        yield lambda what, done: bar.update(done, description=what)
    finally:
        bar.end()
