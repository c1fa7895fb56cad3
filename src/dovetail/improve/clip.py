"""`clip`: how large gradients are on the user's batches, by layer, and whether to clip them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from dovetail.errors import ArgumentError
from dovetail.graph.node import Array
from dovetail.improve.data import Examples, examples_of
from dovetail.improve.gradients import gradients
from dovetail.improve.latency import Spread, spread
from dovetail.improve.native import Compile, taken_over
from dovetail.improve.settings import check_numbers
from dovetail.printing import Printed, table_of

SEEN = 4096  # examples, at most
EXPLODES = 10.0  # the largest norm of a batch, in median norms
UNEVEN = 100.0  # the norm of one layer, in that of the median layer


@dataclass(frozen=True)
class ClipReport(Printed):
    """Norms of gradients over batches. `layers`: of each layer's; `whole`: of all together.

    `clip_norm`: what the optimizer should clip at, or None where nothing is to be gained.
    """

    layers: Mapping[str, Spread]
    largest: Mapping[str, float]
    whole: Spread
    largest_whole: float
    not_finite: int
    clip_norm: float | None
    advice: tuple[str, ...]

    def table(self) -> Table:
        """The norms of each layer and of all together."""
        numbers = ("median", "largest", "quotient")
        table = table_of("norms of gradients, by batch", ("layer",), numbers)
        rows = [(name, each, self.largest[name]) for name, each in self.layers.items()]
        for name, each, largest in (*rows, ("all together", self.whole, self.largest_whole)):
            quotient = largest / each.median if each.median else float("inf")
            table.add_row(name, f"{each.median:.3g}", f"{largest:.3g}", f"{quotient:.1f}")
        return table

    def lines(self) -> Sequence[str]:
        """The advice."""
        return self.advice


@dataclass(frozen=True)
class Clipped:
    """The report and the model: if clipping is advised, a copy whose optimizer clips."""

    model: Any
    report: ClipReport


def clip(model: Any, data: Any, *, batch_size: int = 32, compile: Compile = None) -> Clipped:
    """Measure gradients on batches of `data`, (x, y), and advise on clipping.

    Clipping is advised where the norm of a batch is over ten times the median: at the 90th
    percentile of the norms, so that it leaves most steps as they are. `.model` is then a copy that
    is compiled so; of a model of a framework it is that model itself.
    Pascanu et al. 2013, arXiv:1211.5063.
    """
    check_numbers("clip", batch_size=batch_size)
    examples = examples_of("clip", "data", data, True)
    subject = taken_over("clip", model, compile, examples, compiled=True)
    model = subject.model
    norms = _norms(model, examples, batch_size)
    if not norms:
        raise ArgumentError("clip", "model", model, "a model with parameters that are trained")
    report = _report(norms)
    if report.clip_norm is None or subject.framework is not None:
        return Clipped(subject.given, report)
    changed = model.fresh_copy()
    optimizer = copy.deepcopy(changed.optimizer)
    optimizer.clip_norm = report.clip_norm
    changed.compiled_with.optimizer = optimizer
    return Clipped(changed, report)


def _norms(model: Any, examples: Examples, batch_size: int) -> dict[str, Array]:
    """The norm of the gradient of each layer, for each batch."""
    squares: dict[str, list[float]] = {}
    for gradient in gradients(model.fresh_copy(), examples, batch_size, SEEN):
        of_batch: dict[str, float] = {}
        for path, array in gradient.items():
            layer = path.rpartition(".")[0].removeprefix("layers.") or "the model"
            square = float(np.sum(np.square(array, dtype=np.float64)))
            of_batch[layer] = of_batch.get(layer, 0.0) + square
        for layer, square in of_batch.items():
            squares.setdefault(layer, []).append(square)
    return {layer: np.sqrt(values) for layer, values in squares.items()}


def _report(norms: Mapping[str, Array]) -> ClipReport:
    whole = np.sqrt(sum(np.square(each) for each in norms.values()))
    finite = np.isfinite(whole)
    advice: list[str] = []
    clip_norm: float | None = None
    if not finite.all():
        count = int((~finite).sum())
        advice.append(
            f"the gradients of {count} of {len(whole)} batches are not finite: look at the data "
            "and the loss; clipping does not help"
        )
    kept = whole[finite] if finite.any() else np.zeros(1)
    median, largest = float(np.median(kept)), float(kept.max())
    if largest > EXPLODES * median:
        clip_norm = float(f"{np.percentile(kept, 90):.3g}")
        advice.append(
            f"the largest norm is {largest / max(median, 1e-300):.1f} times the median: "
            f"clip_norm={clip_norm:g}"
        )
    else:
        advice.append(f"no batch has more than {EXPLODES:g} times the median norm: do not clip")
    medians = {name: float(np.median(each[finite])) for name, each in norms.items() if finite.any()}
    middle = float(np.median(list(medians.values()))) if medians else 0.0
    for name, each in medians.items():
        if each == 0.0:
            advice.append(f"{name} has no gradient: it is not used, or all its units are dead")
        elif each > UNEVEN * middle or each * UNEVEN < middle:
            size = "larger" if each > middle else "smaller"
            times = max(each / middle, middle / each) if middle else float("inf")
            advice.append(f"{name}: its gradient is {times:.0f} times {size} than the median one")
    return ClipReport(
        {name: spread(each) for name, each in norms.items()},
        {name: float(each.max()) for name, each in norms.items()},
        spread(kept), largest, int((~finite).sum()), clip_norm, tuple(advice),
    )  # fmt: skip
