"""`dovetail report FILE.py[::name] -o report.html`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from dovetail.commands.bench import add_hosts, chosen
from dovetail.errors import OptionError
from dovetail.pages.report_page import report_page


def run(options: argparse.Namespace) -> int:
    """Write one page about a definition: maths, derivative, checks, pictures, speed, kernels.

    It is one file, which needs no network. Of a file with several definitions each has a page of
    its own, and their names are put before the name of the file.
    """
    definitions = chosen(options.definition)
    place = Path(options.output)
    if place.is_dir() or not place.parent.is_dir():
        raise OptionError("--output", options.output, "a file in a folder that exists", "")
    console = Console(stderr=True)
    for each in definitions:
        text = report_page(
            each, hosts=options.hosts, threads=options.threads, quick=not options.thorough,
            measured=not options.no_bench, console=console if console.is_terminal else None,
        )  # fmt: skip
        name = getattr(each, "__name__", type(each).__name__)
        path = place if len(definitions) == 1 else place.with_name(f"{name}-{place.name}")
        path.write_text(text, encoding="utf-8")
        Console().print(f"{path}: {len(text) / 1e6:.1f} MB", highlight=False)
    return 0


def add(commands: Any) -> None:
    """The arguments of the command."""
    command = commands.add_parser("report", help=run.__doc__, description=run.__doc__)
    command.add_argument("definition", metavar="FILE.py[::name]")
    command.add_argument("-o", "--output", metavar="report.html", required=True)
    add_hosts(command)
    command.add_argument("--threads", type=int, help="of each process; default: all processors")
    command.add_argument("--thorough", action="store_true", help="more checks, sizes and memory")
    command.add_argument("--no-bench", action="store_true", help="leave the speed out")
    command.set_defaults(run=run)
