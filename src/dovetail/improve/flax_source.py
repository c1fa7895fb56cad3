"""A module of flax.nnx with changed arrays and layers in it.

A clone of the module is changed, so that what comes back runs the user's own `__call__`.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dovetail.errors import UnsupportedError
from dovetail.extension.sequential import Sequential
from dovetail.improve.traced import Place, Source, arguments
from dovetail.library.convolution import Conv1D, Conv2D, Conv3D
from dovetail.library.layers import Activation, Dense

Path = tuple[Any, ...]


def nnx() -> Any:
    """The module `flax.nnx`, which whoever gives a model has imported."""
    return sys.modules["flax.nnx"]


def evaluated(module: Any) -> Any:
    """A clone in evaluation."""
    clone = nnx().clone(module)
    clone.eval()
    return clone


def at(module: Any, path: Path) -> Any:
    """What is at a path of a module."""
    for name in path:
        is_item = isinstance(module, dict) or isinstance(name, int)
        module = module[name] if is_item else getattr(module, str(name))
    return module


def array_at(module: Any, path: Path) -> Any:
    """The array at a path, which is that of an `nnx.Variable` or of an array as an attribute."""
    found = at(module, path)
    return found.get_value() if isinstance(found, nnx().Variable) else found


class FlaxSource(Source):
    """A module as it was given. A place has the path of the variable of an array."""

    tracer, sequence = "jaxpr", "an nnx.Sequential"

    def copied(self) -> Any:
        """A clone of the module."""
        return nnx().clone(self.module)

    def write(self, made: Any, place: Place, layer: Any) -> None:
        """Put the arrays and sizes of a layer into a clone."""
        _write(made, place, layer)

    def replace(self, made: Any, owner: Any, layer: Any) -> None:
        """Put another module in the place of one of a clone, wherever that is."""
        old, new = at(made, owner), _module(layer)
        for holder, name in list(_holders(made, old)):
            if isinstance(holder, (list, dict)) or isinstance(name, int):
                holder[name] = new
            else:
                setattr(holder, name, new)

    def outputs(self, module: Any) -> Any:
        """What a module returns for the inputs, as arrays of NumPy, in JAX' order of a dict."""
        args, kwargs = arguments(self.x)
        tree: Any = sys.modules["jax"].tree
        return tree.map(np.asarray, evaluated(module)(*args, **kwargs))


def _write(made: Any, place: Place, layer: Any) -> None:
    jnp: Any = sys.modules["jax.numpy"]
    for name, path in place.arrays.items():
        _put(made, path, jnp.asarray(getattr(layer, name), array_at(made, path).dtype))
    if place.owner is None:
        return
    owner = at(made, place.owner)
    if getattr(layer, "use_bias", False) and "bias" not in place.arrays:
        owner.bias = nnx().Param(jnp.asarray(layer.bias))
        owner.use_bias = True
    for theirs, ours in _SIZES.get(type(owner).__name__, {}).items():
        setattr(owner, theirs, getattr(layer, ours))


def _put(made: Any, path: Path, array: Any) -> None:
    """Put an array in the place of one."""
    *owner, name = path
    found, holder = at(made, path), at(made, tuple(owner))
    if isinstance(found, nnx().Variable):
        found.set_value(array)
        for _, module in nnx().iter_modules(made):
            if any(each is found for each in vars(module).values()):
                _fit(module)
    elif isinstance(holder, dict) or isinstance(name, int):
        holder[name] = array
    else:
        setattr(holder, name, array)


def _holders(made: Any, wanted: Any) -> Iterator[tuple[Any, Any]]:
    """The modules and containers that hold a module, and its name or number there."""
    kinds = (nnx().List, nnx().Dict)
    for path, module in nnx().iter_modules(made):
        if isinstance(module, kinds):
            continue
        for name, value in list(vars(module).items()):
            if value is wanted:
                yield module, name
            elif isinstance(value, kinds):
                items = value.items() if isinstance(value, kinds[1]) else enumerate(value)
                for key, each in list(items):
                    if each is wanted:
                        yield value, key
            elif isinstance(value, (list, tuple, dict)) and any(
                each is wanted for each in (value.values() if isinstance(value, dict) else value)
            ):
                where = ".".join(map(str, (*path, name)))
                raise UnsupportedError(
                    f"{where} of {type(made).__name__} holds layers that cannot be replaced",
                    "layers in attributes, nnx.List or nnx.Dict",
                    f"make it an nnx.List: self.{name} = nnx.List([...])",
                )


def identity(x: Any, *args: Any, **kwargs: Any) -> Any:
    """In the place of a layer that passes its input on."""
    return x


def _module(layer: Any) -> Any:
    """A module for a layer: of flax.nnx where it has one, else a form of ours."""
    kind, plain = type(layer), getattr(layer, "activation", None) is None
    if kind is Sequential:
        return nnx().Sequential(*map(_module, layer.layers))
    if kind is Activation and layer.function == "linear":
        return nnx().static(identity)
    if kind is Dense and plain:
        made = nnx().Linear(
            layer.features, layer.units, use_bias=layer.use_bias, rngs=nnx().Rngs(0),
            param_dtype=layer.kernel.dtype,
        )  # fmt: skip
    elif kind in (Conv1D, Conv2D, Conv3D) and plain:
        padding = layer.padding
        made = nnx().Conv(
            layer.features, layer.filters, layer.kernel.shape[:-2], strides=layer.strides,
            padding=padding.upper() if isinstance(padding, str) else padding,
            kernel_dilation=layer.dilation_rate, feature_group_count=layer.groups,
            use_bias=layer.use_bias, rngs=nnx().Rngs(0), param_dtype=layer.kernel.dtype,
        )  # fmt: skip
    else:
        return copy.deepcopy(layer).jax
    names = ("kernel", "bias") if layer.use_bias else ("kernel",)
    _write(made, Place(None, {name: (name,) for name in names}), layer)
    return made


# Settings of modules that follow from what their layers are now.


def _fit(module: Any) -> None:
    """The sizes that are those of an array: of modules that share it, and of subclasses, too."""
    if isinstance(module, nnx().Linear):
        module.in_features, module.out_features = module.kernel.shape
    elif isinstance(module, nnx().Embed):
        module.num_embeddings, module.features = module.embedding.shape
    elif isinstance(module, nnx().Conv):
        module.kernel_shape = tuple(module.kernel.shape)
        *_, within, module.out_features = module.kernel_shape
        module.in_features = within * module.feature_group_count


_SIZES: Mapping[str, Mapping[str, str]] = {
    "Conv": {"in_features": "features", "feature_group_count": "groups"},
    **{
        name: {"num_features": "features"}
        for name in ("BatchNorm", "LayerNorm", "RMSNorm", "GroupNorm")
    },
}
"""The settings of modules that are fields of the layer; of others, sizes of their arrays."""

_AFFINE = {"scale": "scale", "bias": "bias"}
ARRAYS: Mapping[str, Mapping[str, str]] = {
    "Linear": {"kernel": "kernel", "bias": "bias"},
    "Conv": {"kernel": "kernel", "bias": "bias"},
    "Embed": {"table": "embedding"},
    "BatchNorm": {**_AFFINE, "running_mean": "mean", "running_var": "var"},
    "LayerNorm": _AFFINE,
    "GroupNorm": _AFFINE,
    "RMSNorm": {"scale": "scale"},
    "Dropout": {},
}
"""The modules of flax.nnx that become layers, and where the arrays of these are in them."""
