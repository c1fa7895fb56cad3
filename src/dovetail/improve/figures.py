"""What a model costs and how good it is: measured before and after a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.improve.data import Examples
from dovetail.improve.latency import Speed, Spread, speed, spread, timed
from dovetail.improve.tracing import inspected
from dovetail.train.callbacks.base import sign_of

BATCHES = (1, 256)  # sizes of the batches that latency is measured with


@dataclass(frozen=True)
class Figures:
    """Of one model. `metrics`: on the validation examples; `latency`: seconds by size of batch."""

    parameters: int
    bytes: int
    multiply_adds: int
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    latency: Mapping[int, Spread] = field(default_factory=dict[int, Spread])


def counted(model: Any, validation: Examples | None) -> Figures:
    """All figures but the latency."""
    trained = model.parameters()
    arrays = {**trained, **model.states()}
    return Figures(
        sum(array.size for path, array in arrays.items() if path in trained or _is_kernel(array)),
        sum(array.nbytes for array in arrays.values()),
        inspected(model).model.multiply_adds,
        metrics_of(model, validation),
    )


def _is_kernel(array: Any) -> bool:
    """Whether a state is a quantised kernel."""
    return bool(array.dtype == np.int8)


def metrics_of(model: Any, validation: Examples | None) -> dict[str, float]:
    """Loss and metrics on the validation examples; none for a model that is not compiled."""
    if validation is None or validation.y is None or not model.is_compiled:
        return {}
    figures = model.evaluate(validation.x, validation.y, batch_size=256, return_dict=True)
    return {name: float(value) for name, value in figures.items()}


Call = Callable[[Any], Any]


def latencies(
    before: Call, after: Call, examples: Examples
) -> tuple[dict[int, Spread], dict[int, Spread], dict[int, Speed]]:
    """By size of batch: the seconds of a call before and after, and how many times as fast."""
    first: dict[int, Spread] = {}
    second: dict[int, Spread] = {}
    found_speed: dict[int, Speed] = {}
    for size in BATCHES:
        x = examples.first(size)
        seconds = timed(lambda x=x: before(x), lambda x=x: after(x))
        first[size], second[size] = map(spread, seconds)
        found_speed[size] = speed(*seconds)
    return first, second, found_speed


def deciding_metric(metrics: Mapping[str, float]) -> str | None:
    """The metric that decides: the first that is not a loss, otherwise the loss; None if none."""
    names = [name for name in metrics if not name.endswith("loss")]
    return names[0] if names else next(iter(metrics), None)


def loss_of_quality(name: str, before: float, after: float) -> float:
    """How much worse a metric has become; negative if it is better."""
    return sign_of(name, "auto") * (before - after)
