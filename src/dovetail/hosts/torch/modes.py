"""What PyTorch is doing around a call: recording, transforming, compiling."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import forward_ad

functorch_is_active: Any = torch._C._are_functorch_transforms_active
grad_is_enabled: Any = torch.is_grad_enabled
is_compiling: Any = torch.compiler.is_compiling


def transforming(arrays: tuple[Any, ...]) -> bool:
    """Whether functorch or forward mode is active."""
    if functorch_is_active() or forward_ad._current_level >= 0:
        return True
    if not is_compiling():
        return False
    # Inside torch.compile the level is not set; the tensors themselves are examined.
    return any(torch._VF._unpack_dual(tensor, level=0)[1] is not None for tensor in arrays)
