"""Models: names, data, labels and losses."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.errors.base import DovetailError


class UnknownNameError(DovetailError, ValueError, LookupError):
    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        super().__init__(
            f"{name!r} is no {kind} known by name.\n"
            f"  expected one of: {', '.join(sorted(known))}\n"
            f"  remedy: correct the name, or pass the object itself"
        )


class NotCompiledError(DovetailError, RuntimeError):
    def __init__(self, method: str) -> None:
        super().__init__(
            f"model.{method} was called before model.compile.\n"
            f"  expected: an optimizer and a loss\n"
            f"  remedy: call model.compile(optimizer=..., loss=...) first"
        )


class DataLengthError(DovetailError, ValueError):
    def __init__(self, x_length: int, y_length: int) -> None:
        super().__init__(
            f"x has {x_length} examples, y has {y_length}.\n"
            f"  expected: as many targets as inputs, counted along the first axis\n"
            f"  remedy: check how the two arrays were split or filtered"
        )


class EmptyDataError(DovetailError, ValueError):
    def __init__(self, name: str, shape: object) -> None:
        super().__init__(
            f"{name} has shape {shape}, so there is no example in it.\n"
            f"  expected: an array whose first axis counts at least one example\n"
            f"  remedy: check how the array was split or filtered"
        )


class NonFiniteDataError(DovetailError, ValueError):
    def __init__(self, name: str, count: int, value: object, index: object) -> None:
        super().__init__(
            f"{name} holds {count} values that are not finite; the first is {value} at {index}.\n"
            f"  expected: finite numbers\n"
            f"  remedy: drop or fill these examples, for example by numpy.isfinite"
        )


class LabelRangeError(DovetailError, ValueError):
    def __init__(self, label: object, index: object, classes: int) -> None:
        super().__init__(
            f"label {label} at index {index} is no class of the model.\n"
            f"  expected: integers from 0 to {classes - 1}, since the model has {classes} outputs\n"
            f"  remedy: number the classes from 0, or give the last layer more outputs"
        )


class LabelTypeError(DovetailError, TypeError):
    def __init__(self, loss: str, dtype: object) -> None:
        super().__init__(
            f"{loss} was given labels of data type {dtype}.\n"
            f"  expected: integer labels, one for each example\n"
            f"  remedy: convert them with y.astype('int64')"
        )


class TargetShapeError(DovetailError, ValueError):
    def __init__(self, loss: str, predictions: object, targets: object, expected: object) -> None:
        super().__init__(
            f"{loss}: the model predicts {predictions} for targets of shape {targets}.\n"
            f"  expected: targets of shape {expected}\n"
            f"  remedy: change the last layer's units, the targets' shape, or the loss"
        )


class MetricShapeError(DovetailError, ValueError):
    def __init__(self, metric: str, predictions: object, targets: object) -> None:
        super().__init__(
            f"metric {metric}: the model predicts {predictions} for targets of shape {targets}.\n"
            f"  expected: equal shapes, or labels with one dimension less\n"
            f"  remedy: choose a metric that fits the targets"
        )


class NonFiniteLossError(DovetailError, ArithmeticError):
    def __init__(self, loss: float, epoch: int, batch: int) -> None:
        super().__init__(
            f"the loss became {loss} in epoch {epoch + 1}, batch {batch + 1}.\n"
            f"  expected: a finite loss\n"
            f"  remedy: lower the optimizer's lr, clip with clip_norm=1.0, or scale the inputs; "
            f"the model keeps the parameters from before this step; "
            f"model.compile(..., stop_on_nan=False) goes on regardless"
        )


class FitArgumentError(DovetailError, ValueError):
    def __init__(self, argument: str, value: object, expected: str) -> None:
        super().__init__(f"{argument} is {value!r}.\n  expected: {expected}")
