"""JAX as a host. Importing this imports no JAX; the host does, when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host, Validator
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

    def from_numpy(self, array: Any) -> Any:
        from dovetail.hosts.jax.validators import from_numpy

        return from_numpy(array)

    def validators(self) -> Sequence[Validator]:
        from dovetail.hosts.jax.validators import VALIDATORS

        return VALIDATORS

    def versions(self) -> dict[str, str]:
        from dovetail.hosts.jax.validators import versions

        return versions()

    def pull(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        from dovetail.hosts.jax.validators import pull

        return pull(extension, args, settings, cotangents)

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        from dovetail.hosts.jax.validators import optimize

        return optimize(optimizer, params, gradients)

    def op(self, extension: Any) -> Any:
        return self._function(extension)

    def activation(self, extension: Any) -> Any:
        return self._function(extension)

    def loss(self, extension: Any) -> Any:
        return self._function(extension)

    def _function(self, extension: Any) -> Any:
        from dovetail.hosts.jax.functions import function_form

        return function_form(extension)

    def layer(self, definition: Any) -> Any:
        from dovetail.hosts.jax.layers import layer_form

        return layer_form(definition)

    def optimizer(self, definition: Any) -> Any:
        from dovetail.hosts.jax.optimizers import optimizer_form

        return optimizer_form(definition)


HOST = JaxHost()
