"""Losses as classes of `keras.losses.Loss`.

    model.compile("adam", loss=focal.keras(gamma=2.0))

Keras calls a loss with the targets first, a definition has the predictions first; but a
definition whose first argument is named `y_true` keeps Keras' order. A definition of more
than two arrays takes a list of predictions, a tuple of targets, or both; one of a single array
takes the prediction alone. Reduction, sample weights and masks are Keras' own.

Keras hands labels over as floats, and often with a last axis of one element. Where the maths
does not take them so, they are given as integers, without that axis, or both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import keras
from keras.src.backend.common.masking import set_keras_mask
from keras.src.losses.loss import squeeze_or_expand_to_same_rank

from dovetail.errors import CallError, DovetailError
from dovetail.extension.base import Extension
from dovetail.extension.call_errors import taken_name
from dovetail.extension.loss import IGNORE, TARGETS_FIRST
from dovetail.hosts.forms import given_settings, make_form, path_of_form
from dovetail.hosts.keras.registration import PACKAGE, register, register_definition
from dovetail.hosts.keras.symbolic import output_spec
from dovetail.hosts.keras.tensors import SYMBOLIC

LABELS = "int32"
KERAS_OWN = ("name", "dtype")


def _squeezed(labels: Any) -> Any:
    return keras.ops.squeeze(labels, axis=-1) if labels.shape[-1:] == (1,) else labels


def _whole(labels: Any) -> Any:
    return keras.ops.cast(labels, LABELS)


# What is tried of labels, in this order; from _SQUEEZING on only where they end in one element.
_READINGS: tuple[Callable[[Any], Any], ...] = (
    lambda labels: labels,
    _whole,
    _squeezed,
    lambda labels: _squeezed(_whole(labels)),
)
_SQUEEZING = 2

Described = tuple[tuple[int | None, ...], str]


def _described(array: Any) -> Described:
    """Shape and type; the number of examples changes nothing."""
    shape = [None if size is None else int(size) for size in array.shape[1:]]
    first = (None,) if len(array.shape) else ()
    return (*first, *shape), keras.backend.standardize_dtype(array.dtype)


class KerasLoss(keras.losses.Loss):
    """The base of every loss that is made of a definition."""

    definition: ClassVar[Any]

    def __init__(
        self,
        *args: Any,
        reduction: Any = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **settings: Any,
    ) -> None:
        extension = self.definition
        super().__init__(name=name or extension.name, reduction=reduction, dtype=dtype)
        self._given_dtype = None if dtype is None else self.dtype
        self.settings = _settings(extension, args, settings)
        self._readings: dict[Any, int] = {}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example."""
        targets, predictions = self._read(y_true, y_pred)
        losses = self.definition(*self._ordered(targets, predictions), **self._options())
        counts = self._counts(targets[0])
        if counts is not None:  # Keras' mean is then over the examples that count
            set_keras_mask(losses, counts)
        return losses

    def _read(self, y_true: Any, y_pred: Any) -> tuple[list[Any], list[Any]]:
        """The targets, as the definition takes them, and the predictions."""
        predictions = list(y_pred) if isinstance(y_pred, (list, tuple)) else [y_pred]
        if isinstance(y_true, (list, tuple, dict)):
            if len(predictions) + len(y_true) != self._wanted or isinstance(y_true, dict):
                return [y_true], predictions  # one argument that is a structure
            targets = list(y_true)
        elif len(predictions) == 1:
            target, predictions[0] = squeeze_or_expand_to_same_rank(y_true, predictions[0])
            targets = [target]
        else:
            targets = [y_true]
        described = [tuple(map(_described, arrays)) for arrays in (targets, predictions)]
        reading = self._reading(*described)
        return list(map(_READINGS[reading], targets)), predictions

    @property
    def _wanted(self) -> int:
        """How many arrays the definition takes."""
        return len(self.definition.signature.array_names)

    def _counts(self, labels: Any) -> Any:
        """Which examples count, where `ignore_index` leaves some out; else None."""
        ignored = self.settings.get(IGNORE) if self.definition.targets == "labels" else None
        return None if ignored is None else keras.ops.not_equal(labels, ignored)

    def weights(self, y_true: Any, y_pred: Any, sample_weight: Any, dtype: Any) -> Any:
        """The weights of examples for a mean: 0 for those that do not count."""
        if self.definition.targets != "labels" or self.settings.get(IGNORE) is None:
            return sample_weight
        tensors: Any = keras.tree.map_structure(keras.ops.convert_to_tensor, (y_true, y_pred))
        y_true, y_pred = tensors
        counts: Any = keras.ops.cast(self._counts(self._read(y_true, y_pred)[0][0]), dtype)
        if sample_weight is None:
            return counts
        given: Any = keras.ops.cast(sample_weight, dtype)
        while len(given.shape) < len(counts.shape):
            given = keras.ops.expand_dims(given, -1)
        return counts * given

    def _options(self) -> dict[str, Any]:
        return {**self.settings, "reduction": "none"}

    def _ordered(self, targets: Sequence[Any], predictions: Sequence[Any]) -> list[Any]:
        names = self.definition.signature.array_names
        if len(names) == 1:
            return list(predictions)
        return [*targets, *predictions] if names[0] == TARGETS_FIRST else [*predictions, *targets]

    def _reading(self, targets: tuple[Described, ...], predictions: tuple[Described, ...]) -> int:
        """The number of the first conversion of targets like these that the definition takes."""
        known = self._readings.get((targets, predictions))
        if known is not None:
            return known
        if len(self._ordered(targets, predictions)) != self._wanted:
            raise CallError(
                f"the loss {self.definition.signature.call} takes {self._wanted} arrays and was "
                f"called with {len(predictions)} predictions and {len(targets)} targets",
                f"{self._wanted} together",
                "let the model return a list of its outputs, call the loss with a tuple of "
                "targets, or use keras.Model.add_loss",
            )
        given = [SYMBOLIC(shape, dtype=dtype) for shape, dtype in predictions]
        error: Exception | None = None
        for number, read in enumerate(_READINGS):
            if number >= _SQUEEZING and all(shape[-1:] != (1,) for shape, _ in targets):
                break
            try:
                # Symbolically: nothing is computed, and unknown sizes stay unknown.
                labels = [read(SYMBOLIC(shape, dtype=dtype)) for shape, dtype in targets]
                args = self._ordered(labels, given)
                output_spec(self.definition, tuple(args), self._options())
            except DovetailError as found:
                error = error or found
                continue
            self._readings[targets, predictions] = number
            return number
        assert error is not None
        raise error

    # torch.compile runs it while it traces, and does not look into it.
    _reading._dynamo_marked_constant = True  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]

    def get_config(self) -> dict[str, Any]:
        """Name, reduction, and the hyperparameters of the definition."""
        own = {} if self._given_dtype is None else {"dtype": self._given_dtype}
        return {**super().get_config(), **self.settings, **own}

    @classmethod
    def metric(cls, *args: Any, name: str | None = None, dtype: Any = None, **settings: Any) -> Any:
        """The mean of this loss as a metric for `compile(metrics=[...])`."""
        return LossMetric(cls(*args, reduction="none", **settings), name=name, dtype=dtype)


