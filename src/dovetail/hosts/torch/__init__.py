"""PyTorch as a host. Importing this module does not import PyTorch; using the host does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dovetail.hosts.framework import FrameworkHost


class TorchHost(FrameworkHost):
    """Extensions on tensors, and as modules, losses and optimizers of PyTorch."""

    name: ClassVar[str] = "torch"
    array_types: ClassVar[frozenset[str]] = frozenset({"torch.Tensor"})
    framework: ClassVar[str] = "torch"
    package: ClassVar[str] = __name__
    parts: ClassVar[Mapping[str, str]] = {
        "from_numpy": "conversion:from_numpy",
        "to_numpy": "conversion:to_numpy",
        "vjp": "validators:vjp",
        "optimize": "optimizers:optimize",
        "activation": "modules:activation_form",
        "loss": "modules:loss_form",
        "optimizer": "optimizers:optimizer_form",
    }

    def op(self, extension: Any) -> Any:
        return extension


HOST = TorchHost()
