"""Models in files: the layer, and how it is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dovetail.extension.uses import Use
from dovetail.files import library, optimizers
from dovetail.files.reader import Reader
from dovetail.files.records import Record
from dovetail.files.saving import Kind, read_layer, register, write_layer
from dovetail.files.writer import Writer
from dovetail.graph.dtypes import int32, int64
from dovetail.graph.node import ArraySpec
from dovetail.train.configuration import Training, configure
from dovetail.train.metrics import METRICS
from dovetail.train.model import Model, Sequential

Arrays = dict[str, Any]


def install() -> None:
    """Let files hold models, and what the trainer has by name."""
    metrics = {f"metric {each.__name__}": each for each in METRICS.values()}
    library.register({"Sequential": Sequential, **metrics})
    library.BASES["model"] = Model
    register("model", Kind(Model, _write, _read))


def _write(model: Model, writer: Writer, calls: Any) -> tuple[Any, Mapping[str, Arrays]]:
    """A model as a record, with its optimizer, loss, metrics, and states of training."""
    record, members = write_layer(model, writer, calls)
    training = model.__dict__.get("_training")
    if training is None:
        return record, members
    pairs = _pairs(training, writer.outputs)
    optimizer, arrays = optimizers.write(training.optimizer, writer, training.slots)
    record["training"] = {
        "optimizer": optimizer,
        "loss": writer.function(training.loss, pairs),
        "metrics": [[name, writer.function(each, pairs)] for name, each in training.metrics],
        "stop_on_nan": training.stop_on_nan,
    }
    return record, {**members, "training": arrays}


def _pairs(training: Training, outputs: Sequence[Any]) -> list[Use]:
    """Predictions with targets that the loss and the metrics may be called with.

    Targets are those that there were, such as the predictions, and labels.
    """
    steps = training.steps
    targets = [] if steps is None else [args[4] for args, _ in steps.train.uses]
    found: list[Use] = []
    for output in outputs:
        leaves = [output] if isinstance(output, ArraySpec) else []
        for spec in leaves:
            labels = [ArraySpec(spec.shape[:-1], each) for each in (int64, int32)]
            same = [each for each in targets if isinstance(each, ArraySpec)]
            alike = [_of_shape(each, spec.shape) for each in same]
            found += [((spec, each), {}) for each in (*alike, spec, *labels)]
    return found


def _of_shape(target: ArraySpec, shape: tuple[int, ...]) -> ArraySpec:
    """The target of predictions of this shape."""
    return ArraySpec(shape[: len(target.shape)], target.dtype)


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
    loss = reader.value(record.value("loss"), f"{record.path}loss")
    metrics = [
        [reader.value(part, f"{record.path}metrics") for part in each]
        for each in record.items_of("metrics")
        if isinstance(each, list)
    ]
    if not callable(loss):
        raise record.wrong("loss", "a function")
    training = configure(optimizer, loss, (), record.flag("stop_on_nan"))
    for each in metrics:
        if len(each) != 2 or not callable(each[1]):
            raise record.wrong("metrics", "a list of names with functions")
        training.metrics += ((str(each[0]), each[1]),)
    training.slots = slots
    return training
