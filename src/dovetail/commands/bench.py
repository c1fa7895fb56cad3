"""`dovetail bench FILE.py[::name]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from dovetail.errors import ArgumentError, OptionError
from dovetail.measure.bench import bench, name_of
from dovetail.measure.loading import load, load_module
from dovetail.measure.results import BenchReport, check_earlier
from dovetail.pages.bench_page import bench_page
from dovetail.verify.definitions import definitions_of


def run(options: argparse.Namespace) -> int:
    """Time definitions on every host, beside the same maths in the frameworks' own functions.

    The exit status is 1 if `--compare` found a time that is longer by more than the noise, or
    something that is wrong now, and 2 if nothing could be measured.
    """
    definitions = chosen(options.definition)
    earlier = None if options.compare is None else _read(options.compare, definitions)
    sizes = [_size(text) for text in options.size] or None
    console, progress = Console(quiet=options.json), Console(stderr=True)
    reports = [
        bench(each, sizes, hosts=options.hosts, threads=options.threads, quick=options.quick,
              console=progress if progress.is_terminal else None)
        for each in definitions
    ]  # fmt: skip
    for report in reports:
        console.print(report)
    text = json.dumps([report.plain() for report in reports], indent=2)
    if options.json:
        print(text)
    if options.output:
        Path(options.output).write_text(text + "\n")
    if options.html:
        Path(options.html).write_text(bench_page(reports), encoding="utf-8")
    if earlier is None:
        return 0
    return sum([_compared(report, earlier, Console(stderr=options.json)) for report in reports]) > 0


def chosen(reference: str) -> list[Any]:
    """The definitions of FILE.py, or the one of FILE.py::name."""
    if "::" in reference:
        return [load(reference)]
    found = list(definitions_of(load_module(reference)).values())
    if not found:
        raise OptionError(
            "the file", reference, "a file that defines an extension, a layer or an optimizer",
            "write one with @dt.op, @dt.activation, @dt.loss, dt.Layer or dt.Optimizer",
        )  # fmt: skip
    return found


def add_hosts(command: Any, note: str = "") -> None:
    """The argument `--hosts`: names with commas between them."""
    command.add_argument(
        "--hosts", metavar="numpy,torch", help=f"{note}default: all that are installed",
        type=lambda text: [name for part in text.split(",") if (name := part.strip())],
    )  # fmt: skip


def _size(text: str) -> Any:
    """A size: `64x1024`, or a shape for each array, `64x1024;1024`."""
    try:
        shapes = [tuple(int(n) for n in part.split("x") if n) for part in text.split(";")]
    except ValueError:
        shapes = []
    if not shapes or any(extent < 1 for shape in shapes for extent in shape):
        raise OptionError("--size", text, "extents, for example 64x1024 or 64x1024;1024", "")
    return shapes[0] if len(shapes) == 1 else tuple(shapes)


def _read(path: str, definitions: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
    """The reports of an earlier run, by the names of these definitions."""
    try:
        found = json.loads(Path(path).read_text())
        reports = [check_earlier(each) for each in (found if isinstance(found, list) else [found])]
    except ArgumentError as reason:
        raise OptionError("--compare", path, reason.expected, reason.remedy) from None
    except (OSError, ValueError) as reason:
        expected = "a file that dovetail bench --output wrote"
        raise OptionError("--compare", path, expected, str(reason)) from None
    known = {str(each.get("name")): each for each in reports}
    for name in map(name_of, definitions):
        if name not in known:
            has = ", ".join(known) or "none"
            raise OptionError("--compare", path, f"a report of {name}; it has {has}", "")
    return known


def _compared(report: BenchReport, earlier: Mapping[str, Any], console: Console) -> bool:
    """Print what has changed; whether something has become slower or wrong."""
    before = earlier[report.name]
    changes = report.compare(before)
    slower = [change for change in changes if change.is_regression]
    wrong = report.newly_wrong(before)
    for change in slower:
        console.print(f"slower: {change}", style="red", highlight=False)
    for row in wrong:
        console.print(f"wrong: {row.column} on {row.host}: {row.wrong}", style="red")
    for change in changes:
        if change.is_gain:
            console.print(f"faster: {change}", style="green", highlight=False)
    console.print(
        f"{report.name}: {len(changes)} times compared, {len(slower)} slower, {len(wrong)} wrong",
        highlight=False,
    )
    return bool(slower or wrong)


def add(commands: Any) -> None:
    """The arguments of the command."""
    command = commands.add_parser("bench", help=run.__doc__, description=run.__doc__)
    command.add_argument("definition", metavar="FILE.py[::name]")
    command.add_argument(
        "--size", action="append", default=[], metavar="64x1024",
        help="the shape of the arrays, or one for each: 64x1024;1024. May be repeated; "
        "default: three sizes",
    )  # fmt: skip
    add_hosts(command)
    command.add_argument("--threads", type=int, help="of each process; default: all processors")
    command.add_argument(
        "--quick", action="store_true",
        help="two sizes, shorter bursts, neither memory nor the time of first calls",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="print only the reports, as JSON")
    command.add_argument("--output", metavar="FILE", help="write the reports there, as JSON")
    command.add_argument("--html", metavar="FILE", help="write a page with pictures there")
    command.add_argument(
        "--compare", metavar="before.json",
        help="exit with 1 where a time is longer than in that file by more than the noise",
    )  # fmt: skip
    command.set_defaults(run=run)
