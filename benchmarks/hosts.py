"""Common code of the benchmarks of the hosts: Dovetail inside a framework, against its best."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import problems
import report
from measure import measure
from peers import Peer
from problems import ON_HOSTS
from report import Row
from rich.console import Console

from dovetail import timing
from dovetail.timing import Pace


def arguments(description: str) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--quick", action="store_true", help="shorter bursts")
    parser.add_argument("--only", default=",".join(ON_HOSTS), help="operations, by commas")
    parser.add_argument("--without", default="", help="columns to leave out")
    parser.add_argument("--threads", type=int, default=0, help="default: all processors")
    return parser.parse_args()


def run(options: argparse.Namespace, columns: Mapping[str, Peer], threads: int) -> list[Row]:
    """Every operation, forward and with its gradients, at three sizes; printed and written."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    pace = timing.QUICK if options.quick else Pace()
    about = report.machine(threads)
    console.print(about)
    console.print(
        "Columns of peers: their time relative to Dovetail's; above 1, Dovetail is faster.\n"
    )
    columns = {n: peer for n, peer in columns.items() if n not in options.without.split(",")}
    rows: list[Row] = []
    for operation in options.only.split(","):
        found = [
            measure(problem, columns, pace)
            for problem in problems.problems(operation, problems.HOST_SIZES)
        ]
        for direction in ("forward", "both"):
            report.print_table(console, [r for r in found if r.direction == direction], [*columns])
        rows += found
    report.print_summary(console, rows)
    content: dict[str, Any] = {"machine": about, "rows": [row.as_json() for row in rows]}
    content["summary"] = report.summary(rows)
    if options.json:
        report.write_json(options.json, content)
    return rows


def columns_of(peer: Peer, variants: Sequence[str] | None = None) -> dict[str, Peer]:
    """The columns of one framework's file."""
    return dict.fromkeys(variants or peer.VARIANTS, peer)
