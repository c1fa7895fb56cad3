"""Explain why PyTorch refused a call.

Nothing is checked beforehand: PyTorch's dispatcher raises where an operator has no kernel.
Only then are the tensors examined, to raise an error that says what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import torch

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.runner import OUT_OF_RANGE
from dovetail.compile.index_checks import fallible_nodes
from dovetail.errors import DovetailError, UnsupportedError
from dovetail.graph.primitives.indexing import out_of_range
from dovetail.hosts.torch.dtypes import ours, spec
from dovetail.hosts.torch.memory import kind_of, no_memory
from dovetail.hosts.torch.native import original
from dovetail.operations.operation import Operation

DENSE = "convert it with tensor.to_dense()"
PADDED = (
    "pad it with torch.nested.to_padded_tensor(tensor, 0.0), call the function on "
    "tensor.values(), or on each tensor of tensor.unbind()"
)
DEVICES = frozenset({"cpu", "meta"})


def reraise(
    error: Exception, operation: Operation | None, name: str, arrays: Sequence[Any]
) -> NoReturn:
    """Raise our error that explains an error of PyTorch's; without one, that error itself."""
    if isinstance(error, DovetailError):
        raise error
    found = original(error)
    if found is not None:
        raise found from None
    for tensor in arrays:
        kind = tensor.layout
        if tensor.is_nested:
            raise _not_dense(name, f"nested, of layout {kind}", PADDED) from None
        if kind is not torch.strided:
            raise _not_dense(
                name, f"layout {kind}", PADDED if kind is torch.jagged else DENSE
            ) from None
        ours(tensor.dtype)
        memory = kind_of(tensor) if runtime.message("NO_MEMORY_THERE") in str(error) else None
        if memory is not None:
            raise no_memory(name, "tensor", memory) from None
    check_devices(name, arrays)
    if operation is not None and OUT_OF_RANGE in str(error):
        graph = operation.graph(tuple(map(spec, arrays)))
        raise out_of_range(fallible_nodes(graph)) from None
    raise error


def check_devices(name: str, arrays: Sequence[Any]) -> None:
    """Raises unless all tensors are on one device; a 0-d tensor may be on the CPU."""
    devices = dict.fromkeys(
        tensor.device for tensor in arrays if tensor.ndim or tensor.device.type != "cpu"
    )
    if len(devices) > 1 or any(device.type not in DEVICES for device in devices):
        raise UnsupportedError(
            f"{name} was called with tensors on {' and '.join(map(str, devices))}",
            "all tensors in the memory of the CPU (or all on meta), for now",
            "move them with tensor.to('cpu'), and the result back",
        )


def _not_dense(call: str, kind: str, remedy: str) -> UnsupportedError:
    found = f"{call} was called with a tensor of the kind {kind}"
    return UnsupportedError(found, "dense tensors (layout torch.strided)", remedy)
