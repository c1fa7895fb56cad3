"""PyTorch as a host. Importing this imports no PyTorch; the host does, when it is asked."""

from __future__ import annotations

from typing import Any, ClassVar

from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host
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


HOST = TorchHost()
