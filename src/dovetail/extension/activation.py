"""@dt.activation: one array in, an array of the same shape out."""

from __future__ import annotations

from typing import Any

from dovetail.errors import ActivationArityError, OutputCountError, OutputShapeError
from dovetail.extension.base import Extension
from dovetail.extension.signature import Signature
from dovetail.extension.values import leaves_of
from dovetail.language.tracer import Tracer
from dovetail.language.tree import LEAF, Tree


class Activation(Extension):
    """One array in, an array of the same shape out; hyperparameters have defaults."""

    kind = "activation"

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        if len(signature.array_names) != 1 or signature.variadic is not None:
            raise ActivationArityError(self.name, signature.array_names, self.location)
        return signature

    def check_outputs(self, values: list[Any], leaves: list[Tracer], structure: Tree) -> None:
        if structure != LEAF:
            raise OutputCountError(self.name, "one array", len(leaves), self.location)
        position = self.signature.index[self.signature.array_names[0]]
        given = leaves_of(values[position])[0]
        shape = given.shape if isinstance(given, Tracer) else getattr(given, "shape", ())
        if leaves[0].shape != shape:
            raise OutputShapeError(
                f"activation {self.name}",
                leaves[0].shape,
                f"the shape of its argument, {shape}",
                "declare it with @dt.op, which may change the shape",
                self.location,
            )


activation = Activation
