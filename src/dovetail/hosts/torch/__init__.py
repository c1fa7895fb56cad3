"""PyTorch as a host. Importing this imports no PyTorch; the host does, when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host, Validator
from dovetail.language.trace import ArraySpec


class TorchHost(Host):
    """Extensions on tensors, and as modules, losses and optimizers of PyTorch."""

    name: ClassVar[str] = "torch"
    array_types: ClassVar[frozenset[str]] = frozenset({"torch.Tensor"})

    def spec(self, array: Any) -> ArraySpec:
        from dovetail.hosts.torch.dtypes import spec

        return spec(array)

    def caller(self, extension: Any) -> Caller:
        from dovetail.hosts.torch.caller import caller

        return caller(self, extension)

    def from_numpy(self, array: Any) -> Any:
        from dovetail.hosts.torch.conversion import from_numpy

        return from_numpy(array)

    def to_numpy(self, array: Any) -> Any:
        from dovetail.hosts.torch.conversion import to_numpy

        return to_numpy(array)

    def validators(self) -> Sequence[Validator]:
        from dovetail.hosts.torch.validators import VALIDATORS

        return VALIDATORS

    def versions(self) -> dict[str, str]:
        from dovetail.hosts.torch.validators import versions

        return versions()

    def pull(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        from dovetail.hosts.torch.validators import pull

        return pull(extension, args, settings, cotangents)

    def optimizer(self, definition: Any) -> Any:
        from dovetail.hosts.torch.optimizers import optimizer_form

        return optimizer_form(definition)

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        from dovetail.hosts.torch.optimizers import optimize

        return optimize(optimizer, params, gradients)

    def op(self, extension: Any) -> Any:
        return extension

    def activation(self, extension: Any) -> Any:
        from dovetail.hosts.torch.modules import activation_form

        return activation_form(extension)

    def loss(self, extension: Any) -> Any:
        from dovetail.hosts.torch.modules import loss_form

        return loss_form(extension)

    def layer(self, definition: Any) -> Any:
        from dovetail.hosts.torch.layers import layer_form

        return layer_form(definition)


HOST = TorchHost()
