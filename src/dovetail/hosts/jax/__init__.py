"""JAX as a host. Importing this imports no JAX; the host does, when it is asked."""

from __future__ import annotations

from typing import Any, ClassVar

from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host
from dovetail.language.trace import ArraySpec


class JaxHost(Host):
    """Extensions on JAX's arrays and tracers, as flax.nnx modules and optax transformations."""

    name: ClassVar[str] = "jax"
    array_types: ClassVar[frozenset[str]] = frozenset(
        {"jaxlib._jax.ArrayImpl", "jaxlib.xla_extension.ArrayImpl", "jax._src.core.Tracer"}
    )
    accepts_numpy: ClassVar[bool] = True

    def spec(self, array: Any) -> ArraySpec:
        from dovetail.hosts.jax.dtypes import spec

        return spec(array)

    def caller(self, extension: Any) -> Caller:
        from dovetail.hosts.jax.caller import caller

        return caller(self, extension)


HOST = JaxHost()
