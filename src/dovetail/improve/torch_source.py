"""A module of PyTorch with changed arrays and layers in it.

A copy of the module is changed, so that what comes back runs the user's own `forward`.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from dovetail.hosts.registry import REGISTRY
from dovetail.improve.torch_modules import module_for
from dovetail.improve.traced import Place, Source, arguments
from dovetail.language.tree import map_leaves


def tensors(module: Any, x: Any) -> Any:
    """Inputs as a module takes them: on its device, and floating ones of its type."""
    convert = REGISTRY.named("torch").from_numpy
    like = next((each for each in module.parameters() if each.is_floating_point()), None)

    def tensor(array: Any) -> Any:
        found = convert(array)
        if like is None:
            return found
        dtype = like.dtype if found.is_floating_point() else found.dtype
        return found.to(device=like.device, dtype=dtype)

    return map_leaves(tensor, x)


class TorchSource(Source):
    """A module as it was given. A place has the path of an array and the order of its axes."""

    tracer, sequence = "torch.export", "a torch.nn.Sequential"

    def copied(self) -> Any:
        """A copy of the module."""
        return copy.deepcopy(self.module)

    def outputs(self, module: Any) -> Any:
        """What a module returns for the inputs, as arrays of NumPy."""
        torch: Any = sys.modules["torch"]
        module = copy.deepcopy(module).eval()
        args, kwargs = arguments(tensors(module, self.x))
        with torch.no_grad():
            return map_leaves(_array, module(*args, **kwargs))

    def write(self, made: Any, place: Place, layer: Any) -> None:
        """Put the arrays and sizes of a layer into a copy."""
        for name, (path, axes) in place.arrays.items():
            array = getattr(layer, name)
            _put(made, path, array if axes is None else np.transpose(array, axes))
        if place.owner is None:
            return
        owner = made.get_submodule(place.owner)
        if getattr(layer, "use_bias", False) and "bias" not in place.arrays:
            name = f"{place.owner}.bias" if place.owner else "bias"
            _put(made, name, layer.bias)
        for theirs, ours in _SIZES[class_of(owner) or ""].items():
            setattr(owner, theirs, getattr(layer, ours))

    def replace(self, made: Any, owner: Any, layer: Any) -> None:
        """Put another module in the place of one of a copy, wherever that is."""
        old = made.get_submodule(owner)
        new = module_for(layer, old)
        new.train(old.training)
        for module in made.modules():
            for name, child in list(module.named_children()):
                if child is old:
                    setattr(module, name, new)


def _array(value: Any) -> Any:
    """A tensor as an array of NumPy, which has no bfloat16; anything else as it is."""
    if not isinstance(value, sys.modules["torch"].Tensor):
        return value
    value = value.cpu()
    return (value.double() if value.is_floating_point() else value).numpy()


def _put(made: Any, path: str, array: Any) -> None:
    """An array in the place of one, under all the names that it has."""
    torch: Any = sys.modules["torch"]
    holder, _, name = path.rpartition(".")
    owner = made.get_submodule(holder)
    old = getattr(owner, name)
    like = old if old is not None else next(iter(owner.parameters(recurse=False)))
    tensor = torch.tensor(np.array(array), dtype=like.dtype, device=like.device)
    if isinstance(like, torch.nn.Parameter):
        tensor = torch.nn.Parameter(tensor, requires_grad=like.requires_grad)
    if old is None:
        setattr(owner, name, tensor)
        return
    for module in made.modules():
        held = {**module._parameters, **module._buffers}
        for key in [key for key, value in held.items() if value is old]:
            setattr(module, key, tensor)
            _fit(module)


# Settings of modules that follow from their arrays and layers.


def class_of(module: Any) -> str | None:
    """The class of a module, if it is one of torch.nn that layers are made of."""
    owner = type(module)
    known = owner.__module__.startswith("torch.nn.") and owner.__name__ in _SIZES
    return owner.__name__ if known else None


def _fit(module: Any) -> None:
    """The sizes that are those of an array: of modules that share it, and of subclasses, too."""
    nn: Any = sys.modules["torch.nn"]
    if isinstance(module, nn.Linear):
        module.out_features, module.in_features = module.weight.shape
    elif isinstance(module, nn.Embedding):
        module.num_embeddings, module.embedding_dim = module.weight.shape
    elif isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        module.out_channels, within = module.weight.shape[:2]
        module.in_channels = within * module.groups


_SIZES: Mapping[str, Mapping[str, str]] = {
    "Linear": {},
    "Embedding": {},
    **{
        f"Conv{rank}d": {"in_channels": "features", "out_channels": "filters", "groups": "groups"}
        for rank in (1, 2, 3)
    },
    **{f"BatchNorm{rank}d": {"num_features": "features"} for rank in (1, 2, 3)},
    "SyncBatchNorm": {"num_features": "features"},
    "LayerNorm": {"normalized_shape": "features"},
    "RMSNorm": {"normalized_shape": "features"},
    "GroupNorm": {"num_channels": "features"},
}
"""The classes that layers are made of, and their settings that are fields of the layer."""
