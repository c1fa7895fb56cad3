"""`dt.check`: run the list of checks over a definition."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dovetail.errors import CheckHostError, DovetailError, HostNotInstalledError
from dovetail.hosts.protocol import Host
from dovetail.hosts.registry import REGISTRY
from dovetail.verify.budget import NORMAL, QUICK, THOROUGH, Budget
from dovetail.verify.checks import CHECKS
from dovetail.verify.context import Check, Context
from dovetail.verify.report import Report
from dovetail.verify.subjects import subject_of
from dovetail.verify.verdict import Verdict, failed, skipped

EMBEDDED = "numpy"
RAISED = (
    DovetailError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError,
    AssertionError, RuntimeError,
)  # fmt: skip


def check(
    extension: Any,
    *,
    quick: bool = False,
    thorough: bool = False,
    hosts: Sequence[str | Host] | None = None,
    seed: int = 0,
    console: Console | None = None,
) -> Report:
    """Verify an op, activation, loss, layer or optimizer (a class or an instance).

    Values, gradients of both modes and both orders, kinks, overflow, half precisions, shapes,
    strides, memory, threads, compilation, serialisation, and agreement of the hosts; see
    docs/checking.md. `hosts`: names, or hosts; all that are installed by default. `quick` takes
    a few seconds, `thorough` also looks at all 2^32 values of float32 where the definition is a
    function of one array. `console`: where progress is shown; nowhere by default. The report is
    true where nothing failed; printed, it is a table.
    """
    begun = time.perf_counter()
    budget = THOROUGH if thorough else QUICK if quick else NORMAL
    found = _hosts(hosts)
    embedded = next((host for host in found if host.name == EMBEDDED), None)
    if embedded is None:
        raise CheckHostError(hosts, REGISTRY.names())
    with np.errstate(all="ignore"):
        subject = subject_of(extension, np.random.default_rng(seed))
    work = list(_work(subject.kind, budget, found, embedded))
    verdicts: list[Verdict] = []
    with _progress(console, len(work)) as progress:
        for number, (each, host) in enumerate(work):

            def show(what: str, share: float, number: int = number) -> None:
                progress(what, number + share)

            show(each.name, 0.0)
            context = Context(subject, host, tuple(found), budget, seed, show)
            verdicts.append(judge(each, context))
    verdicts += [
        skipped("only in a thorough run").by(each.name, EMBEDDED, 0.0)
        for each in CHECKS
        if each.thorough and not budget.exhaustive and subject.kind in each.kinds
    ]
    return Report(
        subject.name, subject.kind, subject.location, budget.name, seed,
        {host.name: host.versions() for host in found}, tuple(verdicts), version("dovetail"),
        time.perf_counter() - begun,
    )  # fmt: skip


def _work(
    kind: str, budget: Budget, hosts: Sequence[Host], embedded: Host
) -> Iterator[tuple[Check, Host]]:
    for each in CHECKS:
        if kind not in each.kinds or (each.thorough and not budget.exhaustive):
            continue
        for host in hosts if each.every_host else (embedded,):
            yield each, host


def judge(each: Check, context: Context) -> Verdict:
    """The verdict of one check; a call that raises where the reference did not has failed."""
    begun = time.perf_counter()
    try:
        with np.errstate(all="ignore"):  # NaN and overflow are what is looked at
            verdict = each.run(context)
    except RAISED as reason:
        lines = str(reason).splitlines() or [""]
        verdict = failed(
            f"{type(reason).__name__}: {lines[0]}",
            "; ".join(line.strip() for line in lines[1:]) or "see the traceback of such a call",
        )
    return verdict.by(each.name, context.host.name, time.perf_counter() - begun)


def _hosts(given: Sequence[str | Host] | None) -> list[Host]:
    """The hosts to check on; by default those whose framework is there."""
    if given is not None:
        return [REGISTRY.named(host) if isinstance(host, str) else host for host in given]
    found: list[Host] = []
    for name in REGISTRY.installed():
        try:
            found.append(REGISTRY.named(name))
        except HostNotInstalledError:
            continue
    return found


@contextmanager
def _progress(console: Console | None, total: int) -> Iterator[Any]:
    """Something to show progress with."""
    if console is None or not console.is_terminal:
        yield lambda what, done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda what, done: bar.update(task, description=what, completed=done)
