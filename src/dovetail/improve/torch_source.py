"""A module of PyTorch with changed arrays and layers in it.

A copy of the module is changed, so that what comes back runs the user's own `forward`.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.errors import UnsupportedError
from dovetail.improve.torch_modules import module_for
from dovetail.improve.traced import Program, arguments, cannot_trace
from dovetail.language.tree import map_leaves


@dataclass(frozen=True)
class Place:
    """Where a layer is in a module.

    `owner`: the path of the module that it is, or None for an array alone; `arrays`: for each of
    its arrays the path of PyTorch's, and the order of axes that PyTorch has.
    """

    owner: str | None
    arrays: Mapping[str, tuple[str, tuple[int, ...] | None]]


@dataclass(eq=False)
class TorchSource:
    """A module as it was given."""

    module: Any
    x: Any
    read: Callable[[Any, Any], Any]  # what an exported module becomes (torch_graph.py)
    places: dict[str, Place] = field(default_factory=dict[str, Place])
    kinds: dict[str, type] = field(default_factory=dict[str, type])

    def form(self, layers: Mapping[str, Any]) -> Any:
        """A copy of the module with what these layers are now."""
        made = copy.deepcopy(self.module)
        for path, place in self.places.items():
            layer = layers[path]
            if place.owner is None or type(layer) is self.kinds[path]:
                self._write(made, place, layer)
            else:
                self._replace(made, place.owner, layer)
        return made

    def traced_again(self, layers: Mapping[str, Any]) -> Program:
        """The program of that copy, with layers of the same paths."""
        made = self.form(layers)
        found = self.read(made, self.x)
        if {path: type(each) for path, each in found.layers.items()} != {
            path: type(each) for path, each in layers.items()
        }:
            raise cannot_trace("torch.export", made, "its graph changes with the sizes of arrays")
        return found.program(self)

    def outputs(self, module: Any) -> Any:
        """What a module returns for the inputs, as arrays of NumPy."""
        torch: Any = sys.modules["torch"]
        module = copy.deepcopy(module).eval()
        like = next(iter(module.parameters()), None)
        device = getattr(like, "device", None)
        args, kwargs = arguments(map_leaves(lambda a: torch.as_tensor(a, device=device), self.x))
        with torch.no_grad():
            return map_leaves(lambda each: each.cpu().numpy(), module(*args, **kwargs))

    def _write(self, made: Any, place: Place, layer: Any) -> None:
        for name, (path, axes) in place.arrays.items():
            array = getattr(layer, name)
            _put(made, path, array if axes is None else np.transpose(array, axes))
        if place.owner is None:
            return
        owner = made.get_submodule(place.owner)
        if getattr(layer, "use_bias", False) and "bias" not in place.arrays:
            name = f"{place.owner}.bias" if place.owner else "bias"
            _put(made, name, layer.bias)
        _SIZES[class_of(owner) or ""](owner, layer)

    def _replace(self, made: Any, path: str, layer: Any) -> None:
        """Another module in the place of one, wherever that is."""
        old = made.get_submodule(path)
        new = module_for(layer, old)
        new.train(old.training)
        if old is made:
            raise UnsupportedError(
                f"{type(made).__name__} would have to become another module itself",
                "a module with others in it",
                "put it into a torch.nn.Sequential",
            )
        for module in made.modules():
            for name, child in list(module.named_children()):
                if child is old:
                    setattr(module, name, new)


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
    """The sizes that are those of an array, also of modules that share it."""
    kind = class_of(module)
    if kind == "Linear":
        module.out_features, module.in_features = module.weight.shape
    elif kind == "Embedding":
        module.num_embeddings, module.embedding_dim = module.weight.shape


def _nothing(module: Any, layer: Any) -> None:
    """For modules whose sizes are those of their arrays."""


def _convolution(module: Any, layer: Any) -> None:
    module.in_channels, module.out_channels = layer.features, layer.filters
    module.groups = layer.groups


def _batch_norm(module: Any, layer: Any) -> None:
    module.num_features = layer.features


def _norm(module: Any, layer: Any) -> None:
    features = layer.features
    module.normalized_shape = features if isinstance(features, tuple) else (features,)


def _group_norm(module: Any, layer: Any) -> None:
    module.num_channels = layer.features


_SIZES: Mapping[str, Callable[[Any, Any], None]] = {
    "Linear": _nothing,
    "Embedding": _nothing,
    **{f"Conv{rank}d": _convolution for rank in (1, 2, 3)},
    **{f"BatchNorm{rank}d": _batch_norm for rank in (1, 2, 3)},
    "SyncBatchNorm": _batch_norm,
    "LayerNorm": _norm,
    "RMSNorm": _norm,
    "GroupNorm": _group_norm,
}
