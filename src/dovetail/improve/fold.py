"""`fold`: batch normalisations into the layers before them.

In evaluation a BatchNorm is y scale / sqrt(var + eps) + (bias - mean scale / sqrt(var + eps)) for
each channel. Where y comes from a layer that is linear in its kernel, and nothing else reads y,
that layer does the same with its kernel times the factor. It is computed in float64 and rounded
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dovetail.graph.node import Array
from dovetail.improve.data import examples_of
from dovetail.improve.native import Compile, taken_over
from dovetail.improve.replacing import REMOVED, replace_layers
from dovetail.improve.report import Improved
from dovetail.improve.tracing import inspected
from dovetail.improve.verdict import compared, not_slower, unchanged
from dovetail.library import convolution as conv
from dovetail.library.layers import Dense
from dovetail.library.normalisation import BatchNorm
from dovetail.train.inspection import Inspection, LayerCall


def fold(model: Any, *, validation: Any = None, compile: Compile = None) -> Improved:
    """Fold each BatchNorm into the Dense or convolution before it; exact to rounding.

    `validation`: inputs x, or (x, y), to measure on; otherwise random inputs. `compile`: the
    arguments of `compile`, for a model of a framework that is to be evaluated. A BatchNorm stays
    where an activation, another reader, or a layer that is called several times is before it: the
    report says so.
    """
    examples = None if validation is None else examples_of("fold", "validation", validation, False)
    subject = taken_over("fold", model, compile, examples)
    changed, notes, count = folded(subject.model)
    if not count:
        return unchanged("fold", subject, examples, "no BatchNorm can be folded", notes)
    return compared("fold", subject, changed, examples, not_slower, notes)


def folded(model: Any) -> tuple[Any, list[str], int]:
    """A copy with its batch normalisations folded, notes about them, and how many were."""
    changed = model.fresh_copy()
    found = inspected(changed)
    norms: dict[int, list[LayerCall]] = {}
    for call in found.calls:
        if isinstance(call.layer, BatchNorm):
            norms.setdefault(id(call.layer), []).append(call)
    notes: list[str] = []
    replacements: dict[int, Any] = {}
    taken: set[int] = set()
    for calls in norms.values():
        pairs = [_before(call, found) for call in calls]
        reason = next((why for _, why in pairs if why), "")
        layers = [layer for layer, _ in pairs]
        if not reason and (len({*map(id, layers)}) < len(layers) or taken & {*map(id, layers)}):
            reason = "several normalisations follow one layer"
        if reason:
            notes.append(f"{calls[0].name} stays: {reason}")
            continue
        for layer in layers:
            taken.add(id(layer))
            _multiply(layer, calls[0].layer)
        replacements[id(calls[0].layer)] = REMOVED
        notes.append(f"{calls[0].name} folded into {', '.join(_names(found, layers))}")
    if replacements:
        replace_layers(changed, replacements)
    return changed, notes, len(replacements)


def _names(found: Inspection, layers: list[Any]) -> list[str]:
    names = {id(call.layer): call.name for call in found.calls}
    return [names[id(layer)] for layer in layers]


def _before(call: LayerCall, found: Inspection) -> tuple[Any, str]:
    """The layer to fold a normalisation into; or None, and the reason."""
    norm: Any = call.layer
    node = call.inputs[0]
    makers = [each for each in found.calls if each.outputs == [node] and type(each.layer) in TABLE]
    if not makers:
        return None, "no Dense or convolution is right before it"
    maker = makers[-1]
    layer: Any = maker.layer
    if sum(each.layer is layer for each in found.calls) > 1:
        return None, f"{maker.name} is called several times"
    if layer.activation not in (None, "linear"):
        return None, f"{maker.name} has an activation"
    if found.readers[node] > 1:
        return None, f"something else reads the output of {maker.name}"
    if found.readers[found.arrays[maker.path + TABLE[type(layer)][0]]] > 1:
        return None, f"something else reads the kernel of {maker.name}"
    axis = -1 if isinstance(layer, Dense) else layer.channel_axis
    if norm.axis % len(node.shape) != axis % len(node.shape):
        return None, f"it normalises axis {norm.axis}, not the channels of {maker.name}"
    return layer, ""


def _multiply(layer: Any, norm: Any) -> None:
    """The layer with what the normalisation does."""
    name, multiply = TABLE[type(layer)]
    kernel, dtype = getattr(layer, name), getattr(layer, name).dtype
    factor = 1.0 / np.sqrt(_wide(norm.running_var) + norm.eps)
    if norm.use_scale:
        factor = factor * _wide(norm.scale)
    bias = _wide(layer.bias) if layer.use_bias else 0.0
    bias = (bias - _wide(norm.running_mean)) * factor
    if norm.use_bias:
        bias = bias + _wide(norm.bias)
    layer.keep_array(name, multiply(layer, _wide(kernel), factor).astype(dtype))
    layer.use_bias = True
    layer.keep_array("bias", bias.astype(dtype))


def _wide(array: Any) -> Array:
    return np.asarray(array, np.float64)


# The channels of the result in each kernel.


def _last(layer: Any, kernel: Array, factor: Array) -> Array:
    return kernel * factor


def _depthwise(layer: Any, kernel: Array, factor: Array) -> Array:
    """(space..., features, multiplier)."""
    return kernel * factor.reshape(kernel.shape[-2:])


def _transposed(layer: Any, kernel: Array, factor: Array) -> Array:
    """(space..., filters / groups, features): the features of a group make its filters."""
    of_groups = factor.reshape(layer.groups, kernel.shape[-2])
    return kernel * np.repeat(of_groups, kernel.shape[-1] // layer.groups, axis=0).T


Multiply = Callable[[Any, Array, Array], Array]

TABLE: Mapping[type, tuple[str, Multiply]] = {
    Dense: ("kernel", _last),
    **dict.fromkeys((conv.Conv1D, conv.Conv2D, conv.Conv3D), ("kernel", _last)),
    **dict.fromkeys((conv.SeparableConv1D, conv.SeparableConv2D), ("pointwise_kernel", _last)),
    **dict.fromkeys((conv.DepthwiseConv1D, conv.DepthwiseConv2D), ("kernel", _depthwise)),
    **dict.fromkeys(
        (conv.Conv1DTranspose, conv.Conv2DTranspose, conv.Conv3DTranspose), ("kernel", _transposed)
    ),
}
"""The layers that a normalisation is folded into: the name of the kernel, and how it is scaled."""
