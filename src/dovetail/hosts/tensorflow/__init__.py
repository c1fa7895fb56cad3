"""TensorFlow as a host. Importing this imports no TensorFlow; the host does, when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

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
        from dovetail.hosts.tensorflow.dtypes import spec

        return spec(array)

    def caller(self, extension: Any) -> Caller:
        from dovetail.hosts.tensorflow.caller import caller

        return caller(self, extension)

    def from_numpy(self, array: Any) -> Any:
        from dovetail.hosts.tensorflow.dtypes import from_numpy

        return from_numpy(array)

    def to_numpy(self, array: Any) -> Any:
        return array.numpy()

    def validators(self) -> Sequence[Validator]:
        from dovetail.hosts.tensorflow.validators import VALIDATORS

        return VALIDATORS

    def versions(self) -> dict[str, str]:
        from dovetail.hosts.tensorflow.validators import versions

        return versions()

    def pull(
        self, extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any
    ) -> Any:
        from dovetail.hosts.tensorflow.validators import pull

        return pull(extension, args, settings, cotangents)

    # The forms.

    def op(self, extension: Any) -> Any:
        from dovetail.hosts.tensorflow.library import register

        register()
        return extension

    def activation(self, extension: Any) -> Any:
        return self.op(extension)

    def loss(self, extension: Any) -> Any:
        return self.op(extension)

    def layer(self, definition: Any) -> Any:
        from dovetail.hosts.tensorflow.layers import module

        return module(definition)

    def optimizer(self, definition: Any) -> Any:
        """The form that Keras has."""
        return definition.keras


HOST = TensorflowHost()


def register() -> None:
    """Make TensorFlow know Dovetail's op, so that a SavedModel with it can be loaded."""
    from dovetail.hosts.tensorflow import library

    library.register()
