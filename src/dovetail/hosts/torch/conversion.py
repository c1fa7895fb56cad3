"""Between NumPy arrays and tensors; bfloat16 is that of ml_dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dovetail.graph.dtypes import as_dtype, bfloat16


def shared(array: Any) -> Any:
    """A tensor over the memory of an array."""
    if array.dtype == bfloat16.numpy:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def from_numpy(array: Any) -> Any:
    """A tensor with the elements of an array, in memory of its own, on PyTorch's default device."""
    given = np.asarray(array)
    made = shared(np.array(given, dtype=as_dtype(given.dtype).numpy, order="C"))
    return made.to(torch.get_default_device())


def as_numpy(tensor: Any) -> Any:
    """An array over the memory of a tensor."""
    plain = tensor.detach()
    if plain.dtype is torch.bfloat16:
        return plain.view(torch.int16).numpy().view(bfloat16.numpy)
    return plain.numpy()


def to_numpy(tensor: Any) -> Any:
    """An array with the elements of a tensor, in memory of its own."""
    return as_numpy(tensor.detach().to("cpu").resolve_conj().resolve_neg()).copy()
