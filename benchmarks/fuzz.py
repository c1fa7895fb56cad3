"""Random programs in worker processes, against NumPy and PyTorch in float64.

    python benchmarks/fuzz.py --programs 100000 --seconds 3600 --first-seed 0 --workers 2

A program is its seed (`tests/fuzz/`): the same seed is the same program, arrays and way of
running it, so that `--programs 1 --first-seed SEED` repeats one. A worker that crashes or
takes longer than `--limit` seconds for one program is ended, and its seed reported. What
fails is made small and written to `--output`, as code that runs.
"""

from __future__ import annotations

import argparse
import collections
import faulthandler
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fuzz.check import WAYS, check, possible
from tests.fuzz.generate import TWINS, generate
from tests.fuzz.scripts import script
from tests.fuzz.shrink import shrink

BLOCK = 8 * TWINS  # seeds that a worker takes at a time
RENEWED = 40  # blocks after which a worker makes room for a fresh one


def trace_of(process: int) -> Path:
    """Where a worker that hangs writes what it is doing."""
    return Path(tempfile.gettempdir()) / f"fuzz-trace-{process}"


def way_of(seed: int) -> str:
    """The variant in which a seed's program runs; the same for twins."""
    return random.Random(f"way {seed // TWINS}").choice(WAYS[1:])


