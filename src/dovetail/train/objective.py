"""What a model is trained for: the losses of its outputs, their weights, and the metrics.

A model with several outputs has a loss for each: a dict by name, or a list in the order of the
outputs. Their sum, times `loss_weights`, is what is minimised.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dovetail.errors import StructureError, TrainingError, UnknownNameError
from dovetail.extension.examples import counted, mean_of_counted, refuse_mutual_broadcast
from dovetail.extension.loss import IGNORE, Loss
from dovetail.graph.dtypes import float64
from dovetail.language.location import location_of, name_of
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.tree import flatten
from dovetail.library.losses import LOSSES
from dovetail.train.logits import logits_of
from dovetail.train.metrics import LABEL_METRICS, LOGIT_METRICS, Metric, resolve
from dovetail.train.naming import unique
from dovetail.train.stateful_metrics import Measured, StatefulMetric, along, measured

LossFunction = Callable[[Any, Any], Any]
Metrics = tuple[tuple[str, Metric], ...]
Figure = tuple[Any, Any]  # a mean, and how many examples it is over

_TAKES_LABELS = {"labels": True, "alike": False, "any": None}
_FROM_LOGITS, _LOGITS = "from_logits", "logits"


@dataclass(frozen=True)
class Term:
    """The loss of one output, and the metrics of it. `loss`: None where it is only measured."""

    output: str  # its name; "" where there is one
    loss: LossFunction | None
    weight: float
    metrics: Metrics
    weighted: Metrics

    @property
    def loss_name(self) -> str:
        """The name of the loss in messages."""
        return name_of(inner(self.loss))

    @property
    def takes_labels(self) -> bool | None:
        """Whether the loss takes integer labels; None if it does not say."""
        function = inner(self.loss)
        return _TAKES_LABELS[function.targets] if isinstance(function, Loss) else None

    @property
    def watches_labels(self) -> bool:
        """Whether a metric takes integer labels."""
        return any(inner(metric) in LABEL_METRICS for _, metric in (*self.metrics, *self.weighted))

    @property
    def figures(self) -> dict[str, tuple[Metric, bool]]:
        """Its metrics by their names among the figures, and whether sample weights apply to each.

        As in Keras, a second "recall" is "recall_1", and a weighted one "weighted_recall".
        """
        prefix = f"{self.output}_" if self.output else ""
        found: dict[str, tuple[Metric, bool]] = {}
        for weighted, metrics in enumerate((self.metrics, self.weighted)):
            for name, metric in metrics:
                key = prefix + name
                if weighted and key in found:
                    key = f"{prefix}weighted_{name}"
                found[unique(key, found)] = metric, bool(weighted)
        return found

    @property
    def stateful(self) -> dict[str, StatefulMetric]:
        """Its metrics that have a state, by their names among the figures."""
        return {
            key: metric
            for key, (metric, _) in self.figures.items()
            if isinstance(metric, StatefulMetric)
        }

    @property
    def needs_targets(self) -> bool:
        """Whether the output is compared with anything."""
        return self.loss is not None or bool(self.metrics or self.weighted)

    @property
    def ignored(self) -> int | None:
        """The label of examples that do not count: `partial(loss, ignore_index=-100)`."""
        keywords: Any = getattr(self.loss, "keywords", {})
        return keywords.get(IGNORE) if self.takes_labels else None

    # Traced.

    def value(self, predictions: Any, targets: Any, weights: Any) -> Any:
        """The loss of a batch: a mean over its examples, times their weights."""
        assert self.loss is not None
        function, wide = self.loss, _wide(_as_taken(self.loss, predictions))
        if weights is None:
            return mean(evaluated(function, wide, targets))
        function = _each(function)
        values = evaluated(function, wide, targets)
        if not values.ndim:
            raise TrainingError(
                f"loss {self.loss_name} returned one number, and examples have weights",
                "the loss of each example",
                "return an array with a value for each example, or leave the weights out",
            )
        values = values * along(weights, values)
        return mean(values) if self.ignored is None else _over(values, targets != self.ignored)

    def examples(self, targets: Any, number: Any) -> Any:
        """How many of so many examples of a batch count."""
        if self.ignored is None:
            return number
        return dt.sum(dt.astype(targets != self.ignored, float64))

    def measured(
        self, predictions: Any, targets: Any, weights: Any, examples: Any
    ) -> dict[str, Figure | Measured]:
        """The metrics of a batch."""
        number = self.examples(targets, examples)
        counts: Any = None
        if self.ignored is not None:
            counts = targets != self.ignored
            targets = dt.where(counts, targets, 0)
        found: dict[str, Figure | Measured] = {}
        for key, (metric, weighted) in self.figures.items():
            own = weights if weighted else None
            taken = _wide(_as_taken(metric, predictions))
            if isinstance(metric, StatefulMetric):
                if counts is not None:
                    mask = dt.astype(counts, float64)
                    own = mask if own is None else mask * along(own, mask)
                found[key] = measured(taken, targets, own)
                continue
            values = evaluated(metric, taken, targets)
            values = dt.astype(values, float64)  # sums of hits are exact
            same = bool(counts is not None and values.shape == counts.shape)
            if own is not None:
                factors = along(own, values) * (dt.astype(counts, float64) if same else 1.0)
                factors = factors + dt.zeros_like(values)
                total = dt.sum(factors)
                found[key] = dt.sum(values * factors) / total, total
            elif counts is not None and same:
                found[key] = mean_of_counted(counted(values, counts), counts), number
            else:
                found[key] = mean(values), number
        return found


def inner(function: Any) -> Any:
    """The function of a functools.partial."""
    return getattr(function, "func", function)


def mean(values: Any) -> Any:
    """The mean over all axes; a scalar as it is."""
    return dt.mean(values) if values.ndim else values


def evaluated(function: Callable[[Any, Any], Any], predictions: Any, targets: Any) -> Any:
    """The values of a loss or metric; refuses predictions and targets that broadcast each other."""
    values = function(predictions, targets)
    if not isinstance(inner(function), Loss):
        given = (("predictions", predictions), ("targets", targets))
        refuse_mutual_broadcast(name_of(function), given, (values,), location_of(function))
    return values


def _wide(predictions: Any) -> Any:
    """Predictions of half precision in float32: a loss of them would lose its digits."""
    dtype = predictions.dtype
    return dt.astype(predictions, dtype.compute) if dtype is not dtype.compute else predictions


def _each(function: LossFunction) -> LossFunction:
    """A loss that returns the value of each example."""
    bare: Any = inner(function)
    keywords: Any = getattr(function, "keywords", {})
    if isinstance(bare, Loss) and "reduction" not in keywords:
        return functools.partial(bare, **keywords, reduction="none")
    return function


def _over(values: Any, counts: Any) -> Any:
    return mean_of_counted(counted(values, counts), counts)


def _as_taken(function: Any, predictions: Any) -> Any:
    """Predictions as a loss or metric takes them: the logits, if these are what it takes."""
    bare, keywords = inner(function), getattr(function, "keywords", {})
    if isinstance(bare, Loss):
        names = bare.signature.index
        takes = _FROM_LOGITS in names or bare.signature.array_names[0] == _LOGITS
    elif isinstance(bare, StatefulMetric):
        takes = bool(getattr(bare, _FROM_LOGITS, False))
    else:
        takes = bare in LOGIT_METRICS and "threshold" not in keywords
    logits = logits_of(predictions) if takes and _FROM_LOGITS not in keywords else None
    return predictions if logits is None else logits


def _each_output(what: str, given: Any, names: Sequence[str], default: Any) -> list[Any]:
    """What was given for each output: one for all, a dict by name, or a list in their order."""
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise UnknownNameError(f"output with {what}", str(name), names)
        return [given.get(name, default) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise StructureError(
                what, f"{len(given)} of them",
                f"one for each of the {len(names)} outputs: {', '.join(names)}",
            )  # fmt: skip
        return list(given)
    return [given] * len(names)


@dataclass(frozen=True)
class Objective:
    """The arguments of `compile` that say what is minimised and what is measured."""

    loss: Any
    metrics: Any = ()
    weighted_metrics: Any = ()
    loss_weights: Any = None

    def terms(self, names: Sequence[str]) -> tuple[Term, ...]:
        """The loss of each output; one output has the name ""."""
        single = len(names) == 1
        unwrap = single and isinstance(self.loss, (list, tuple)) and len(self.loss) == 1
        losses = (
            [self.loss[0] if unwrap else self.loss]
            if single and not isinstance(self.loss, Mapping)
            else _each_output("a loss", self.loss, names, None)
        )
        weights = _each_output("a loss weight", self.loss_weights, names, 1.0)
        measured = self._metrics("metrics", self.metrics, names)
        weighted = self._metrics("weighted metrics", self.weighted_metrics, names)
        found = tuple(
            Term(
                "" if single else name, found_loss(loss), 1.0 if weight is None else float(weight),
                tuple(resolve(each) for each in own), tuple(resolve(each) for each in also),
            )
            for name, loss, weight, own, also in zip(
                names, losses, weights, measured, weighted, strict=True
            )
        )  # fmt: skip
        if all(term.loss is None for term in found):
            raise TrainingError(
                f"no output has a loss: {self.loss!r}", "a loss for at least one output",
                "name the outputs in model.compile(loss={...})",
            )  # fmt: skip
        return found

    def check_metrics(self) -> None:
        """Raises where a metric has a name that is not known."""
        for given in (self.metrics, self.weighted_metrics):
            for metric in flatten(dict(given) if isinstance(given, Mapping) else given)[0]:
                if isinstance(metric[1], str):
                    resolve(metric[1])

    def _metrics(self, what: str, given: Any, names: Sequence[str]) -> list[Any]:
        if isinstance(given, str) or callable(given):
            given = [given]
        if len(names) == 1 and not isinstance(given, Mapping):
            (only,) = [given]
            nested = len(only) == 1 and isinstance(only[0], (list, tuple))
            return [only[0] if nested else only]
        if not given:
            return [()] * len(names)
        each = _each_output(what, given, names, ())
        return [
            (own,) if isinstance(own, str) or callable(own) else tuple(own or ()) for own in each
        ]


def found_loss(loss: Any) -> LossFunction | None:
    """A loss that was given by its name, or as it is."""
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise UnknownNameError("loss", loss, LOSSES)
        return LOSSES[loss]
    return loss


def outputs_of(predictions: Any, names: Sequence[str] | None = None) -> list[tuple[str, Any]]:
    """The outputs of a model with their names: given, the keys of a dict, or numbers."""
    leaves, _ = flatten(predictions)
    if names is None:
        names = [path.strip("[]'\"").replace("']['", "_").replace("][", "_") for path, _ in leaves]
    return [(name, leaf) for name, (_, leaf) in zip(names, leaves, strict=True)]
