"""What the namespace can do: the inspection API of the array API standard 2024.12."""

from __future__ import annotations

from typing import Any, cast

from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.language.data_types import isdtype


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
