"""What the namespace can do, as in the array API standard 2024.12, and arrays by DLPack."""

from __future__ import annotations

import copy as copying
from typing import Any, cast

import numpy as np

from dovetail.errors import ArgumentError, TraceError, described
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.language.data_types import isdtype
from dovetail.language.functions import query
from dovetail.language.operands import has_array
from dovetail.language.tracer import Tracer

__all__ = ["from_dlpack"]


@query
def from_dlpack(x: Any, /, *, device: object = None, copy: bool | None = None) -> Any:
    """The array of any object with `__dlpack__`, over the same memory unless `copy` is true.

    An array of a framework is one of this namespace, and comes back as it is; another object
    becomes a NumPy array.
    """
    if isinstance(x, Tracer):
        raise TraceError(
            f"{x} has no memory while it is being traced", "an array",
            "use the traced array itself",
        )  # fmt: skip
    if has_array(x):
        return copying.deepcopy(x) if copy else x
    if not hasattr(x, "__dlpack__"):
        raise ArgumentError("from_dlpack", "x", described(x), "an object with __dlpack__")
    given = np.from_dlpack(x)
    return given.copy() if copy else given


class NamespaceInfo:
    """What `__array_namespace_info__` returns."""

    def __init__(self, traced: bool) -> None:
        self._traced = traced

    def capabilities(self) -> dict[str, Any]:
        """Masks as an index, shapes that depend on values (not in a trace), and dimensions."""
        return {
            "boolean indexing": False, "data-dependent shapes": not self._traced,
            "max dimensions": 64,
        }  # fmt: skip

    def default_device(self) -> str:
        """Where a tracer is; arrays are where their framework has them."""
        return "cpu"

    def devices(self) -> list[str]:
        """All of them."""
        return [self.default_device()]

    def default_dtypes(self, *, device: object = None) -> dict[str, DType]:
        """Of Python numbers, and of indices."""
        return {
            "real floating": dtypes.DEFAULT_FLOAT, "integral": dtypes.DEFAULT_INT,
            "indexing": dtypes.int64,
        }  # fmt: skip

    def dtypes(
        self, *, device: object = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, DType]:
        """The data types by name; of a kind, or of several."""
        return {
            dtype.name: dtype
            for dtype in dtypes.ALL
            if kind is None or isdtype(dtype, cast(object, kind))
        }
