"""Losses as classes of `keras.losses.Loss`.

    model.compile("adam", loss=focal.keras(gamma=2.0))

Keras calls a loss with what is right first, a definition has what is predicted first; but a
definition whose first argument is named `y_true` keeps Keras' order. A definition of more
than two arrays takes all but the last from a list of predictions, and one of a single array
takes the prediction alone. Reduction, sample weights and masks are Keras' own.

Keras hands labels over as floats, and often with a last axis of one element. Where the maths
does not take them so, they are given as integers, without that axis, or both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import keras
from keras.src.losses.loss import squeeze_or_expand_to_same_rank

from dovetail.errors import ArgumentCountError, DovetailError, LossArityError, UnknownArgumentError
from dovetail.extension.base import Extension
from dovetail.extension.signature import Argument
from dovetail.hosts.keras.registration import PACKAGE, register, remember
from dovetail.hosts.keras.symbolic import output_spec
from dovetail.hosts.keras.tensors import SYMBOLIC, data_type, shape_of

LABELS = "int32"
FIRST = "y_true"  # the name by which a definition asks for Keras' order


def _squeezed(labels: Any) -> Any:
    return keras.ops.squeeze(labels, axis=-1)


def _whole(labels: Any) -> Any:
    return keras.ops.cast(labels, LABELS)


# What is tried of labels, in this order; the second says whether the labels must end in 1.
_READINGS: tuple[tuple[Callable[[Any], Any], bool], ...] = (
    (lambda labels: labels, False),
    (_whole, False),
    (_squeezed, True),
    (lambda labels: _squeezed(_whole(labels)), True),
)


class KerasLoss(keras.losses.Loss):
    """The base of every loss that is made of a definition."""

    extension: ClassVar[Any]

    def __init__(
        self,
        *args: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **settings: Any,
    ) -> None:
        extension = self.extension
        super().__init__(name=name or extension.name, reduction=reduction, dtype=dtype)
        self._given_dtype = None if dtype is None else self.dtype
        self.settings = _settings(extension, args, settings)
        self._readings: dict[Any, Callable[[Any], Any]] = {}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example."""
        predictions = list(y_pred) if isinstance(y_pred, (list, tuple)) else [y_pred]
        if len(predictions) == 1 and not isinstance(y_true, (list, tuple, dict)):
            y_true, predictions[0] = squeeze_or_expand_to_same_rank(y_true, predictions[0])
        key = tuple((shape_of(x), data_type(x)) for x in keras.tree.flatten([y_true, predictions]))
        read = self._readings.get(key)
        if read is None:
            read = self._readings[key] = self._reading(y_true, predictions)
        return self.extension(*self._ordered(read(y_true), predictions), **self._options())

    def _options(self) -> dict[str, Any]:
        return {**self.settings, "reduction": "none"}

    def _ordered(self, y_true: Any, predictions: list[Any]) -> list[Any]:
        names = self.extension.signature.array_names
        if len(names) == 1:
            return predictions
        return [y_true, *predictions] if names[0] == FIRST else [*predictions, y_true]

    def _reading(self, y_true: Any, predictions: list[Any]) -> Callable[[Any], Any]:
        """The first way to read the labels that the definition takes."""
        wanted = len(self.extension.signature.array_names)
        if len(self._ordered(y_true, predictions)) != wanted:
            raise LossArityError(self.extension.signature.call, wanted, len(predictions))
        labels, given = keras.tree.map_structure(_symbolic, (y_true, predictions))
        error: Exception | None = None
        for read, ends_in_one in _READINGS:
            if ends_in_one and not _ends_in_one(y_true):
                continue
            try:
                # Symbolically: nothing is computed, and unknown sizes stay unknown.
                args = self._ordered(read(labels), given)
                output_spec(self.extension, tuple(args), self._options())
            except DovetailError as found:
                error = error or found
                continue
            return read
        assert error is not None
        raise error

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

    def get_config(self) -> dict[str, Any]:
        """The loss, beside name and data type."""
        loss = keras.saving.serialize_keras_object(self.loss)
        return {"name": self.name, "dtype": self.dtype, "loss": loss}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LossMetric:
        """The metric again."""
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


def _symbolic(array: Any) -> Any:
    return SYMBOLIC(shape_of(array), dtype=keras.backend.standardize_dtype(array.dtype))


def _ends_in_one(labels: Any) -> bool:
    return not isinstance(labels, (list, tuple, dict)) and shape_of(labels)[-1:] == (1,)


def _settings(extension: Extension, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
    """Every hyperparameter by name; the positional ones in the definition's order."""
    signature = extension.signature
    known: list[Argument] = [
        argument
        for argument in signature.arguments
        if not argument.is_array and argument.name != "reduction"
    ]
    names = [argument.name for argument in known]
    if len(args) > len(names):
        raise ArgumentCountError(signature.call, len(names), len(args), signature.location)
    values = {argument.name: argument.default for argument in known}
    values.update(zip(names, args, strict=False))
    for name, value in given.items():
        if name not in values:
            raise UnknownArgumentError(signature.call, name, names, signature.location)
        values[name] = value
    return values


def loss_form(extension: Extension) -> type[KerasLoss]:
    """The class for a loss."""
    remember(extension)
    members = {
        "extension": extension, "__doc__": extension.__doc__, "__module__": extension.__module__,
        "__qualname__": extension.__qualname__,
    }  # fmt: skip
    return register(extension, type(extension.__name__, (KerasLoss,), members))
