"""Keras 3 as a host. Importing this module does not import Keras; using the host does.

Keras runs on a backend, and this host on the host of that backend: it handles symbolic tensors
and variables of Keras. A call on a backend's own tensors goes to that backend's host.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from dovetail.hosts.framework import FrameworkHost


class KerasHost(FrameworkHost):
    """Extensions on Keras' tensors and variables, and as its functions, layers and so on.

    An op is a function of backend and symbolic tensors, registered for saving; an activation
    one that `keras.activations.get` knows by name, too. A loss, a layer and an optimizer are
    classes of Keras'; of an instance, such an instance.
    """

    name: ClassVar[str] = "keras"
    accepts: ClassVar[frozenset[str]] = frozenset({"numpy", "torch", "jax", "tensorflow"})
    array_types: ClassVar[frozenset[str]] = frozenset({
        "keras.src.backend.common.keras_tensor.KerasTensor",
        "keras.src.backend.common.variables.Variable",
    })  # fmt: skip
    framework: ClassVar[str] = "keras"
    package: ClassVar[str] = __name__
    parts: ClassVar[Mapping[str, str]] = {
        "spec": "tensors:spec",
        "caller": "symbolic:caller",
        "from_numpy": "tensors:from_numpy",
        "to_numpy": "tensors:to_numpy",
        "optimize": "validators:optimize",
        "op": "functions:function_form",
        "activation": "functions:activation_form",
        "loss": "losses:loss_form",
        "optimizer": "optimizers:optimizer_form",
    }

    def frameworks(self) -> frozenset[str]:
        return frozenset({self.framework, backend()})


def backend() -> str:
    """The backend of Keras, or the one that Keras will choose. Imports nothing."""
    keras = sys.modules.get("keras")
    if keras is not None:
        return keras.config.backend()
    chosen = os.environ.get("KERAS_BACKEND")
    if not chosen:
        folder = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
        try:
            chosen = json.loads(Path(folder, "keras.json").read_text()).get("backend")
        except (OSError, ValueError):
            chosen = None
    return chosen or "tensorflow"


HOST = KerasHost()


def arrived() -> None:
    """Let Keras find definitions by name, once it has been imported, when a file is loaded."""
    with contextlib.suppress(ImportError, AttributeError):  # another Keras than ours
        importlib.import_module(f"{__name__}.custom_objects").install()


def register(*definitions: Any) -> None:
    """Make Keras know definitions, whatever a saved model names them by.

    Each is a definition, or a module, of which all are taken: `register(my_pieces)`. Definitions
    of Dovetail, of modules that are imported and of `__main__` are found without this.
    """
    from dovetail.hosts.keras.registration import definitions_in

    for each in definitions:
        found = definitions_in(each) if isinstance(each, ModuleType) else [each]
        for definition in found:
            _ = definition.keras


__all__ = ["HOST", "KerasHost", "register"]
