"""On which device a call runs, and what is refused there.

There are kernels of ours for the CPU, and for NVIDIA's GPUs some that are off by default. On every
other device an operator is evaluated by PyTorch's own functions (device_kernels.py). As in PyTorch,
all tensors of a call are on one device, but for numbers of shape () on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch

from dovetail.errors import UnsupportedError

CPU = torch.device("cpu")
DENSE = "convert it with tensor.to_dense()"
PADDED = (
    "pad it with torch.nested.to_padded_tensor(tensor, 0.0), call the function on "
    "tensor.values(), or on each tensor of tensor.unbind()"
)
_ACCELERATORS = ("cuda", "xpu", "mps", "hpu", "mtia")
QUANTISED = "convert it with tensor.dequantize()"


def common_device(name: str, arrays: Sequence[Any]) -> torch.device:
    """The one device of some tensors; raises where there are several."""
    devices: dict[torch.device, None] = {}
    for tensor in arrays:
        device = tensor.device
        if tensor.ndim or device.type != "cpu":
            devices[device] = None
    if len(devices) > 1:
        raise UnsupportedError(
            f"{name} was called with tensors on {' and '.join(map(str, devices))}",
            "all tensors on one device; numbers of shape () may be on the CPU",
            "move them with tensor.to(device), and a model with model.to(device)",
        )
    return next(iter(devices), CPU)


def check_kind(name: str, tensor: Any) -> None:
    """Raises where a tensor has no elements with strides: sparse, nested or quantised."""
    kind = tensor.layout
    if tensor.is_nested:
        raise _not_dense(name, f"nested, of layout {kind}", PADDED)
    if kind is not torch.strided:
        raise _not_dense(name, f"layout {kind}", PADDED if kind is torch.jagged else DENSE)
    if tensor.is_quantized:
        raise _not_dense(name, f"quantised, of type {tensor.dtype}", QUANTISED)


def available() -> list[str]:
    """The devices of this machine that PyTorch can use."""
    found = ["cpu"]
    for kind in (*_ACCELERATORS, torch._C._get_privateuse1_backend_name()):
        module: Any = getattr(torch, kind, None)
        if module is not None and module.is_available():
            found += [f"{kind}:{number}" for number in range(module.device_count())]
    return found


def as_default(device: str) -> AbstractContextManager[Any]:
    """A context in which PyTorch makes tensors on a device."""
    return torch.device(device)


def wide_float(device: torch.device) -> torch.dtype:
    """The widest floating type of a device."""
    return torch.float32 if device.type == "mps" else torch.float64


def _not_dense(call: str, kind: str, remedy: str) -> UnsupportedError:
    found = f"{call} was called with a tensor of the kind {kind}"
    return UnsupportedError(found, "dense tensors (layout torch.strided)", remedy)
