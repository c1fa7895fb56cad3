"""Models in files: the layer, and how it is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dovetail.errors import SerialisationError
from dovetail.extension.uses import Use
from dovetail.files import library, optimizers
from dovetail.files.reader import Reader, made_of
from dovetail.files.records import Record
from dovetail.files.saving import Kind, read_layer, register, write_layer
from dovetail.files.writer import Writer, spec_of
from dovetail.graph.dtypes import int32, int64
from dovetail.graph.node import ArraySpec
from dovetail.language.location import name_of
from dovetail.language.tree import flatten
from dovetail.library import quantised
from dovetail.train import (
    classification_metrics,
    functional_saving,
    mean_metrics,
    penalties,
    sequence_metrics,
)
from dovetail.train.configuration import configure
from dovetail.train.keras_defaults import UncorrectedEps
from dovetail.train.metrics import METRICS
from dovetail.train.model import Model
from dovetail.train.networks import Sequential
from dovetail.train.objective import Objective
from dovetail.train.saved_metric import SavedMetric, saved
from dovetail.train.settings import Settings
from dovetail.train.state import Training
from dovetail.train.stateful_metrics import StatefulMetric

Arrays = dict[str, Any]

_OBJECTIVE = ("loss", "metrics", "weighted_metrics", "loss_weights")
_BY_PARAMETER = ("regularisers", "constraints")
_SETTINGS = ("precision", "gradient_accumulation_steps", "ema_momentum", "stop_on_nan")
_KEPT = ("averages", "gradients", "loss_scale")  # arrays by path


def install() -> None:
    """Let files hold models, and what the trainer has by name."""
    functions = [each for each in METRICS.values() if not isinstance(each, StatefulMetric)]
    modules = (classification_metrics, mean_metrics, sequence_metrics, penalties, quantised)
    library.register({
        "Sequential": Sequential, "UncorrectedEps": UncorrectedEps, "SavedMetric": SavedMetric,
        **{f"metric {name_of(each)}": each for each in functions},
        **{name: getattr(module, name) for module in modules for name in module.__all__},
    })  # fmt: skip
    library.BASES["model"] = Model
    library.register(functional_saving.OPERATORS)
    library.FORMS["functional"] = functional_saving.FORM
    register("model", Kind(Model, _write, _read))


# Writing.


def _write(model: Model, writer: Writer, calls: Any) -> tuple[Any, Mapping[str, Arrays]]:
    """A model as a record, with its optimizer, losses, metrics, and the state of training."""
    record, members = write_layer(model, writer, calls)
    training: Training | None = model.__dict__.get("_training")
    if training is None:
        return record, members
    optimizer, slots = optimizers.write(training.optimizer, writer, training.slots)
    objective, settings = training.objective, training.settings
    parameters = model.parameters()
    pairs = _pairs(model, writer.outputs)
    said = {name: saved(getattr(objective, name), writer, pairs) for name in _OBJECTIVE}
    for function in _functions(said):
        writer.function(function, pairs)
    for name in _BY_PARAMETER:
        for where, function in getattr(settings, name).items():
            _check_pattern(where)
            writer.function(function, [((spec_of(each),), {}) for each in parameters.values()])
    record["training"] = {
        "optimizer": optimizer,
        **{name: writer.value(value) for name, value in said.items()},
        **{name: writer.value(getattr(settings, name)) for name in (*_SETTINGS, *_BY_PARAMETER)},
        "pending": training.pending,
        "kept": [name for name in _KEPT if getattr(training, name) is not None],
    }
    kept = {
        f"{name} {path}": array
        for name in _KEPT
        for path, array in (getattr(training, name) or {}).items()
    }
    return record, {**members, "training": slots, "averages": kept}


def _functions(value: Any) -> Iterator[Any]:
    """The functions among losses or metrics."""
    items = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, (Mapping, tuple, list)):
        for item in items:
            yield from _functions(item)
    elif callable(value) and not isinstance(value, StatefulMetric):
        yield value


def _check_pattern(where: Any) -> None:
    if not isinstance(where, str):
        raise SerialisationError(
            f"a model cannot be saved: {where!r:.80} chooses parameters by a function of Python",
            "patterns of their paths",
            'name them, for example "*.kernel"',
        )


def _pairs(model: Any, outputs: Sequence[Any]) -> list[Use]:
    """Predictions with targets that the loss and the metrics may be called with.

    Targets are those that there were, such as the predictions, and labels.
    """
    targets: list[ArraySpec] = []
    stepper = model.__dict__.get("_stepper")
    if stepper is not None:
        for steps in (stepper.steps.train, stepper.steps.accumulate, stepper.steps.test):
            for args, _ in steps.uses:
                leaves = [leaf for _, leaf in flatten(args[1])[0]]
                targets += [leaf for leaf in leaves if isinstance(leaf, ArraySpec)]
    found: list[Use] = []
    for leaf in (leaf for output in outputs for _, leaf in flatten(output)[0]):
        if isinstance(leaf, ArraySpec):
            wide = ArraySpec(leaf.shape, leaf.dtype.compute)
            labels = [ArraySpec(leaf.shape[:-1], each) for each in (int64, int32)]
            alike = [ArraySpec(leaf.shape[: len(each.shape)], each.dtype) for each in targets]
            found += [((wide, each), {}) for each in (*alike, wide, *labels)]
    return found


# Reading.


def _read(record: Record, reader: Reader, arrays_of: Callable[[str], Arrays]) -> Model:
    model: Any = read_layer(record, reader, arrays_of)
    if not isinstance(model, Model):
        raise record.wrong("layer", "a model")
    said = record.optional("training", record.record)
    if said is not None:
        model.__dict__["_training"] = _training(said, reader, arrays_of)
    return model


def _training(record: Record, reader: Reader, arrays_of: Callable[[str], Arrays]) -> Training:
    optimizer, slots = optimizers.read(
        record.record("optimizer"), reader, lambda: arrays_of("training")
    )
    objective, settings = (
        {name: reader.value(record.value(name), f"{record.path}{name}") for name in names}
        for names in (_OBJECTIVE, (*_SETTINGS, *_BY_PARAMETER))
    )
    for name in _BY_PARAMETER:
        if not isinstance(settings[name], dict):
            raise record.wrong(name, "functions by pattern")
    count = record.integer("gradient_accumulation_steps", least=1)
    training: Training = made_of(
        record, lambda: configure(optimizer, Objective(**objective), Settings(**settings))
    )
    training.slots = slots
    training.pending = record.integer("pending", least=0, most=count)
    arrays = arrays_of("averages")
    for name in record.texts("kept"):
        if name not in _KEPT:
            raise record.wrong("kept", f"names among {', '.join(_KEPT)}")
        prefix = f"{name} "
        own = {
            path.removeprefix(prefix): a for path, a in arrays.items() if path.startswith(prefix)
        }
        setattr(training, name, own)
    return training
