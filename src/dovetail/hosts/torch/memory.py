"""Whether a tensor has elements in plain memory of its device.

Native code reads and writes such memory of the CPU. A tensor of the same type or a subclass may be
something else: distributed over processes, a wrapper around others, sparse, an opaque block of
another library, negated only by a bit, or a view of storage that has been freed. PyTorch's dispatch
keys tell which, and `kind_of` reads them before any address is taken. A DTensor is unwrapped by
`local`; the rest is copied into plain memory where PyTorch's `copy_` can, or refused.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from dovetail.errors import UnsupportedError

Tensor = torch.Tensor

# Addresses below are no memory of a process: an offset into freed storage, or none at all. Where
# they may be memory after all (programs without address randomisation), a closer look costs time.
SUSPECT = 1 << 40

_PLAIN = re.compile(r"DispatchKeySet|ADInplaceOrView|Autograd\w*|Autocast\w*")
_RESOLVED = {"Negative": "a negative view", "ZeroTensor": "a tensor of zeros without memory"}


def kind_of(tensor: Tensor) -> str | None:
    """What a tensor is instead of plain memory of its device; None where it is that."""
    names = re.findall(r"\w+", str(torch._C._dispatch_keys(tensor)))
    own = _key(tensor.device.type)
    strange = [name for name in names if name != own and not _PLAIN.fullmatch(name)]
    if "Python" in strange:
        return f"a {type(tensor).__module__}.{type(tensor).__qualname__}, which wraps other tensors"
    if strange:
        resolved = [_RESOLVED[name] for name in strange if name in _RESOLVED]
        return resolved[0] if len(resolved) == len(strange) else f"of kind {', '.join(strange)}"
    return "a view of storage that has been freed" if is_freed(tensor) else None


@functools.cache
def _key(device: str) -> str:
    """PyTorch's name of the dispatch key of a device."""
    return str(torch._C._dispatch_key_for_device(device))


def can_be_copied(tensor: Tensor) -> bool:
    """Whether `copy_` brings the elements of a tensor into plain memory."""
    kind = kind_of(tensor)
    return kind is None or kind in _RESOLVED.values()


def is_freed(tensor: Tensor) -> bool:
    """Whether the storage of a plain tensor is too small for its elements: `resize_(0)`."""
    if not tensor.numel():
        return False
    pairs = zip(tensor.shape, tensor.stride(), strict=True)
    last = tensor.storage_offset() + sum((size - 1) * stride for size, stride in pairs)
    return tensor.untyped_storage().nbytes() < (last + 1) * tensor.dtype.itemsize


# Tensors that are distributed over processes. Nothing here imports torch.distributed.tensor: a
# program that has such tensors has imported it.


def is_distributed(tensor: Any) -> bool:
    """Whether a tensor is a DTensor."""
    if type(tensor) is Tensor:
        return False
    kind = getattr(sys.modules.get("torch.distributed.tensor"), "DTensor", None)
    return kind is not None and isinstance(tensor, kind)


def local(tensor: Any) -> Tensor:
    """This process' part of a DTensor, sharing its memory; a tensor of another kind as it is."""
    if not is_distributed(tensor):
        return tensor
    with torch.no_grad():
        part = tensor.to_local()
    wait: Any = getattr(part, "wait", None)  # a collective may still be running
    return part if wait is None else wait()


def like(tensor: Any, part: Tensor) -> Any:
    """A DTensor with the placements of another one, whose part in this process is `part`."""
    api: Any = sys.modules["torch.distributed.tensor"]
    return api.DTensor.from_local(
        part, tensor.device_mesh, tensor.placements, run_check=False,
        shape=tensor.shape, stride=tensor.stride(),
    )  # fmt: skip


def spread(tensor: Any, whole: Tensor, *, agreed: bool = False) -> Any:
    """An array that every process has, as a DTensor with the placements of another one."""
    return _distributed(whole, tensor.device_mesh, tensor.placements, agreed)


def _distributed(whole: Tensor, mesh: Any, placements: Sequence[Any], agreed: bool) -> Any:
    """`agreed`: the processes have different values, and those of the first one are used."""
    api: Any = sys.modules["torch.distributed.tensor"]
    source = 0 if agreed else None
    return api.distribute_tensor(whole, mesh, placements, src_data_rank=source)


def beside(arrays: Iterable[Any], whole: Tensor, *, agreed: bool = False) -> Any:
    """An array that all processes have, as a DTensor where some of `arrays` are DTensors."""
    mesh: Any = next((each.device_mesh for each in arrays if is_distributed(each)), None)
    if mesh is None:
        return whole
    api: Any = sys.modules["torch.distributed.tensor"]
    return _distributed(whole, mesh, [api.Replicate()] * mesh.ndim, agreed)


def total(mesh: Any, split: Sequence[bool], amount: float) -> float:
    """The sum over the processes of a mesh, along those of its dimensions that are `split`."""
    api: Any = sys.modules["torch.distributed.tensor"]
    placements = [api.Partial() if each else api.Replicate() for each in split]
    own = torch.tensor(amount, dtype=torch.float64, device=mesh.device_type)
    return float(api.DTensor.from_local(own, mesh, placements, run_check=False).full_tensor())


def no_memory(call: str, role: str, kind: str) -> UnsupportedError:
    """The error for a tensor whose elements native code cannot read."""
    return UnsupportedError(
        f"{call} got a {role} that is {kind}",
        "elements in plain memory, or a DTensor",
        "pass the tensor that it stands for (of a wrapper, what it wraps; of a compressed or "
        "sparse tensor, tensor.to_dense()), or use the framework's own function",
    )
