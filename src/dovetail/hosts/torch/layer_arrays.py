"""Initial values of a layer as tensors, and parameters whose shapes are not known yet."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.parameter import UninitializedParameter

from dovetail.extension.building import Seed, make_array
from dovetail.extension.parameters import Declaration
from dovetail.hosts.aliases import Names
from dovetail.hosts.torch.dtypes import THEIRS, shared
from dovetail.hosts.torch.memory import is_distributed, spread

Tensor = torch.Tensor


class Factory:
    """Makes tensors on one device, and of one floating type where none is declared."""

    def __init__(self, device: Any, dtype: Any, seeds: dict[int, Seed]) -> None:
        self.device = torch.get_default_device() if device is None else torch.device(device)
        self.dtype = dtype
        self.seeds = seeds

    def kind(self, layer: Any, declaration: Declaration) -> Any:
        """The type of a parameter or state."""
        declared = declaration.data_type(layer)
        if not declaration.has_own_type and declared.is_floating:
            return torch.get_default_dtype() if self.dtype is None else self.dtype
        return THEIRS[declared]

    def tensor(self, layer: Any, declaration: Declaration) -> Tensor | None:
        """The initial value; None where its shape is not known yet."""
        if not layer.sizes_known:
            return None
        dtype = self.kind(layer, declaration)
        if self.device.type == "meta":
            return torch.empty(declaration.extents(layer), dtype=dtype, device=self.device)
        array = make_array(layer, declaration, self.seeds[id(layer)])
        return shared(array).to(dtype=dtype, device=self.device)

    def parameter(self, layer: Any, declaration: Declaration) -> torch.nn.Parameter:
        """A parameter, materialised where its shape is known."""
        value = self.tensor(layer, declaration)
        if value is None:
            lazy: Any = UninitializedParameter
            return lazy(device=self.device, dtype=self.kind(layer, declaration))
        return torch.nn.Parameter(value, requires_grad=value.is_floating_point())


@torch.no_grad()
def put(tensor: Tensor, value: Tensor) -> None:
    """Replace the elements of a tensor, which may be spread over several processes."""
    if is_distributed(tensor):
        value = spread(tensor, value.to(tensor.device), agreed=True)
    tensor.copy_(value)


@torch.no_grad()
def replace(tensor: Tensor, value: Tensor) -> None:
    """As `put`, but taking over the memory of the value where type and device allow it."""
    if tensor.dtype == value.dtype and tensor.device == value.device and not is_distributed(tensor):
        tensor.data = value
    else:
        put(tensor, value)


def rename_arrays(names: Names, layer: Any, state_dict: dict[str, Any], prefix: str) -> None:
    """Give the arrays of a state_dict the names and layouts of the tensors; remove unknown ones.

    It may have PyTorch's names, or ours.
    """
    renamed: dict[str, str] = dict(names.arrays)
    renamed |= {theirs: relaid.array for theirs, relaid in names.relaid.items()}
    for given, wanted in renamed.items():
        value = state_dict.get(prefix + given)
        if value is None or prefix + wanted in state_dict or given in names.arrays.values():
            continue
        del state_dict[prefix + given]
        relaid = names.relaid.get(given)
        state_dict[prefix + wanted] = value if relaid is None else relaid.to_ours(value, layer)
    for own, joined in names.joined.items():
        parts = [prefix + name for name in joined.arrays]
        if prefix + own not in state_dict and all(name in state_dict for name in parts):
            state_dict[prefix + own] = joined.to_ours(*map(state_dict.pop, parts))
    for name in names.unused:
        if name not in layer.declared:
            state_dict.pop(prefix + name, None)


def as_torch_nn(names: Names, layer: Any, name: str, tensor: Tensor) -> tuple[str, Tensor]:
    """The name and the layout that a tensor of ours has in PyTorch's own module."""
    for theirs, relaid in names.relaid.items():
        if relaid.array == name:
            return theirs, relaid.to_theirs(tensor, layer)
    return names.arrays.get(name, name), tensor


def add_torch_nn(
    found: dict[str, Tensor], names: Names, layer: Any, prefix: str, tensors: dict[str, Tensor]
) -> None:
    """Add the tensors of a layer by PyTorch's names; those of layers inside are `found` before."""
    for name, tensor in tensors.items():
        name, tensor = as_torch_nn(names, layer, name, tensor)
        found[prefix + name] = tensor
    for own, joined in names.joined.items():
        if prefix + own in found:
            parts = joined.to_theirs(found.pop(prefix + own))
            found.update(zip((prefix + name for name in joined.arrays), parts, strict=True))
