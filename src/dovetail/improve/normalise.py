"""`normalise`: what layers return on the user's batches, and where a normalisation is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from dovetail.extension.sequential import Named
from dovetail.graph.node import Array
from dovetail.improve.activations import batches_of, first_output, observer, summed
from dovetail.improve.data import examples_of
from dovetail.improve.native import taken_over
from dovetail.improve.settings import check_numbers
from dovetail.improve.tracing import inspected
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.layers import Activation
from dovetail.printing import Printed, table_of
from dovetail.train.inspection import LayerCall

SEEN = 2048  # examples, at most
DRIFT = 10.0  # a standard deviation, in that of the inputs or of the layer before
DEAD, SATURATED = 0.1, 0.5  # shares of units and of values from which on a layer is named

# The values of an activation that count as saturated: near its bounds.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softsign": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0), "hard_sigmoid": (0.0, 1.0),
}  # fmt: skip
NEAR = 0.02  # of the distance between the bounds


@dataclass(frozen=True)
class Activity:
    """Of what one layer returns: mean, deviation, units that are always 0, saturated values."""

    name: str
    kind: str
    mean: float
    deviation: float
    dead: float
    saturated: float | None  # None where the activation has no bounds


@dataclass(frozen=True)
class NormaliseReport(Printed):
    """The activity of the layers in order, and what to do."""

    layers: tuple[Activity, ...]
    advice: tuple[str, ...]

    def table(self) -> Table:
        """What each layer returns."""
        numbers = ("mean", "deviation", "dead units", "saturated")
        table = table_of("what layers return", ("layer", "kind"), numbers)
        for each in self.layers:
            saturated = "" if each.saturated is None else f"{each.saturated:.0%}"
            table.add_row(
                each.name, each.kind, f"{each.mean:.3g}", f"{each.deviation:.3g}",
                f"{each.dead:.0%}", saturated,
            )  # fmt: skip
        return table

    def lines(self) -> Sequence[str]:
        """The advice."""
        return self.advice


@dataclass(frozen=True)
class Normalised:
    """The model as it was given, and the report: a normalisation has to be trained with."""

    model: Any
    report: NormaliseReport


def normalise(model: Any, data: Any, *, batch_size: int = 256) -> Normalised:
    """Measure what layers return on `data`, x or (x, y), and advise on normalisation.

    Named are units that are 0 for all examples, activations near their bounds, and deviations that
    grow or shrink tenfold from one layer to the next.
    """
    check_numbers("normalise", batch_size=batch_size)
    examples = examples_of("normalise", "data", data, False)
    copy = taken_over("normalise", model, None, examples).model.fresh_copy()
    names = {call.path: call for call in inspected(copy).calls if _is_wanted(call)}
    found = summed(observer(copy, _statistics), batches_of(examples, batch_size, SEEN))
    layers = tuple(
        _activity(names[path], values) for path, values in found.items() if path in names
    )
    return Normalised(model, NormaliseReport(layers, tuple(_advice(layers))))


def _is_wanted(call: LayerCall) -> bool:
    """Whether a call is that of a layer without others in it, which returns floating numbers."""
    inner = call.layer.children()
    return bool(call.path and not inner and call.outputs and call.outputs[0].dtype.is_floating)


def _statistics(call: LayerCall) -> Any:
    """Statistics of a layer's outputs: numbers and sums of values, and units that are not 0."""
    if not _is_wanted(call):
        return None
    y = dt.astype(first_output(call), dt.float64)
    axis = int(getattr(call.layer, "channel_axis", -1)) % y.ndim
    others = tuple(each for each in range(y.ndim) if each != axis)
    bounds = BOUNDS.get(_activation(call.layer))
    near = dt.zeros_like(y)
    if bounds is not None:
        margin = NEAR * (bounds[1] - bounds[0])
        outside = dt.logical_or(y < bounds[0] + margin, y > bounds[1] - margin)
        near = dt.astype(outside, dt.float64)
    totals = [dt.sum(y), dt.sum(y * y), dt.sum(near), dt.asarray(float(math.prod(y.shape)))]
    active = dt.sum(dt.astype(y != 0.0, dt.float64), axis=others)
    return dt.concat([dt.stack([dt.astype(each, dt.float64) for each in totals]), active])


def _activation(layer: Any) -> str:
    """The name of a layer's activation, or ""."""
    given = layer.function if isinstance(layer, Activation) else getattr(layer, "activation", None)
    if isinstance(given, (str, Named)):
        return given if isinstance(given, str) else given.__name__
    return str(getattr(given, "name", ""))


def _activity(call: LayerCall, values: Array) -> Activity:
    total, squares, near, count = values[:4]
    mean = float(total / count)
    deviation = math.sqrt(max(0.0, float(squares / count) - mean * mean))
    bounded = _activation(call.layer) in BOUNDS
    return Activity(
        call.name, call.layer.name, mean, deviation, float(np.mean(values[4:] == 0.0)),
        float(near / count) if bounded else None,
    )  # fmt: skip


def _advice(layers: tuple[Activity, ...]) -> list[str]:
    found: list[str] = []
    before: Activity | None = None
    for each in layers:
        if not math.isfinite(each.deviation):
            found.append(f"{each.name} returns values that are not finite")
            continue
        if each.dead >= DEAD:
            found.append(
                f"{each.name}: {each.dead:.0%} of its units are 0 for all examples: lower the "
                "learning rate, use leaky_relu or gelu, or prune them"
            )
        if each.saturated is not None and each.saturated >= SATURATED:
            found.append(
                f"{each.name}: {each.saturated:.0%} of its values are near the bounds of "
                "its activation: put a BatchNorm or LayerNorm before the activation"
            )
        if before is not None and before.deviation > 0.0 and each.deviation > 0.0:
            change = each.deviation / before.deviation
            if max(change, 1.0 / change) > DRIFT:
                found.append(
                    f"{each.name}: the deviation goes from {before.deviation:.3g} to "
                    f"{each.deviation:.3g}: put a BatchNorm or LayerNorm behind {each.name}, or "
                    "scale its initial kernel"
                )
        before = each
    return found or ["no layer is dead, saturated or drifts: leave it as it is"]
