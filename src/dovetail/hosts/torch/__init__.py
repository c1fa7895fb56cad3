"""PyTorch as a host. Importing this module does not import PyTorch; using the host does."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from dovetail.hosts.framework import FrameworkHost


class TorchHost(FrameworkHost):
    """Extensions on tensors, and as modules, losses and optimizers of PyTorch."""

    name: ClassVar[str] = "torch"
    array_types: ClassVar[frozenset[str]] = frozenset({"torch.Tensor", "torch.fx.proxy.Proxy"})
    framework: ClassVar[str] = "torch"
    package: ClassVar[str] = __name__
    parts: ClassVar[Mapping[str, str]] = {
        "from_numpy": "dtypes:from_numpy",
        "to_numpy": "dtypes:to_numpy",
        "devices": "devices:available",
        "on_device": "devices:as_default",
        "vjp": "validators:vjp",
        "optimize": "optimizers:optimize",
        "activation": "modules:activation_form",
        "loss": "modules:loss_form",
        "optimizer": "optimizers:optimizer_form",
        "traced": "symbolic_trace:extension_node",
        "traces_python": "dynamo:is_tracing_code",
    }

    def op(self, extension: Any) -> Any:
        return extension

    def hand_over(
        self, extension: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: Exception
    ) -> Any:
        node = self.part("traced")(extension, args, kwargs)
        handed: Any = super().hand_over
        return handed(extension, args, kwargs, error) if node is NotImplemented else node


HOST = TorchHost()


def arrived() -> None:
    """Register the operator of kept graphs once PyTorch has been imported, to load such files."""
    importlib.import_module(f"{__name__}.kept_calls").register()
