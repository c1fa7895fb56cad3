"""Between NumPy arrays and tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dovetail.graph.dtypes import as_dtype, bfloat16


def from_numpy(array: Any) -> Any:
    """A tensor with the elements of an array, in memory of its own."""
    given = np.asarray(array)
    dtype = as_dtype(given.dtype)
    copied = np.array(given, dtype=dtype.numpy, order="C", copy=True)
    if dtype is bfloat16:
        return torch.from_numpy(copied.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(copied)


def to_numpy(tensor: Any) -> Any:
    """The elements of a tensor, in memory of their own; bfloat16 by ml_dtypes."""
    plain = tensor.detach().to("cpu").resolve_conj().resolve_neg()
    if plain.dtype is torch.bfloat16:
        return plain.contiguous().view(torch.int16).numpy().view(bfloat16.numpy).copy()
    return plain.numpy().copy()
