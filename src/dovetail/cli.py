"""The command line: `dovetail demo`, `show`, `check`, `bench`, `choose`, `improve` and others."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import dovetail
from dovetail.commands import bench as bench_command
from dovetail.commands import choose as choose_command
from dovetail.commands import improve as improve_command
from dovetail.commands import report as report_command
from dovetail.demo.report import Report
from dovetail.demo.run import EPOCHS, run
from dovetail.errors import DovetailError, OptionError, folded
from dovetail.extension.base import Extension
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.graph.dtypes import as_dtype
from dovetail.hosts.registry import REGISTRY
from dovetail.hosts.show import show as print_stages
from dovetail.language.functions import KINDS
from dovetail.library.modules import MODULES
from dovetail.measure.loading import load
from dovetail.verify.check import check as verify

GROUP = "dovetail.extensions"


def demo(options: argparse.Namespace) -> None:
    """Show, check and train three pieces that no framework has."""
    if options.epochs < 1:
        raise OptionError("--epochs", options.epochs, "a whole number, 1 or more", "")
    figures = run(Report(Console(quiet=options.json)), options.epochs)
    if options.json:
        print(json.dumps(asdict(figures)))


def shape_of(text: str) -> tuple[int, ...]:
    """Parse a shape: `32x10`, `32,10` or `32`; an empty text is the shape ()."""
    try:
        shape = tuple(int(part) for part in text.replace("x", ",").split(",") if part.strip())
    except ValueError:
        raise OptionError("--shape", text, "extents, for example 32x10", "") from None
    if any(extent < 0 for extent in shape):
        raise OptionError("--shape", text, "extents of 0 or more", "")
    return shape


def example(shape: tuple[int, ...], dtype: str) -> Any:
    """An array of ones of this shape."""
    return np.ones(shape, as_dtype(dtype).numpy)


def show(options: argparse.Namespace) -> None:
    """Print the stages of a definition and of its gradient: graph, kernels, LLVM, assembly."""
    definition = load(options.definition)
    given = [text.partition(":") for text in options.shape]
    shapes = [(shape_of(text), dtype or "float32") for text, _, dtype in given]
    if isinstance(definition, type) and issubclass(definition, Layer):
        definition = definition()
    if isinstance(definition, (Layer, Extension)):
        names = list(definition.signature.array_names)
    else:
        raise OptionError(
            options.definition, type(definition).__name__, "an extension or a layer", ""
        )
    if not shapes:
        shapes = [((64, 64), "float32")]
    if len(shapes) == 1:
        shapes *= len(names)
    if len(shapes) != len(names):
        expected = f"one --shape, or one for each of {', '.join(names)}"
        raise OptionError("--shape", " ".join(options.shape), expected, "")
    arrays = [example(shape, dtype) for shape, dtype in shapes]
    print_stages(definition, *arrays, target=options.target)


def check(options: argparse.Namespace) -> int:
    """Verify definitions: values, gradients, overflow, shapes, memory, threads, hosts.

    The exit status is 0 if all checks passed, 1 if one failed, 2 if nothing could be checked.
    """
    if options.quick and options.thorough:
        raise OptionError("--quick", "given with --thorough", "one of the two", "")
    console = Console(quiet=options.json)
    shown = Console(stderr=True)
    reports = []
    for definition in bench_command.chosen(options.definition):
        report = verify(
            definition, quick=options.quick, thorough=options.thorough, seed=options.seed,
            hosts=options.hosts, device=options.device, console=shown,
        )  # fmt: skip
        reports.append(report)
        console.print(report)
        console.print()
    if options.json:
        print(json.dumps([report.plain() for report in reports], indent=2))
    if options.certificate:
        certificates = [report.certificate() for report in reports]
        Path(options.certificate).write_text(json.dumps(certificates, indent=2) + "\n")
    return 0 if all(reports) else 1


def listing(options: argparse.Namespace) -> None:
    """List the functions of the language, the library, installed packs, and the hosts."""
    table = Table(box=None, pad_edge=False)
    for heading in ("kind", "name", "description"):
        table.add_column(heading, no_wrap=heading != "description")
    for kind, name, value in known():
        if not options.kind or kind == options.kind:
            lines = (inspect.getdoc(value) or "").splitlines()
            table.add_row(kind, name, lines[0] if lines else "")
    console = Console()
    console.print(table)
    if not options.kind:
        console.print(f"\nhosts: {', '.join(REGISTRY.names())}", highlight=False)


def known() -> list[tuple[str, str, Any]]:
    """(kind, name, definition) of the language's functions, the library's, and the packs'."""
    found: dict[tuple[str, str], Any] = {}
    for name, kind in KINDS.items():
        if kind != "query":
            extension: Any = getattr(dovetail, name)
            found[extension.kind, name] = extension
    modules: list[Any] = [*MODULES]
    modules += [point.load() for point in entry_points(group=GROUP)]
    for module in modules:
        for name, value in vars(module).items():
            is_class = isinstance(value, type) and issubclass(value, (Layer, Optimizer))
            if name.startswith("_") or not (is_class or isinstance(value, Extension)):
                continue
            if getattr(value, "__module__", None) == getattr(module, "__name__", None):
                found[value._kind, name] = value
    return [(kind, name, value) for (kind, name), value in sorted(found.items())]


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    top = argparse.ArgumentParser(prog="dovetail", description=dovetail.__doc__)
    top.add_argument("--traceback", action="store_true", help="show where an error was raised")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("demo", help=demo.__doc__, description=demo.__doc__)
    command.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    command.add_argument("--epochs", type=int, default=EPOCHS, help="default: %(default)s")
    command.set_defaults(run=demo)

    command = commands.add_parser("show", help=show.__doc__, description=show.__doc__)
    command.add_argument("definition", metavar="FILE.py::name")
    command.add_argument(
        "--shape", action="append", default=[], metavar="64x64:float32",
        help="shape and dtype of the array arguments, one for all or one for each; "
        "default: 64x64:float32",
    )  # fmt: skip
    command.add_argument(
        "--target", metavar="sm_90", help="the kernels for this GPU; default: this processor"
    )
    command.set_defaults(run=show)

    command = commands.add_parser("check", help=check.__doc__, description=check.__doc__)
    command.add_argument("definition", metavar="FILE.py[::name]")
    command.add_argument("--quick", action="store_true", help="a few seconds for each definition")
    command.add_argument(
        "--thorough", action="store_true", help="more samples; all values of float32"
    )
    bench_command.add_hosts(command, "only these hosts, including numpy; ")
    command.add_argument(
        "--device",
        metavar="cuda:0",
        help="with arrays there; sm_90: emulated; default: all checks, on the CPU",
    )
    command.add_argument("--json", action="store_true", help="print only the reports, as JSON")
    command.add_argument(
        "--certificate", metavar="FILE", help="write what was checked and what was not, as JSON"
    )
    command.add_argument("--seed", type=int, default=0, help="seed of the samples; default: 0")
    command.set_defaults(run=check)

    bench_command.add(commands)
    choose_command.add(commands)
    report_command.add(commands)
    improve_command.add(commands)

    command = commands.add_parser("list", help=listing.__doc__, description=listing.__doc__)
    command.add_argument(
        "--kind", choices=["activation", "layer", "loss", "op", "optimizer"], help="only this kind"
    )
    command.set_defaults(run=listing)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit status; errors of Dovetail are printed."""
    options = parser().parse_args(arguments)
    try:
        status = options.run(options)
    except DovetailError as error:
        if options.traceback:
            raise
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        text = folded(error, "dovetail --traceback shows them")
        if options.traceback or text is None:  # of what is not the user's, all of it
            raise
        print(text, file=sys.stderr, end="")
        return 2
    return status or 0
