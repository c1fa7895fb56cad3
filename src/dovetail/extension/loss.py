"""@dt.loss: the loss of each example, with a reduction that the caller chooses.

What is right beside predictions is stated once, for the losses that say so (`targets`):
of the same shape ("alike"), or class labels ("labels"), whose range is checked and of which
`ignore_index=` leaves some out. Whatever a loss says, two of its arguments never stretch each
other: predictions (n, 1) and targets (n,) would give n x n losses.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, overload

from dovetail.errors import ArgumentError
from dovetail.extension.base import Arguments, Extension, Result
from dovetail.extension.call_errors import output_count
from dovetail.extension.dispatch import untraced
from dovetail.extension.examples import (
    counted,
    masked,
    mean_of_counted,
    require_alike,
    require_labels,
    require_unstretched,
)
from dovetail.extension.signature import Argument, Signature, unreadable
from dovetail.extension.values import as_tracer, leaves_of
from dovetail.language import operands
from dovetail.language.namespace import FUNCTIONS

Reduction = Literal["mean", "sum", "none"]
Targets = Literal["any", "alike", "labels"]
REDUCTIONS = ("mean", "sum", "none")
TARGETS = ("any", "alike", "labels")
IGNORE = "ignore_index"
# A definition with this name for what is right takes it before the predictions.
RIGHT = "y_true"
CALLER_CHECKS: list[Callable[[Loss[..., Any]], None]] = []
"""What hosts install: raises where the caller, three frames up, exchanges the arguments."""


def wrong_reduction(name: str, reduction: object) -> ArgumentError:
    """The error for a reduction that there is not."""
    expected = f"one of {', '.join(map(repr, REDUCTIONS))}"
    return ArgumentError(f"loss {name}", "reduction", reduction, expected)


class Loss(Extension[Arguments, Result]):
    """The loss of each example; `reduction="mean"`, "sum" or "none" over all of them.

    The mean is that of the examples' losses, whatever shape they have. `targets`: what the
    second array is. "alike": of the shape of the first. "labels": integers from 0 to k - 1, of
    shape (...) beside predictions (..., k); `ignore_index=` (an int, or None) is then added for
    the caller: examples with that label have no loss and no gradient, and the mean is over the
    others. "any": the definition knows.
    """

    kind = "loss"

    def __init__(
        self,
        definition: Callable[Arguments, Result],
        *,
        name: str | None = None,
        targets: Targets = "any",
    ) -> None:
        assert targets in TARGETS, f"targets={targets!r}, expected one of {TARGETS}"
        super().__init__(definition, name=name)
        self.targets = targets
        with contextlib.suppress(TypeError, ValueError):  # which the first call refuses
            shown = inspect.signature(definition)
            added = [
                inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default)
                for each in self._added()
            ]
            self.__signature__ = shown.replace(parameters=[*shown.parameters.values(), *added])

    def _added(self) -> list[Argument]:
        """The arguments that a caller may give beside those of the definition."""
        names = ["reduction"] if self.targets != "labels" else [IGNORE, "reduction"]
        defaults = {"reduction": "mean", IGNORE: None}
        return [Argument(name, False, defaults[name], keyword_only=True) for name in names]

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        for argument in self._added():
            if argument.name in signature.index:
                reason = (
                    f"`{argument.name}` is added by @dt.loss, and the definition has one of its own"
                )
                raise unreadable(self.name, reason, self.location)
            signature = signature.with_argument(argument)
        return signature

    # A ParamSpec takes no more keywords; where one is given, the others are not checked.
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
        self._refuse_stretching(args, losses)
        if counts is not None and operands.is_array(losses):
            losses = counted(losses, counts)
        if reduction == "none":
            return losses
        leaves = leaves_of(losses)
        if len(leaves) != 1:
            raise output_count(
                f"loss {self.name}",
                "one array, the loss of each example",
                len(leaves),
                self.location,
            )
        if not operands.is_array(losses):
            return losses  # the caller says what is wrong with it
        if counts is not None and reduction == "mean":
            return mean_of_counted(losses, counts)
        return FUNCTIONS[reduction](losses)

    def _matched(self, args: list[Any], ignored: Any) -> tuple[list[Any], Any]:
        """The arguments, which must fit each other, and which examples count (None: all)."""
        names = self.signature.array_names
        predicted, right = (1, 0) if names[0] == RIGHT else (0, 1)
        if not (operands.is_array(args[predicted]) and operands.is_array(args[right])):
            return args, None  # the definition says what is wrong with them
        predictions, targets = as_tracer(args[predicted]), as_tracer(args[right])
        if self.targets == "alike":
            require_alike(self.name, predictions, targets, self.location)
            return args, None
        if ignored is not None and (isinstance(ignored, bool) or not isinstance(ignored, int)):
            raise ArgumentError(
                f"loss {self.name}",
                IGNORE,
                ignored,
                "an int, the label of examples that do not count, or None",
                "pass for example ignore_index=-100",
            )
        require_labels(self.name, predictions, targets, self.location)
        args[predicted], args[right], counts = masked(predictions, targets, ignored)
        return args, counts

    def _refuse_stretching(self, args: Sequence[Any], losses: Any) -> None:
        arrays = [
            (name, as_tracer(arg))
            for name, arg in zip(self.signature.array_names, args, strict=False)
            if operands.is_array(arg)
        ]
        results = [as_tracer(leaf) for leaf in leaves_of(losses) if operands.is_array(leaf)]
        require_unstretched(self.name, arrays, results, self.location)


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
    from 0 to k - 1, and callers may give `ignore_index`. "any": the definition knows.
    """
    if definition is None:
        return partial(loss, name=name, targets=targets)
    return Loss(definition, name=name, targets=targets)
