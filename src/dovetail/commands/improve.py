"""`dovetail improve FILE.py::model --data ...`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from dovetail.choose.subject import read_data
from dovetail.errors import OptionError
from dovetail.improve.data import Examples
from dovetail.improve.trade_off import trade_off
from dovetail.measure.loading import load
from dovetail.train.model import Model

HELD = 0.2  # of the examples, from the end, for validation where none are given


def run(options: argparse.Namespace) -> int:
    """Fold, prune, factorise and quantise a trained model, and measure what each brings.

    The model is a dt.Model that is compiled and trained. The exit status is 1 if no change pays.
    """
    if options.data is None:
        raise OptionError(
            "--data", None, "an .npz file with x and y, or FILE.py::name",
            "changes are trained and measured on it: np.savez('data.npz', x=x, y=y)",
        )  # fmt: skip
    model = load(options.model)
    data = _examples(read_data(options.data))
    if options.validation is None:
        start = len(data) - max(1, round(len(data) * HELD))
        held = data.part(slice(start, None))
        data = data.part(slice(0, start))
    else:
        held = _examples(read_data(options.validation))
    found = trade_off(
        model, (data.x, data.y), validation=(held.x, held.y), epochs=options.epochs,
        tolerance=options.tolerance, seed=options.seed,
    )  # fmt: skip
    if options.json:
        print(json.dumps(found.plain(), indent=2))
    else:
        found.print(Console())
    if options.picture:
        found.plot().save(options.picture)
    if options.output and found.chosen is not None:
        if not isinstance(found.model, Model):
            raise OptionError("--output", options.output, "a dt.Model to be written", "")
        found.model.save(Path(options.output))
    return 0 if found.chosen is not None else 1


def _examples(found: tuple[Any, Any]) -> Examples:
    inputs, targets = found
    return Examples(inputs[0] if len(inputs) == 1 else tuple(inputs), np.asarray(targets))


def add(commands: Any) -> None:
    """The arguments of the command."""
    command = commands.add_parser("improve", help=run.__doc__, description=run.__doc__)
    command.add_argument("model", metavar="FILE.py::model")
    command.add_argument("--data", metavar="data.npz", help="or FILE.py::name: (inputs, targets)")
    command.add_argument(
        "--validation", metavar="held.npz", help="likewise; default: the last fifth of the data"
    )
    command.add_argument(
        "--epochs", type=int, default=2, help="of training after a change; default: %(default)s"
    )
    command.add_argument(
        "--tolerance", type=float, default=0.01,
        help="how much worse the first metric may be; default: %(default)s",
    )  # fmt: skip
    command.add_argument("--seed", type=int, default=0, help="of the training; default: 0")
    command.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    command.add_argument("--output", metavar="FILE.dovetail", help="write the advised model")
    command.add_argument("--picture", metavar="FILE.svg", help="draw the metric over the latency")
    command.set_defaults(run=run)
