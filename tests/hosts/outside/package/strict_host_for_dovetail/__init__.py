"""A host as another package would bring it: extensions on the arrays of array-api-strict.

It converts, calls the embedded host, and converts back. A host with its own kernels
would call programs itself; hosts/torch is one.
"""

from __future__ import annotations

from typing import Any, ClassVar

import array_api_strict as strict
import numpy as np

from dovetail.extension.dispatch import Caller
from dovetail.graph.dtypes import as_dtype, unknown_dtype
from dovetail.hosts.protocol import Host
from dovetail.hosts.registry import REGISTRY
from dovetail.language.trace import ArraySpec
from dovetail.language.tree import map_leaves

Array = type(strict.asarray(0))


class StrictHost(Host):
    """Extensions on arrays of array-api-strict."""

    name: ClassVar[str] = "array_api_strict"
    array_types: ClassVar[frozenset[str]] = frozenset({f"{Array.__module__}.{Array.__name__}"})

    def spec(self, array: Any) -> ArraySpec:
        plain = self.to_numpy(array)
        return ArraySpec(plain.shape, as_dtype(plain.dtype))

    def from_numpy(self, array: Any) -> Any:
        return strict.asarray(np.asarray(array))

    def to_numpy(self, array: Any) -> Any:
        plain = np.asarray(array)
        if plain.dtype.kind not in "biuf":
            raise unknown_dtype(plain.dtype)
        return plain

    def versions(self) -> dict[str, str]:
        return {"array-api-strict": strict.__version__}

    def caller(self, extension: Any) -> Caller:
        embedded = REGISTRY.named("numpy").caller(extension)

        def enter(value: Any) -> Any:
            return self.to_numpy(value) if self.owns(value) else value

        def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            given = tuple(map_leaves(enter, arg) for arg in args)
            named = {name: map_leaves(enter, value) for name, value in kwargs.items()}
            return map_leaves(self.from_numpy, embedded(given, named))

        return call

    def op(self, extension: Any) -> Any:
        return extension

    def activation(self, extension: Any) -> Any:
        return extension

    def loss(self, extension: Any) -> Any:
        return extension


HOST = StrictHost()