@keras.saving.register_keras_serializable(PACKAGE, "LossMetric")
class LossMetric(keras.metrics.MeanMetricWrapper):
    """The mean of a loss over an epoch."""

    def __init__(self, loss: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(fn=loss, name=name or loss.name, dtype=dtype)
        self.loss = loss
        self._direction = "down"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add the losses of a batch, those of the examples that count."""
        weights = self.loss.weights(y_true, y_pred, sample_weight, self.dtype)
        return super().update_state(y_true, y_pred, sample_weight=weights)

    def get_config(self) -> dict[str, Any]:
        """The loss, beside name and data type."""
        loss = keras.saving.serialize_keras_object(self.loss)
        return {"name": self.name, "dtype": self.dtype, "loss": loss}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LossMetric:
        """The metric again."""
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


def _settings(extension: Extension, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
    signature = extension.signature
    known = [each for each in signature.arguments if not each.is_array and each.name != "reduction"]
    return given_settings(signature, known, [each.name for each in known], args, given)


def loss_form(extension: Extension) -> type[KerasLoss]:
    """The class for a loss."""
    for argument in extension.signature.arguments:
        if argument.name in KERAS_OWN and not argument.is_array:
            what = "what a keras.losses.Loss is given itself"
            raise taken_name(extension.name, argument.name, what, extension.location)
    register_definition(extension)
    path = path_of_form(extension, "keras")
    return register(extension, make_form(KerasLoss, extension, __qualname__=path))
