"""@dt.loss: the loss of each example, with a reduction that the caller chooses.

A loss may declare its `targets`: of the shape of the predictions ("alike"), or class labels
("labels"), whose range is checked and of which `ignore_index=` leaves some out. In every loss, two
arguments that broadcast each other are refused: predictions (n, 1) and targets (n,) would give
n x n losses.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, get_args, overload

from dovetail.errors import ArgumentError
from dovetail.extension.base import Arguments, Extension, Result
from dovetail.extension.call_errors import output_count
from dovetail.extension.dispatch import untraced
from dovetail.extension.examples import (
    counted,
    masked,
    mean_of_counted,
    refuse_mutual_broadcast,
    require_alike,
    require_labels,
)
from dovetail.extension.signature import Argument, Signature, unreadable
from dovetail.extension.values import as_tracer, leaves_of
from dovetail.language import operands
from dovetail.language.namespace import FUNCTIONS

Reduction = Literal["mean", "sum", "none"]
Targets = Literal["any", "alike", "labels"]
REDUCTIONS = ("mean", "sum", "none")
IGNORE = "ignore_index"
# A first argument of this name is the targets, and the predictions come after it.
TARGETS_FIRST = "y_true"
CALLER_CHECKS: list[Callable[[Loss[..., Any]], None]] = []
"""Installed by hosts: raise where the caller, three frames up, swaps the arguments."""


def wrong_reduction(name: str, reduction: object) -> ArgumentError:
    """The error for a reduction that does not exist."""
    expected = f"one of {', '.join(map(repr, REDUCTIONS))}"
    return ArgumentError(f"loss {name}", "reduction", reduction, expected)


class Loss(Extension[Arguments, Result]):
    """The loss of each example; `reduction="mean"`, "sum" or "none" over all of them.

    `targets`: what the second array is. "alike": of the shape of the first. "labels": integers
    from 0 to k - 1, of shape (...) for predictions (..., k); the caller may then pass
    `ignore_index=` (an int, or None): examples with that label have no loss and no gradient, and
    the mean is over the others. "any": not checked.
    """

    kind = "loss"

    def __init__(
        self,
        definition: Callable[Arguments, Result],
        *,
        name: str | None = None,
        targets: Targets = "any",
    ) -> None:
        assert targets in get_args(Targets), f"targets={targets!r} is none of {get_args(Targets)}"
        super().__init__(definition, name=name)
        self.targets = targets
        with contextlib.suppress(TypeError, ValueError):  # the first call raises
            shown = inspect.signature(definition)
            added = [
                inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default)
                for each in self._added()
            ]
            self.__signature__ = shown.replace(parameters=[*shown.parameters.values(), *added])

    def _added(self) -> list[Argument]:
        """The arguments that are added to those of the definition."""
        names = ["reduction"] if self.targets != "labels" else [IGNORE, "reduction"]
        defaults = {"reduction": "mean", IGNORE: None}
        return [Argument(name, False, defaults[name], keyword_only=True) for name in names]

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        for argument in self._added():
            if argument.name in signature.index:
                reason = f"it has an argument `{argument.name}`, which @dt.loss adds"
                raise unreadable(self.name, reason, self.location)
            signature = signature.with_argument(argument)
        return signature

    # A ParamSpec cannot add keywords, so with one of these the other arguments are not checked.
    @overload
    def __call__(self, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result: ...

    @overload
    def __call__(self, /, *args: Any, reduction: Reduction, **kwargs: Any) -> Any: ...

    @overload
    def __call__(
        self, /, *args: Any, ignore_index: int | None, reduction: Reduction = "mean", **kwargs: Any
    ) -> Any: ...

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        self._check_caller()
        return self._call(*args, **kwargs)

    @untraced
    def _check_caller(self) -> None:
        for check in CALLER_CHECKS:
            check(self)

    def evaluate(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        kwargs = dict(kwargs)
        reduction = kwargs.pop("reduction")
        if reduction not in REDUCTIONS:
            raise wrong_reduction(self.name, reduction)
        counts = None
        if self.targets != "any":
            args, counts = self._matched(list(args), kwargs.pop(IGNORE, None))
        losses = self.definition(*args, **kwargs)
        self._check_broadcasting(args, losses)
        if counts is not None and operands.is_array(losses):
            losses = counted(losses, counts)
        if reduction == "none":
            return losses
        leaves = leaves_of(losses)
        if len(leaves) != 1:
            expected = "one array, the loss of each example"
            raise output_count(f"loss {self.name}", expected, len(leaves), self.location)
        if not operands.is_array(losses):
            return losses  # `inline` raises
        if counts is not None and reduction == "mean":
            return mean_of_counted(losses, counts)
        return FUNCTIONS[reduction](losses)

    def _matched(self, args: list[Any], ignored: Any) -> tuple[list[Any], Any]:
        """The arguments, with their shapes checked, and the examples that count (None: all)."""
        first, second = (1, 0) if self.signature.array_names[0] == TARGETS_FIRST else (0, 1)
        if not (operands.is_array(args[first]) and operands.is_array(args[second])):
            return args, None  # the definition raises
        predictions, targets = as_tracer(args[first]), as_tracer(args[second])
        if self.targets == "alike":
            require_alike(self.name, predictions, targets, self.location)
            return args, None
        if ignored is not None and (isinstance(ignored, bool) or not isinstance(ignored, int)):
            expected = "an int, the label of examples that do not count, or None"
            remedy = "pass for example ignore_index=-100"
            raise ArgumentError(f"loss {self.name}", IGNORE, ignored, expected, remedy)
        require_labels(self.name, predictions, targets, self.location)
        args[first], args[second], counts = masked(predictions, targets, ignored)
        return args, counts

    def _check_broadcasting(self, args: Sequence[Any], losses: Any) -> None:
        arrays = [
            (name, as_tracer(arg))
            for name, arg in zip(self.signature.array_names, args, strict=False)
            if operands.is_array(arg)
        ]
        results = [as_tracer(leaf) for leaf in leaves_of(losses) if operands.is_array(leaf)]
        refuse_mutual_broadcast(self.name, arrays, results, self.location)


@overload
def loss(
    definition: Callable[Arguments, Result], *, name: str | None = None, targets: Targets = "any"
) -> Loss[Arguments, Result]: ...


@overload
def loss(
    *, name: str | None = None, targets: Targets = "any"
) -> Callable[[Callable[Arguments, Result]], Loss[Arguments, Result]]: ...


def loss(definition: Any = None, *, name: str | None = None, targets: Targets = "any") -> Any:
    """An extension that returns the loss of each example; callers choose `reduction`.

    `targets`: what the second array is. "alike": of the shape of the first. "labels": integers
    from 0 to k - 1, and callers may give `ignore_index`. "any": not checked.
    """
    if definition is None:
        return partial(loss, name=name, targets=targets)
    return Loss(definition, name=name, targets=targets)
