"""Changed models of PyTorch as `torch.nn` modules again, where all of their layers have one.

PyTorch is not imported: a model that is given back was given as one of its modules.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dovetail.extension.sequential import Sequential
from dovetail.graph.node import Array
from dovetail.library import convolution, layers, normalisation


def module_of(model: Any, given: Any) -> Any:
    """The model as a `torch.nn.Sequential`; None where a layer has no counterpart there.

    Layers without arrays are those of the module that was given, in their order.
    """
    plain = (each for each in _leaves(given) if not list(each.state_dict()))
    made: list[Any] = []
    for layer in _members(model):
        convert = _TABLE.get(type(layer))
        if convert is not None:
            found = convert(layer, given)
        elif isinstance(layer, layers.Layer) and layer.declared and not _is_plain(layer):
            return None
        else:
            found = next(plain, None)
            while found is not None and type(found).__name__ == "Identity":
                found = next(plain, None)
            found = copy.deepcopy(found)
        if found is None:
            return None
        made.append(found)
    module = _nn().Sequential(*made)
    like = next(iter(given.parameters()), None)
    if like is not None:
        module = module.to(device=like.device, dtype=like.dtype)
    return module.train(given.training)


def module_for(layer: Any, given: Any) -> Any:
    """A module in the place of one: of `torch.nn` where it has this layer, else a form of ours."""
    if isinstance(layer, Sequential):
        return _nn().Sequential(*(module_for(each, given) for each in layer.layers))
    if type(layer) is layers.Activation and layer.function == "linear":
        return _nn().Identity()
    convert = _TABLE.get(type(layer))
    made = None if convert is None else convert(layer, given)
    if made is None:
        return copy.deepcopy(layer).torch.eval()
    like = next(iter(given.parameters()), None)
    return made if like is None else made.to(device=like.device, dtype=like.dtype)


def _is_plain(layer: Any) -> bool:
    """Whether a layer has no arrays but random keys, which PyTorch's layers do not have."""
    return all(name == "key" for name in layer.declared)


def _nn() -> Any:
    return sys.modules["torch"].nn


def _members(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if isinstance(layer, Sequential):
            yield from _members(layer)
        else:
            yield layer


def _leaves(module: Any) -> Iterator[Any]:
    if type(module).__name__ == "Sequential":
        for child in module.children():
            yield from _leaves(child)
    else:
        yield module


def _filled(module: Any, arrays: Mapping[str, Array | None]) -> Any:
    """The module with these arrays."""
    torch = sys.modules["torch"]
    found = {name: torch.from_numpy(np.array(a)) for name, a in arrays.items() if a is not None}
    module.load_state_dict(found, strict=False)
    return module


def _linear(layer: Any, given: Any) -> Any:
    if layer.activation is not None:
        return None
    module = _nn().Linear(layer.features, layer.units, bias=layer.use_bias)
    return _filled(module, {"weight": layer.kernel.T, "bias": layer.bias})


def _convolution(layer: Any, given: Any) -> Any:
    if layer.activation is not None or layer.data_format != "channels_first":
        return None
    rank = layer.kernel.ndim - 2
    module = getattr(_nn(), f"Conv{rank}d")(
        layer.features, layer.filters, layer.kernel.shape[:rank], layer.strides, layer.padding,
        layer.dilation_rate, layer.groups, layer.use_bias,
    )  # fmt: skip
    axes = (rank + 1, rank, *range(rank))
    return _filled(module, {"weight": layer.kernel.transpose(axes), "bias": layer.bias})


def _batch_norm(layer: Any, given: Any) -> Any:
    """Of the class that those of the module have, if it is one."""
    classes = {type(each) for each in _leaves(given) if type(each).__name__.startswith("BatchNorm")}
    if len(classes) != 1 or layer.use_scale != layer.use_bias:
        return None
    (owner,) = classes
    module = owner(layer.features, layer.eps, 1.0 - layer.momentum, affine=layer.use_scale)
    return _filled(module, {
        "weight": layer.scale, "bias": layer.bias, "running_mean": layer.running_mean,
        "running_var": layer.running_var,
    })  # fmt: skip


def _layer_norm(layer: Any, given: Any) -> Any:
    if not layer.use_scale:
        return None
    features = layer.features if isinstance(layer.features, tuple) else (layer.features,)
    module = _nn().LayerNorm(features, layer.eps, bias=layer.use_bias)
    return _filled(module, {"weight": layer.scale, "bias": layer.bias})


_TABLE: Mapping[type, Any] = {
    layers.Dense: _linear,
    **dict.fromkeys((convolution.Conv1D, convolution.Conv2D, convolution.Conv3D), _convolution),
    normalisation.BatchNorm: _batch_norm,
    normalisation.LayerNorm: _layer_norm,
    layers.Embedding: lambda layer, given: _filled(
        _nn().Embedding(layer.count, layer.units), {"weight": layer.table}
    ),
}
