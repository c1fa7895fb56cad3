"""`dt.bench`: the cost of a definition on each host, beside the framework's own functions."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from dovetail.extension.base import Extension
from dovetail.hosts.protocol import Host
from dovetail.hosts.registry import REGISTRY
from dovetail.language.tree import map_leaves
from dovetail.measure.loading import Source, source_of
from dovetail.measure.machine import Machine, described
from dovetail.measure.results import BenchReport, Row, Start
from dovetail.measure.steps import StepProblem, is_optimizer, step_problems
from dovetail.measure.subject import DIRECTIONS, Problem, problems_of
from dovetail.measure.workers import RemoteCall, Worker, WorkerError, default_threads
from dovetail.timing import QUICK, Pace, rounds

AnyProblem = Problem | StepProblem

TOLERANCE = 1e-4  # of the reference's size; far above rounding, far below a wrong formula
PROCESSES = 2  # of each host, one after the other: the noise that a new process adds


def bench(
    definition: Any,
    sizes: Sequence[Any] | None = None,
    *,
    hosts: Sequence[str] | None = None,
    threads: int | None = None,
    quick: bool = False,
    console: Console | None = None,
) -> BenchReport:
    """Time an op, activation, loss, layer or optimizer on every host that is installed.

    Forward and with backward, beside the same maths in the framework's own functions, compiled by
    its compilers, and its built-in where Dovetail's library knows one. Each host runs in fresh
    processes with `threads` threads; calls of all hosts take turns, after the result of each was
    compared with NumPy's in float64. `sizes`: shapes of the arrays, three by default; where
    arrays differ in shape, a size is a tuple of shapes. `quick`: two sizes, shorter, one process
    for each host, and neither memory nor the time of first calls. Of an optimizer a step is timed,
    over parameters whose shapes a size says, beside the framework's own optimizer in its forms.

    The report has the medians with their spread, the least bytes and operations with their shares
    of what this machine copies and computes, memory at the peak, and the time of first calls:
    print it, or use `.plain()`, `.json()` and `.compare(earlier)`; `dovetail bench --html` draws
    it.
    """
    threads = default_threads() if threads is None else threads
    steps = is_optimizer(definition)
    problems: Sequence[AnyProblem] = (step_problems if steps else problems_of)(
        definition, sizes, quick
    )
    chosen = REGISTRY.chosen(hosts, "dt.bench")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dovetail-bench-") as name:
        folder = Path(name)
        source = _source(definition, problems, folder)
        samples = [each.given for each in problems]
        columns = "dovetail.measure." + ("steps:StepColumns" if steps else "columns:Columns")
        work = _Work(source, samples, columns, quick, threads, folder, console)
        machine = work.machine()
        rows = work.rows(problems, chosen)
        starts = [] if quick else work.starts(problems, rows)
    return BenchReport(
        name=name_of(definition), kind=str(getattr(definition, "_kind", "layer")),
        machine=machine, versions=work.versions, rows=tuple(rows), starts=tuple(starts),
        left_out=tuple(work.left_out), seconds=time.perf_counter() - begun,
    )  # fmt: skip


def name_of(definition: Any) -> str:
    """The name that a report has."""
    owner = definition if isinstance(definition, (type, Extension)) else type(definition)
    return str(owner.__name__)


def _source(definition: Any, problems: Sequence[AnyProblem], folder: Path) -> Source:
    """Where the workers find the definition; one that is saved is so for these calls."""
    calls: Any = None
    for each in problems:
        if isinstance(each, StepProblem):
            params, grads = each.arrays()  # a rule is saved for the ranks that it has seen
            each.optimizer.apply(params, grads, each.optimizer.init(params))
        elif isinstance(definition, Extension):
            args = [map_leaves(np.asarray, arg) for arg in each.call.sample.args]
            calls = [*(calls or []), args]
    return source_of(definition, folder, calls)


@dataclass
class _Work:
    """One run: how workers are made, and what is found on the way."""

    source: Source
    samples: Sequence[tuple[Any, str]]
    columns: str  # the class of a worker's object
    quick: bool
    threads: int
    folder: Path
    console: Console | None

    def __post_init__(self) -> None:
        self.versions: dict[str, dict[str, str]] = {}
        self.left_out: list[str] = []

    def _show(self, text: str) -> None:
        if self.console is not None:
            self.console.print(text, highlight=False)

    def machine(self) -> Machine:
        """The bandwidth and the peak, in a worker of their own."""
        self._show("measuring the machine")
        probe = "dovetail.measure.machine:Probe"
        with Worker(probe, self.threads, self.quick, threads=self.threads) as worker:
            return described(self.threads, worker.ask("copy_bandwidth"), worker.ask("peak"))

    def _worker(self, host: str, cache: str | None = None) -> Worker:
        environment = {} if cache is None else {"DOVETAIL_CACHE_DIR": cache}
        return Worker(
            self.columns, host, self.source, self.samples, self.threads,
            threads=self.threads, environment=environment,
        )  # fmt: skip

    def rows(self, problems: Sequence[AnyProblem], hosts: Sequence[Host]) -> list[Row]:
        """Everything that is timed, in one or more passes with new processes."""
        passes: list[dict[tuple[int, str, str, str], Row]] = []
        for number in range(1 if self.quick else PROCESSES):
            with ExitStack() as stack:
                workers = dict(self._started(stack, hosts))
                found: dict[tuple[int, str, str, str], Row] = {}
                for index, problem in enumerate(problems):
                    for direction in problem.directions:
                        self._show(f"{problem.label}, {direction} ({number + 1})")
                        for row in self._timed(workers, index, problem, direction):
                            found[index, direction, row.host, row.column] = row
                passes.append(found)
        first, others = passes[0], passes[1:]
        return [
            row.merged([other[key] for other in others if key in other])
            for key, row in first.items()
        ]

    def _started(self, stack: ExitStack, hosts: Sequence[Host]) -> Iterator[tuple[str, Worker]]:
        for host in hosts:
            try:
                worker = stack.enter_context(self._worker(host.name))
                self.versions[host.name] = worker.ask("versions")
            except WorkerError as error:
                self._leave_out(f"{host.name}: {error.found}")
                continue
            yield host.name, worker

    def _leave_out(self, text: str) -> None:
        if text not in self.left_out:
            self.left_out.append(text)

    def _reference(self, number: int, problem: AnyProblem, both: bool) -> Path:
        """The file with the values in float64."""
        path = self.folder / f"reference-{number}-{int(both)}.npz"
        if not path.exists():
            named: dict[str, Any] = {
                f"{n:04d}": array for n, array in enumerate(problem.reference(both))
            }
            np.savez(path, **named)
        return path

    def _timed(
        self, workers: Mapping[str, Worker], number: int, problem: AnyProblem, direction: str
    ) -> Iterator[Row]:
        """The rows of one size and direction: each column compared, then timed in turn."""
        both = direction == DIRECTIONS[1]
        reference = str(self._reference(number, problem, both))
        errors: dict[tuple[str, str], float] = {}
        wrong: dict[tuple[str, str], str] = {}
        for host, worker in workers.items():
            worker.ask("release")
            for column in worker.ask("names"):
                key = host, column
                try:
                    errors[key] = worker.ask("prepare", number, both, column, reference)
                except WorkerError as error:
                    wrong[key] = f"failed: {error.found}"
                    continue
                if not errors[key] <= TOLERANCE:
                    wrong[key] = f"differs from the maths in float64 by {errors[key]:.1e}"
        right = {f"{h}\n{c}": RemoteCall(workers[h], c) for h, c in errors if (h, c) not in wrong}
        pace = QUICK if self.quick else Pace(budget=6.0 * len(workers))
        timings = rounds(right, pace) if right else {}
        operations = problem.operations(both)
        least = problem.bytes(both)
        for key in [*errors, *(key for key in wrong if key not in errors)]:
            host, column = key
            yield Row(
                size=problem.label, elements=problem.elements, direction=direction, host=host,
                column=column, timing=timings.get(f"{host}\n{column}"), error=errors.get(key),
                wrong=wrong.get(key), least_bytes=least,
                operations=operations,
            )  # fmt: skip

    def starts(self, problems: Sequence[AnyProblem], rows: Sequence[Row]) -> list[Start]:
        """First calls and memory, each column in a process of its own."""
        direction = problems[-1].directions[-1]
        both = direction == DIRECTIONS[1]
        found: list[Start] = []
        for host, column in dict.fromkeys((row.host, row.column) for row in rows if not row.wrong):
            self._show(f"first calls and memory of {column} on {host}")
            cache = tempfile.mkdtemp(dir=self.folder)
            with contextlib.suppress(WorkerError), self._worker(host, cache) as worker:
                figures: dict[str, float] = worker.ask("start", both, column)
                found.append(Start(host, column, direction, problems[-1].label, figures))
                continue
            self._leave_out(f"{host}, {column}: the first call and memory, which failed")
        return found
