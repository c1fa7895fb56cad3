"""TensorFlow as a host. Importing this module does not import TensorFlow; using the host does."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from dovetail.errors import DovetailError
from dovetail.hosts.framework import FrameworkHost


class TensorflowHost(FrameworkHost):
    """Extensions on tensors and variables, and as functions and modules of TensorFlow.

    NumPy arrays may be mixed with tensors, as in TensorFlow's own functions.
    """

    name: ClassVar[str] = "tensorflow"
    accepts_numpy: ClassVar[bool] = True
    array_types: ClassVar[frozenset[str]] = frozenset({
        "tensorflow.python.framework.tensor.Tensor",  # eager and symbolic
        "tensorflow.python.ops.variables.Variable",
        "tensorflow.python.ops.resource_variable_ops.BaseResourceVariable",
        "tensorflow.python.distribute.values.DistributedVariable",
    })  # fmt: skip
    framework: ClassVar[str] = "tensorflow"  # imported first: `arrived` imports our parts, too
    package: ClassVar[str] = __name__
    parts: ClassVar[Mapping[str, str]] = {
        "from_numpy": "dtypes:from_numpy",
        "vjp": "validators:vjp",
        "op": "registration:registered",
        "activation": "registration:registered",
        "loss": "registration:registered",
    }

    def to_numpy(self, array: Any) -> Any:
        return array.numpy()

    def optimizer(self, definition: Any) -> Any:
        """The form that Keras has."""
        return definition.keras


HOST = TensorflowHost()


def arrived() -> None:
    """Register our op once TensorFlow has been imported, so that SavedModels with it can be loaded.

    Where that fails, the first use of the host raises the reason.
    """
    if f"{__name__}.dtypes" in sys.modules:
        return  # this package imports it, and registers at the first use
    with contextlib.suppress(DovetailError, OSError, AttributeError):
        importlib.import_module(f"{__name__}.registration").register()
