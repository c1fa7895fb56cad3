"""`dovetail choose [FILE.py::model] [--data ...]`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from dovetail.choose.contest import QUICK, choose
from dovetail.choose.subject import BATCH, Subject, mission, read_data, subject_of
from dovetail.choose.verdict import WEIGHTS
from dovetail.errors import OptionError
from dovetail.measure.loading import load
from dovetail.pages.choose_page import choose_page


def run(options: argparse.Namespace) -> int:
    """Measure a model in every framework that is installed, and say which one to use.

    The model is a dt.Model; without one, it is a small network on digits. Outputs and gradients
    are compared first; a framework that is wrong is refused, and the exit status is then 1.
    """
    report = choose(
        _subject(options), options.purpose, effort=QUICK if options.quick else None,
        threads=options.threads,
        console=None if options.json else Console(stderr=True),
    )  # fmt: skip
    if options.json:
        print(report.json())
    else:
        Console().print(report)
    if options.output:
        Path(options.output).write_text(report.json() + "\n")
    if options.html:
        Path(options.html).write_text(choose_page(report), encoding="utf-8")
    return 1 if report.refused else 0


def _subject(options: argparse.Namespace) -> Subject:
    if options.model is None:
        if options.data is not None:
            raise OptionError("--data", options.data, "a model to train on it, FILE.py::model", "")
        return mission()
    if options.data is None:
        raise OptionError(
            "--data", None, "an .npz file with x and y, or FILE.py::name",
            "the model is trained on it: np.savez('data.npz', x=x, y=y)",
        )  # fmt: skip
    inputs, targets = read_data(options.data)
    return subject_of(
        load(options.model), inputs, targets, name=options.model.rpartition("::")[2],
        batch=options.batch, target=options.target,
    )  # fmt: skip


def add(commands: Any) -> None:
    """The arguments of the command."""
    command = commands.add_parser("choose", help=run.__doc__, description=run.__doc__)
    command.add_argument("model", nargs="?", metavar="FILE.py::model")
    command.add_argument("--data", metavar="data.npz", help="or FILE.py::name: (inputs, targets)")
    command.add_argument(
        "--for", dest="purpose", choices=[*WEIGHTS], default="training",
        help="what counts in the verdict; default: %(default)s",
    )  # fmt: skip
    command.add_argument("--target", type=float, help="of the mean loss, to train to")
    command.add_argument("--batch", type=int, default=BATCH, help="default: %(default)s")
    command.add_argument("--threads", type=int, help="of each process; default: all processors")
    command.add_argument("--quick", action="store_true", help="under three minutes, no exports")
    command.add_argument("--json", action="store_true", help="print only the report, as JSON")
    command.add_argument("--html", metavar="FILE", help="write a page with pictures there")
    command.add_argument("--output", metavar="FILE", help="write the report there, as JSON")
    command.set_defaults(run=run)
