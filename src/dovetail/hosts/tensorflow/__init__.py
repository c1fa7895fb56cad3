"""TensorFlow as a host. Importing this imports no TensorFlow; the host does, when it is asked."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

from dovetail.errors import DovetailError
from dovetail.extension.dispatch import Caller
from dovetail.hosts.protocol import Host, Validator
from dovetail.language.trace import ArraySpec


class TensorflowHost(Host):
    """Extensions on tensors and variables, and as functions and modules of TensorFlow.

    NumPy arrays may stand beside tensors, as in TensorFlow's own functions.
    """

    name: ClassVar[str] = "tensorflow"
    accepts_numpy: ClassVar[bool] = True
    array_types: ClassVar[frozenset[str]] = frozenset({
        "tensorflow.python.framework.tensor.Tensor",  # eager and symbolic
        "tensorflow.python.ops.variables.Variable",
        "tensorflow.python.ops.resource_variable_ops.BaseResourceVariable",
        "tensorflow.python.distribute.values.DistributedVariable",
    })  # fmt: skip

    def spec(self, array: Any) -> ArraySpec:
        return _part("dtypes").spec(array)

    def caller(self, extension: Any) -> Caller:
        return _part("caller").caller(self, extension)

    def from_numpy(self, array: Any) -> Any:
        return _part("dtypes").from_numpy(array)

    def to_numpy(self, array: Any) -> Any:
        return array.numpy()

    def validators(self) -> Sequence[Validator]:
        return _part("validators").VALIDATORS

    def versions(self) -> dict[str, str]:
        return _part("validators").versions()

    def pull(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        return _part("validators").pull(extension, args, settings, cotangents)

    # The forms.

    def op(self, extension: Any) -> Any:
        _part("library").register()
        return extension

    def activation(self, extension: Any) -> Any:
        return self.op(extension)

    def loss(self, extension: Any) -> Any:
        return self.op(extension)

    def layer(self, definition: Any) -> Any:
        return _part("layers").module(definition)

    def optimizer(self, definition: Any) -> Any:
        """The form that Keras has."""
        return definition.keras


HOST = TensorflowHost()


def _part(name: str) -> Any:
    """A module of this package, each of which imports TensorFlow."""
    importlib.import_module("tensorflow")  # first: `arrived` imports them, too
    return importlib.import_module(f"{__name__}.{name}")


def arrived() -> None:
    """TensorFlow has been imported: make it know our op, so that SavedModels with it can be loaded.

    Where that fails, the first use of the host says why.
    """
    if f"{__name__}.dtypes" in sys.modules:
        return  # it is imported by this package itself, which registers at the first use
    with contextlib.suppress(DovetailError, OSError, AttributeError):
        importlib.import_module(f"{__name__}.library").register()
