"""NumPy for values and PyTorch for derivatives: what the reference needs of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from tests.fuzz.operations import Operation, torch


class NumPy:
    """The reference of values."""

    def function(self, row: Operation) -> Any:
        return row.numpy

    def plain(self, value: Any) -> Any:
        return np.asarray(value)

    def array(self, value: Any) -> Any:
        return value

    def cast(self, value: Any, dtype: str) -> Any:
        wide = {"int32": "int64", "float16": "float32", "bfloat16": "float32"}.get(dtype, dtype)
        return np.asarray(value).astype(wide)

    def watched(self, value: Any, off: Callable[[Any], Any]) -> Any:
        """A value whose gradient, where it has one, is off too."""
        return value

    def rounded(self, value: Any, dtype: str) -> Any:
        value = np.asarray(value)
        if dtype == "bfloat16":
            return value.astype(ml_dtypes.bfloat16).astype(np.float32)
        return self.cast(value.astype(dtype), dtype)


class Torch(NumPy):
    """The reference of derivatives."""

    def function(self, row: Operation) -> Any:
        return row.torch

    def plain(self, value: Any) -> Any:
        return value.detach().numpy(force=True)

    def array(self, value: Any) -> Any:
        return torch.from_numpy(np.array(value))

    def _dtype(self, dtype: str) -> Any:
        return getattr(torch, dtype)

    def cast(self, value: Any, dtype: str) -> Any:
        wide = {"int32": "int64", "float16": "float32", "bfloat16": "float32"}.get(dtype, dtype)
        return value.to(self._dtype(wide))

    def watched(self, value: Any, off: Callable[[Any], Any]) -> Any:
        if value.requires_grad:
            value = value.clone()
            value.register_hook(off)
        return value

    def rounded(self, value: Any, dtype: str) -> Any:
        return self.cast(value.to(self._dtype(dtype)), dtype)
