"""Whether a change pays: measured on the same examples, the two models in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dovetail.improve.data import Examples, drawn_examples, largest_difference
from dovetail.improve.figures import (
    Figures,
    counted,
    deciding_metric,
    latencies,
    loss_of_quality,
)
from dovetail.improve.latency import Speed
from dovetail.improve.native import Subject
from dovetail.improve.report import Improved, Report

Speeds = dict[int, Speed]
Judge = Callable[[Figures, Figures, Speeds], tuple[bool, str]]
SEEN = 1024  # examples that outputs are compared on, at most


def compared(
    change: str, subject: Subject, changed: Any, validation: Examples | None, judge: Judge,
    notes: Sequence[str],
) -> Improved:  # fmt: skip
    """The two models measured, and the one that is to be kept, in the form that was given."""
    original = subject.model
    examples = measured_on(original, validation)
    form = subject.form(changed)
    before, after = (counted(model, validation) for model in (original, changed))
    first, second, speed = latencies(subject.caller(subject.given), subject.caller(form), examples)
    before, after = replace(before, latency=first), replace(after, latency=second)
    paid, reason = judge(before, after, speed)
    x = examples.first(min(SEEN, len(examples)))
    report = Report(
        change, before, after, speed, largest_difference(changed.predict(x), original.predict(x)),
        paid, reason, tuple(notes),
    )  # fmt: skip
    return Improved(form if paid else subject.given, report, form)


def measured_on(model: Any, validation: Examples | None) -> Examples:
    """The examples for latency and outputs: the user's, or random ones."""
    if validation is not None:
        return validation
    specs = model.input_specs
    return drawn_examples(specs[0] if len(specs) == 1 else tuple(specs), 256)


def unchanged(
    change: str, subject: Subject, validation: Examples | None, reason: str, notes: Sequence[str]
) -> Improved:
    """The report of a change that found nothing to do."""
    figures = counted(subject.model, validation)
    report = Report(change, figures, figures, {}, 0.0, False, reason, tuple(notes))
    return Improved(subject.given, report, subject.given)


# Judges.


def not_slower(before: Figures, after: Figures, speed: Speeds) -> tuple[bool, str]:
    """Pays unless it was measured slower."""
    slower = [batch for batch, each in speed.items() if each.slower]
    if slower:
        return False, f"measured slower at batch {slower[0]}"
    return True, "not measured slower"


def faster(tolerance: float) -> Judge:
    """Pays if it is measured faster in bulk and the metric loses at most `tolerance`."""

    def judge(before: Figures, after: Figures, speed: Speeds) -> tuple[bool, str]:
        good, reason = _good(before, after, tolerance)
        if not good:
            return False, reason
        largest = speed[max(speed)]
        if not largest.faster:
            return False, f"not measured faster at batch {max(speed)}"
        return True, f"{reason}, {largest.best:.2f} times as fast at batch {max(speed)}"

    return judge


def smaller(tolerance: float) -> Judge:
    """Pays if it takes fewer bytes and the metric loses at most `tolerance`."""

    def judge(before: Figures, after: Figures, speed: Speeds) -> tuple[bool, str]:
        good, reason = _good(before, after, tolerance)
        if not good:
            return False, reason
        if after.bytes >= before.bytes:
            return False, "it takes no fewer bytes"
        return True, f"{reason}, {after.bytes / before.bytes:.2f} of the bytes"

    return judge


def better(before: Figures, after: Figures, speed: Speeds) -> tuple[bool, str]:
    """Pays where the metric is better."""
    name = deciding_metric(before.metrics)
    if name is None:
        return False, "the model is not compiled, so there is no metric"
    worse = loss_of_quality(name, before.metrics[name], after.metrics[name])
    return worse < 0.0, f"{name} {before.metrics[name]:.4f} before, {after.metrics[name]:.4f} after"


def _good(before: Figures, after: Figures, tolerance: float) -> tuple[bool, str]:
    name = deciding_metric(before.metrics)
    if name is None or name not in after.metrics:
        return True, "no metric, since the model is not compiled or has no validation data"
    worse = loss_of_quality(name, before.metrics[name], after.metrics[name])
    if worse > tolerance:
        return False, f"{name} is worse by {worse:.4f}, more than {tolerance:g}"
    return True, f"{name} {'better' if worse < 0 else 'worse'} by {abs(worse):.4f}"
