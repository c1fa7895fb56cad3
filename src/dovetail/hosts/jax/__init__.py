"""JAX as a host. Importing this module does not import JAX; using the host does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dovetail.hosts.framework import FrameworkHost


class JaxHost(FrameworkHost):
    """Extensions on JAX's arrays and tracers, as flax.nnx modules and optax transformations."""

    name: ClassVar[str] = "jax"
    array_types: ClassVar[frozenset[str]] = frozenset(
        {"jaxlib._jax.ArrayImpl", "jaxlib.xla_extension.ArrayImpl", "jax._src.core.Tracer"}
    )
    accepts_numpy: ClassVar[bool] = True
    framework: ClassVar[str] = "jax"
    package: ClassVar[str] = __name__
    parts: ClassVar[Mapping[str, str]] = {
        "from_numpy": "validators:from_numpy",
        "devices": "validators:available",
        "on_device": "validators:as_default",
        "vjp": "validators:vjp",
        "optimize": "validators:optimize",
        "op": "functions:JaxFunction",
        "activation": "functions:JaxFunction",
        "loss": "functions:JaxFunction",
        "optimizer": "optimizers:optimizer_form",
    }


HOST = JaxHost()