def examine(seed: int, ways: list[str] | None, known: set[Any], report: Any) -> None:
    """Run the program of a seed. A failure that is `known` of its twin is not made small again."""
    program = generate(seed)
    for way in ways or ["value", way_of(seed)]:
        report("start", seed, way)
        if not possible(program, way):
            report("skip", seed, way)
            continue
        failure = check(program, way)
        if failure is not None:
            key = (seed // TWINS, failure.kind)
            if key in known:
                report("fail", seed, way, failure.kind, f"# as seed {seed - seed % TWINS} and on")
            else:
                known.add(key)
                report("shrink", seed, way)
                failure = shrink(failure, seconds=60.0)
                report("fail", seed, way, failure.kind, str(failure))
        report("ran", seed, way)


def work(pipe: Connection, ways: list[str] | None) -> None:
    """A worker: takes blocks of seeds until it is told to end."""
    trace = trace_of(os.getpid())
    with trace.open("w") as file:
        faulthandler.register(signal.SIGUSR1, file=file)
        try:
            take_blocks(pipe, ways)
        finally:
            faulthandler.unregister(signal.SIGUSR1)
    trace.unlink()


def take_blocks(pipe: Connection, ways: list[str] | None) -> None:
    """Ask for seeds and run their programs."""

    def report(*message: Any) -> None:
        pipe.send(message)

    known: set[Any] = set()
    for _ in range(RENEWED):
        report("ready")
        seeds = pipe.recv()
        if seeds is None:
            return
        for seed in seeds:
            try:
                examine(seed, ways, known, report)
            except Exception:  # a fault of the fuzzer itself
                report("fail", seed, "fuzzer", "fuzzer", traceback.format_exc())
    report("renew")


@dataclass
class Worker:
    """A process, and its last message."""

    process: Any
    pipe: Connection
    seed: int = -1
    way: str = ""
    since: float = field(default_factory=time.monotonic)
    shrinking: bool = False
    left: list[int] = field(default_factory=list)


class Campaign:
    """Hands out seeds and collects the messages of the workers."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self.options = options
        self.console = console
        self.context = multiprocessing.get_context("spawn")
        self.next = options.first_seed
        self.end = options.first_seed + options.programs
        self.again: list[list[int]] = []
        self.counts: collections.Counter[tuple[str, str]] = collections.Counter()
        self.started = time.monotonic()
        self.done = 0
        self.failures = 0

    def worker(self) -> Worker:
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=work, args=(theirs, self.options.ways), daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours)

    def seeds(self) -> list[int] | None:
        """The next block, or None at the end."""
        if self.again:
            return self.again.pop()
        if self.next >= self.end or time.monotonic() - self.started > self.options.seconds:
            return None
        block = list(range(self.next, min(self.next + BLOCK, self.end)))
        self.next = block[-1] + 1
        return block

    def record(self, seed: int, way: str, kind: str, text: str) -> None:
        """Save a failure."""
        self.failures += 1
        self.counts[way, "failed"] += 1
        with open(self.options.output, "a") as file:
            file.write(f"# seed {seed}, {way}: {kind}\n{text}\n\n")
        self.console.print(f"[red]seed {seed}, {way}: {kind}[/] (in {self.options.output})")

    def heard(self, worker: Worker, message: tuple[Any, ...]) -> bool:
        """Take one message; false where the worker has ended."""
        worker.since = time.monotonic()
        match message:
            case ("ready",):
                block = self.seeds()
                worker.left = list(block or [])
                worker.pipe.send(block)
                return block is not None
            case ("renew",):
                return False
            case ("start", seed, way):
                worker.seed, worker.way, worker.shrinking = seed, way, False
                worker.left = [other for other in worker.left if other > seed]
                self.done = max(self.done, 0)
            case ("shrink", _, _):
                worker.shrinking = True
            case ("fail", seed, way, kind, text):
                self.record(seed, way, kind, text)
            case (what, _, way):
                self.counts[way, what] += 1
                self.done += way == "value" or bool(self.options.ways)
        return True

    def lost(self, worker: Worker, why: str) -> None:
        """A worker crashed or hangs: note the seed, and hand the others of its block on."""
        trace = trace_of(worker.process.pid)
        if worker.process.is_alive():
            os.kill(worker.process.pid, signal.SIGUSR1)
            worker.process.join(1.0)
            worker.process.kill()
        worker.process.join()
        why = f"{why} (exit code {worker.process.exitcode})"
        text = f"# {why}{', while it was made small' if worker.shrinking else ''}\n"
        if worker.seed >= 0:
            text += script(generate(worker.seed), worker.way)
        if trace.exists():
            text += "".join(f"# {line}\n" for line in trace.read_text().splitlines())
            trace.unlink()
        self.record(worker.seed, worker.way, why, text)
        if worker.left:
            self.again.append(worker.left)

    def run(self, progress: Progress) -> None:
        """Until the seeds or the seconds are used up."""
        task = progress.add_task("programs", total=self.options.programs)
        workers = [self.worker() for _ in range(self.options.workers)]
        while workers:
            ready = wait([worker.pipe for worker in workers], timeout=1.0)
            for worker in list(workers):
                keep, why = True, ""
                if worker.pipe in ready:
                    try:
                        keep = self.heard(worker, worker.pipe.recv())
                    except EOFError:
                        why = "the process crashed"
                elif time.monotonic() - worker.since > self.options.limit + 60 * worker.shrinking:
                    why = f"no answer in {self.options.limit} s"
                if why:
                    self.lost(worker, why)
                if why or not keep:
                    workers.remove(worker)
                    worker.process.join(10)
                    if self.again or (
                        self.next < self.end
                        and time.monotonic() - self.started < self.options.seconds
                    ):
                        workers.append(self.worker())
            progress.update(task, completed=self.done)

    def table(self) -> Table:
        """How often each variant ran, and failed."""
        elapsed = time.monotonic() - self.started
        seeds = f"seeds {self.options.first_seed} to {self.next - 1}"
        title = f"{self.done} programs in {elapsed:.0f} s, {seeds}"
        table = Table("way", "runs", "cannot run", "failures", title=title)
        for way in (*WAYS, "fuzzer"):
            row = [self.counts[way, what] for what in ("ran", "skip", "failed")]
            if any(row):
                table.add_row(way, *map(str, row))
        return table


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one program")
    parser.add_argument("--ways", type=lambda text: text.split(","), help=", ".join(WAYS))
    parser.add_argument("--output", default="fuzz_failures.py")
    options = parser.parse_args()
    console = Console()
    campaign = Campaign(options, console)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        campaign.run(progress)
    console.print(campaign.table())
    return int(campaign.failures > 0)


if __name__ == "__main__":
    raise SystemExit(main())
