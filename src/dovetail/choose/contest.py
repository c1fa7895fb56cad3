"""Measure a model in every framework: weights, outputs and gradients compared, then timed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from dovetail.choose.contention import Contention
from dovetail.choose.contestant import in_order
from dovetail.choose.field import COMPILED, FIELD, Entry, installed_bytes, missing_frameworks
from dovetail.choose.figures import Figures
from dovetail.choose.report import ChoiceReport
from dovetail.choose.subject import Subject
from dovetail.choose.verdict import WEIGHTS
from dovetail.errors import OptionError
from dovetail.measure.agreement import error_of
from dovetail.measure.machine import processor
from dovetail.measure.workers import Worker, WorkerError, default_threads

TOLERANCE = 1e-3  # of the size of the outputs or gradients; Keras' gradients lose digits
CHECKED = 16  # examples of the comparison
BUSY = 1.2  # the slowdown from which on the report says so
PAUSE = 0.015  # seconds in which threads that spin go to sleep


@dataclass(frozen=True)
class Effort:
    """How long to measure. `steps`, `ones`, `bulks`: of each round; `most`: seconds to a target."""

    rounds: int = 9
    steps: int = 25
    ones: int = 40
    bulks: int = 12
    bulk: int = 1024
    most: float = 60.0
    exports: bool = True


QUICK = Effort(rounds=5, steps=10, ones=20, bulks=5, most=10.0, exports=False)


def choose(
    subject: Subject,
    purpose: str = "training",
    *,
    effort: Effort | None = None,
    field: Sequence[Entry] = FIELD,
    threads: int | None = None,
    console: Console | None = None,
) -> ChoiceReport:
    """Measure the model of a subject in every framework that is installed.

    Each contestant is a framework in one mode, in a fresh process with `threads` threads; the
    processes take turns. A contestant whose outputs or gradients differ is refused.
    """
    if purpose not in WEIGHTS:
        raise OptionError("--for", purpose, f"one of {', '.join(WEIGHTS)}", "")
    effort = effort or Effort()
    threads = default_threads() if threads is None else threads
    quiet = Console(quiet=True) if console is None else console
    show = partial(quiet.print, highlight=False)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="dovetail-choose-") as name, ExitStack() as stack:
        folder = Path(name)
        subject.write(folder)
        contest = _Contest(subject, effort, folder, threads, stack, show)
        for entry in field:
            if not entry.missing:
                for mode in entry.modes:
                    contest.enter(entry, mode)
        contest.compare()
        contest.measure()
        figures = contest.figures
    busy = contest.contention.slowdown
    sizes = {e.name: installed_bytes(e.distributions) for e in field if not e.missing}
    for each in figures:
        each.contended(contest.contention.spread)
        each.once("install size", float(sizes[each.framework]))
    left_out = [f"{name} is not installed: {remedy}"
                for name, remedy in missing_frameworks(field).items()]  # fmt: skip
    if not effort.exports:
        left_out.append("exports were not tried: leave out --quick")
    if busy > BUSY:
        left_out.append(
            f"an idle machine: work took {busy:.1f} times as long as its time on a processor, "
            "so that figures are less sure, and more contestants tie"
        )
    left_out.append("accelerators, and other backends of Keras than the one that it is set to")
    return ChoiceReport(
        model=subject.name, purpose=purpose, figures=tuple(figures),
        machine=f"{processor()}, {threads} threads", left_out=tuple(left_out),
        batch=subject.batch, bulk=min(effort.bulk, len(subject.targets)), target=subject.target,
        seconds=time.perf_counter() - begun,
    )  # fmt: skip


class _Contest:
    """The contestants of one run, with their processes."""

    def __init__(
        self, subject: Subject, effort: Effort, folder: Path, threads: int, stack: ExitStack,
        show: Any,
    ) -> None:  # fmt: skip
        self.subject, self.effort, self.folder = subject, effort, folder
        self.threads, self.stack, self.show = threads, stack, show
        self.figures: list[Figures] = []
        self.workers: dict[str, Worker] = {}
        self.contention = Contention()

    @property
    def running(self) -> list[tuple[Figures, Worker]]:
        """Those that have not been refused."""
        return [(f, self.workers[f.name]) for f in self.figures if not f.refused]

    def enter(self, entry: Entry, mode: str) -> None:
        """Start the process, build, and take the first step and one of another shape."""
        figures = Figures(entry.name, mode)
        self.figures.append(figures)
        self.show(f"{figures.name}: build and first step")
        own = self.folder / f"{entry.name}-{mode}"
        own.mkdir()
        for name in ("data.npz", "model.dovetail", "loss.dovetail", "optimizer.dovetail"):
            (own / name).symlink_to(self.folder / name)
        try:
            worker = self.stack.enter_context(Worker(
                "dovetail.choose.contestant:Measured", entry.source, mode == COMPILED, str(own),
                self.threads, threads=self.threads,
                environment={"DOVETAIL_CACHE_DIR": str(own / "cache")},
            ))  # fmt: skip
            self.workers[figures.name] = worker
            built: Mapping[str, float] = worker.ask("build")
            figures.once("import", built["import"])
            figures.once("first step", built["build"] + worker.ask("first_step"))
            self.contention.sample()
            figures.once("new shape", worker.ask("new_shape"))
            self.contention.sample()
        except WorkerError as error:
            figures.refused = f"failed: {error.found}"

    def compare(self) -> None:
        """Refuse those whose outputs or gradients differ from those of NumPy in float64."""
        outputs, gradients = self.subject.reference(CHECKED)
        parameters = self.subject.parameters
        for figures, worker in self.running:
            self.show(f"{figures.name}: comparing")
            try:
                got, pairs = worker.ask("checked", CHECKED)
            except WorkerError as error:
                figures.refused = f"failed: {error.found}"
                continue
            named = in_order(pairs, parameters)
            absent = [path for path in gradients if path not in named]
            if absent:
                figures.refused = f"has other weights than the model: no {absent[0]}"
                continue
            errors = {"its outputs": error_of([got], [outputs])}
            for path, exact in gradients.items():
                errors[f"its gradients of {path}"] = error_of([named[path]], [exact])
            what, figures.error = max(errors.items(), key=lambda item: item[1])
            if not figures.error <= TOLERANCE:
                figures.refused = f"is wrong: {what} differ by {figures.error:.1e}"

    def measure(self) -> None:
        """The rounds, then what is measured once."""
        effort = self.effort
        bulk = min(effort.bulk, len(self.subject.targets))
        steps: dict[str, list[list[float]]] = {f.name: [] for f, _ in self.running}
        ones = {name: list[list[float]]() for name in steps}
        bulks = {name: list[list[float]]() for name in steps}
        tasks = (
            (steps, "steps", (effort.steps,), 4), (ones, "inferences", (1, effort.ones), 4),
            (bulks, "inferences", (bulk, effort.bulks), 2),
        )  # fmt: skip
        for number in range(effort.rounds + 1):  # the first one warms up
            self.show(f"round {number} of {effort.rounds}")
            self.contention.sample()
            turn = self.running
            first = number % max(1, len(turn))
            for figures, worker in turn[first:] + turn[:first]:
                try:
                    for times, method, arguments, lead in tasks:
                        time.sleep(PAUSE)
                        worker.ask(method, *arguments[:-1], lead)  # its threads wake up
                        found = worker.ask(method, *arguments)
                        if number:
                            times[figures.name].append(found)
                except WorkerError as error:
                    figures.refused = f"failed: {error.found}"
        for figures, worker in self.running:
            name = figures.name
            figures.rounds({"step p50": 50, "step p95": 95}, steps[name])
            figures.rounds({"one p50": 50, "one p99": 99}, ones[name])
            figures.rounds({"bulk p50": 50, "bulk p99": 99}, bulks[name])
            self._once(figures, worker)

    def _once(self, figures: Figures, worker: Worker) -> None:
        """Memory, training to the target, exports."""
        try:
            peak = worker.ask("peak")
            if peak:
                figures.once("peak memory", float(peak))
            if self.subject.target is not None:
                self.show(f"{figures.name}: training to {self.subject.target}")
                seconds, count, mean = worker.ask("reach", self.subject.target, self.effort.most)
                self.contention.sample()
                if mean <= self.subject.target:
                    figures.once("to target", seconds)
                    figures.notes.append(f"reached the target in {count} steps")
                else:
                    figures.notes.append(
                        f"did not reach the target in {seconds:.0f} s: {mean:.3g} after "
                        f"{count} steps"
                    )
            if self.effort.exports:
                figures.exports = worker.ask("exported")
        except WorkerError as error:
            figures.notes.append(f"stopped: {error.found}")
