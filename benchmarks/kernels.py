"""The speed of Dovetail's kernels on NumPy arrays, compared with other libraries, in one run.

Run: `python benchmarks/kernels.py`, see README.md. Other libraries take part where they are
installed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import peers
import problems
import report
import startup
from measure import measure, timed
from neighbours import QUIET
from peers import Peer, numpy_peer
from problems import ADAMW, OPERATIONS, Adam, Problem
from report import Row
from rich.console import Console

from dovetail import timing
from dovetail.timing import Pace


def set_threads(count: int) -> int:
    """Bound every library to so many processors, before any of them is loaded; how many."""
    if hasattr(os, "sched_setaffinity"):
        usable = sorted(os.sched_getaffinity(0))
        count = min(count or len(usable), len(usable))
        os.sched_setaffinity(0, usable[:count])
    else:
        count = min(count or os.cpu_count() or 1, os.cpu_count() or 1)
    for name in ("DOVETAIL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(count)
    return count


def measure_adamw(label: str, columns: Mapping[str, Peer], pace: Pace) -> Row:
    """One row of the optimizer."""
    parameters, gradients = problems.optimizer_arrays(problems.PARAMETERS[label])
    size = sum(array.size for array in parameters)
    problem = Problem(ADAMW, "forward", label, size, (), None, ((7 * size,),))  # 28 bytes each
    wide = [[array.astype(np.float64) for array in group] for group in (parameters, gradients)]
    reference = numpy_peer.adamw(wide[0], wide[1], Adam(), "")()
    calls = {
        name: peer.adamw(parameters, gradients, Adam(), name) for name, peer in columns.items()
    }
    return timed(problem, columns, calls, reference, pace)


def run_operation(
    operation: str, columns: Mapping[str, Peer], sizes: Sequence[int], pace: Pace, console: Console
) -> list[Row]:
    """All rows of an operation, printed as tables."""
    rows: list[Row] = []
    if operation == ADAMW:
        largest = 3 * max(sizes)
        labels = [name for name, each in problems.PARAMETERS.items() if sum(each) <= largest]
        made = (measure_adamw(label, columns, pace) for label in labels)
    else:
        made = (measure(problem, columns, pace) for problem in problems.problems(operation, sizes))
    rows += made
    for direction in ("forward", "both"):
        members = [row for row in rows if row.direction == direction]
        if members:
            report.print_table(console, members, list(columns))
    return rows


def overhead(columns: Mapping[str, Peer], pace: Pace) -> dict[str, float]:
    """Seconds for a call on 64 floats."""
    problem = problems.make("mish", "forward", (64,))
    calls = {name: peer.prepare(problem, name) for name, peer in columns.items()}
    return {name: time.median for name, time in timing.interleaved(calls, pace).items()}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--quick", action="store_true", help="fewer sizes, shorter bursts")
    parser.add_argument("--only", default=",".join(OPERATIONS), help="operations, by commas")
    parser.add_argument("--without", default="", help="libraries or columns to leave out")
    parser.add_argument("--threads", type=int, default=0, help="default: all processors")
    parser.add_argument("--no-startup", action="store_true", help="skip imports and first calls")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(OPERATIONS)
    if unknown:
        parser.error(f"--only: not {', '.join(unknown)}, but some of {', '.join(OPERATIONS)}")
    return options


def main() -> None:
    """Measure the chosen cases, print the figures and save them."""
    options = arguments()
    threads = set_threads(options.threads)
    without = options.without.split(",")
    found = peers.load(without, threads)
    console = Console(width=None if sys.stdout.isatty() else 140)
    pace = timing.QUICK if options.quick else Pace()
    sizes = problems.QUICK_SIZES if options.quick else problems.SIZES
    about = report.machine(threads)
    console.print(about)
    console.print(
        "Columns of peers: their time relative to Dovetail's; above 1, Dovetail is faster.\n"
    )
    rows: list[Row] = []
    for operation in options.only.split(","):
        columns = peers.columns_of(found, operation, without)
        rows += run_operation(operation, columns, sizes, pace, console)
    report.print_summary(console, rows)
    noisy = [row for row in rows if row.neighbours is not None and row.neighbours > QUIET]
    if noisy:
        console.print(
            f"[red]Other processes took more than {QUIET:.0%} of the processors during "
            f"{len(noisy)} of {len(rows)} rows: measure again on a quiet machine.[/red]"
        )
    content: dict[str, Any] = {"machine": about, "rows": [row.as_json() for row in rows]}
    content["summary"] = report.summary(rows)
    content["call on 64 floats"] = overhead(peers.columns_of(found, "mish", without), pace)
    report.print_figures(console, "mish on 64 floats", content["call on 64 floats"])
    if not options.no_startup:
        processes = 3 if options.quick else 7
        content["import"] = startup.import_seconds(processes)
        report.print_figures(console, "import", content["import"])
        content["first call"] = startup.first_call_seconds(processes)
        for what, figures in content["first call"].items():
            report.print_figures(console, f"first call of a new op, {what}", figures)
    if options.json:
        report.write_json(options.json, content)


if __name__ == "__main__":
    main()
