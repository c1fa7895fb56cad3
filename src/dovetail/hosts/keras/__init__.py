"""Keras 3 as a host. Importing this imports no Keras; the host does, when it is asked.

Keras stands above a backend, and this host above the host of that backend: what reaches it
are symbolic tensors and variables of Keras. A call on a backend's own tensors goes to that
backend's host and never comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, ClassVar

from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host, Validator
from dovetail.language.trace import ArraySpec


class KerasHost(Host):
    """Extensions on Keras' tensors and variables, and as its functions, layers and so on."""

    name: ClassVar[str] = "keras"
    accepts: ClassVar[frozenset[str]] = frozenset({"numpy", "torch", "jax", "tensorflow"})
    array_types: ClassVar[frozenset[str]] = frozenset({
        "keras.src.backend.common.keras_tensor.KerasTensor",
        "keras.src.backend.common.variables.Variable",
    })  # fmt: skip

    def spec(self, array: Any) -> ArraySpec:
        from dovetail.hosts.keras.tensors import spec

        return spec(array)

    def caller(self, extension: Any) -> Caller:
        from dovetail.hosts.keras.symbolic import caller

        return caller(self, extension)

    def from_numpy(self, array: Any) -> Any:
        from dovetail.hosts.keras.tensors import from_numpy

        return from_numpy(array)

    def to_numpy(self, array: Any) -> Any:
        from dovetail.hosts.keras.tensors import to_numpy

        return to_numpy(array)

    def validators(self) -> Sequence[Validator]:
        from dovetail.hosts.keras.validators import VALIDATORS

        return VALIDATORS

    def versions(self) -> dict[str, str]:
        from dovetail.hosts.keras.validators import versions

        return versions()

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        from dovetail.hosts.keras.validators import optimize

        return optimize(optimizer, params, gradients)

    # The forms.

    def op(self, extension: Any) -> Any:
        """A function of backend and symbolic tensors, registered for saving."""
        from dovetail.hosts.keras.functions import function_form

        return function_form(extension)

    def activation(self, extension: Any) -> Any:
        """A function, registered for saving, that `keras.activations.get` knows by name."""
        from dovetail.hosts.keras.functions import activation_form

        return activation_form(extension)

    def loss(self, extension: Any) -> Any:
        """A class of `keras.losses.Loss`."""
        from dovetail.hosts.keras.losses import loss_form

        return loss_form(extension)

    def layer(self, definition: Any) -> Any:
        """A class of `keras.layers.Layer`; of an instance, such a layer."""
        from dovetail.hosts.keras.layers import layer_form

        return layer_form(definition)

    def optimizer(self, definition: Any) -> Any:
        """A class of `keras.optimizers.Optimizer`; of an instance, such an optimizer."""
        from dovetail.hosts.keras.optimizers import optimizer_form

        return optimizer_form(definition)


HOST = KerasHost()


def register(*definitions: Any) -> None:
    """Make Keras know definitions, so that saved models with them can be loaded.

    Each is a definition, or a module, of which all are taken: `register(dt, my_pieces)`.
    Asking for a definition's `.keras` registers it, too.
    """
    from dovetail.hosts.keras.registration import definitions_in

    for each in definitions:
        found = definitions_in(each) if isinstance(each, ModuleType) else [each]
        for definition in found:
            _ = definition.keras


__all__ = ["HOST", "KerasHost", "register"]
