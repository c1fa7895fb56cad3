"""`quantise`: kernels as whole numbers of 8 bits, with a scale for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.graph.node import Array
from dovetail.improve.data import Examples, optional_examples
from dovetail.improve.figures import latencies
from dovetail.improve.native import Compile, Subject, taken_over
from dovetail.improve.replacing import replace_layers
from dovetail.improve.report import Improved
from dovetail.improve.rounding_model import trained_rounded
from dovetail.improve.settings import check_numbers
from dovetail.improve.tracing import layers_with
from dovetail.improve.verdict import compared, faster, measured_on, smaller, unchanged
from dovetail.library import convolution as conv
from dovetail.library import quantised as int8
from dovetail.library.layers import Dense, Embedding
from dovetail.train.inspection import LayerCall

ACTIVATIONS = ("float", "dynamic")
AIMS = ("bytes", "latency")


@dataclass(frozen=True)
class Kind:
    """How a class of layers is quantised: its array, its other class, the axes of a scale."""

    array: str
    owner: type
    axes: tuple[int, ...]  # that a scale is over; negative


KINDS: Mapping[type, Kind] = {
    Dense: Kind("kernel", int8.QuantisedDense, (-2,)),
    Embedding: Kind("table", int8.QuantisedEmbedding, (-1,)),
    conv.Conv1D: Kind("kernel", int8.QuantisedConv1D, (-3, -2)),
    conv.Conv2D: Kind("kernel", int8.QuantisedConv2D, (-4, -3, -2)),
    conv.Conv3D: Kind("kernel", int8.QuantisedConv3D, (-5, -4, -3, -2)),
    conv.DepthwiseConv1D: Kind("kernel", int8.QuantisedDepthwiseConv1D, (-3,)),
    conv.DepthwiseConv2D: Kind("kernel", int8.QuantisedDepthwiseConv2D, (-4, -3)),
}


def quantise(
    model: Any,
    data: Any = None,
    *,
    validation: Any = None,
    aim: str = "bytes",
    activations: str = "float",
    epochs: int = 0,
    batch_size: int = 32,
    tolerance: float = 0.01,
    seed: int | None = 0,
    verbose: int = 0,
    compile: Compile = None,
) -> Improved:
    """Kernels and tables of int8, with a scale for each channel or row.

    `aim`: what has to get better, "bytes" or "latency"; the first metric may be `tolerance` worse
    on `validation`. `activations`: "dynamic" also rounds what each Dense is given, where that is
    measured faster here; otherwise the inputs stay floating. `epochs`: first train on `data`, (x,
    y), with rounded kernels, whose gradients are those of the kernels (Bengio et al. 2013,
    arXiv:1308.3432).
    """
    for name, value, known in (("aim", aim, AIMS), ("activations", activations, ACTIVATIONS)):
        if value not in known:
            raise ArgumentError("quantise", name, value, f"one of {', '.join(known)}")
    check_numbers("quantise", epochs=epochs, batch_size=batch_size, tolerance=tolerance)
    examples, held = optional_examples("quantise", data, validation, epochs)
    subject = taken_over("quantise", model, compile, examples or held, compiled=epochs > 0)
    model = source = subject.model
    if epochs and examples is not None:
        kinds = [(call.path, KINDS[type(call.layer)]) for call, why in _layers(model) if not why]
        channels = {path + kind.array: kind.axes for path, kind in kinds}
        source = trained_rounded(model, channels, examples, epochs, batch_size, seed, verbose)
    changed, notes = quantised(source, dynamic=False)
    if changed is None:
        return unchanged("quantise", subject, held, "no layer can be quantised", notes)
    if activations == "dynamic":
        changed, note = _dynamic(subject, changed, quantised(source, dynamic=True)[0], held)
        notes.append(note)
    judge = smaller(tolerance) if aim == "bytes" else faster(tolerance)
    return compared("quantise", subject, changed, held, judge, notes)


def quantised(model: Any, *, dynamic: bool) -> tuple[Any, list[str]]:
    """A copy with quantised layers, or None if there are none; and notes on the others."""
    changed = model.fresh_copy()
    notes: list[str] = []
    replacements: dict[int, Any] = {}
    for call, why in _layers(changed):
        if why:
            notes.append(f"{call.name} stays: {why}")
        else:
            kind = KINDS[type(call.layer)]
            replacements[id(call.layer)] = _quantised(call.layer, kind, dynamic)
    if not replacements:
        return None, notes
    replace_layers(changed, replacements)
    left = [path for path, array in changed.parameters().items() if array.ndim > 1]
    if left:
        notes.append(f"these stay floating: {', '.join(left)}")
    return changed, notes


def _layers(model: Any) -> list[tuple[LayerCall, str]]:
    """The layers that can be quantised, and why some of them have to stay."""
    return layers_with(model, {owner: kind.array for owner, kind in KINDS.items()})


def _quantised(layer: Any, kind: Kind, dynamic: bool) -> Any:
    """The layer with whole numbers."""
    given = {
        field.name: vars(layer)[field.name] for field in layer.fields if field.name in vars(layer)
    }
    if kind.owner is int8.QuantisedDense:
        given["dynamic"] = dynamic
    made = kind.owner(**given)
    array = getattr(layer, kind.array)
    whole, scale = whole_numbers(np.asarray(array, np.float64), kind.axes)
    made.keep_array("kernel", whole)
    made.keep_array("scale", scale.ravel().astype(array.dtype))
    if getattr(layer, "use_bias", False):
        made.keep_array("bias", np.array(layer.bias))
    made.trainable = layer.trainable
    return made


def whole_numbers(array: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """(numbers from -127 to 127 in int8, their scale) of each slice along some axes."""
    scale = np.abs(array).max(axis=axes, keepdims=True) / int8.LARGEST
    scale = np.where(scale > 0.0, scale, 1.0)
    return np.rint(array / scale).astype(np.int8), scale


def _dynamic(
    subject: Subject, floating: Any, changed: Any, held: Examples | None
) -> tuple[Any, str]:
    """The model with rounded inputs of Dense if that is measured faster, and a note."""
    first, second = (subject.caller(subject.form(each)) for each in (floating, changed))
    _, _, speed = latencies(first, second, measured_on(subject.model, held))
    slower = [batch for batch, each in speed.items() if not each.faster]
    figures = ", ".join(f"{each.best:.2f} at batch {batch}" for batch, each in speed.items())
    if slower:
        return floating, f"rounded inputs are not used: their speed here is {figures} times"
    return changed, f"rounded inputs are used: their speed here is {figures} times"
