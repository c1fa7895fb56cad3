"""@dt.activation: one array in, an array of the same shape out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dovetail.errors import DefinitionError
from dovetail.extension.base import Arguments, Extension, Result
from dovetail.extension.call_errors import output_count
from dovetail.extension.signature import Signature
from dovetail.language.tracer import Tracer
from dovetail.language.tree import LEAF, Tree


class Activation(Extension[Arguments, Result]):
    """One array in, an array of the same shape out; hyperparameters have defaults."""

    kind = "activation"

    def _read_signature(self) -> Signature:
        signature = super()._read_signature()
        if len(signature.array_names) != 1 or signature.variadic is not None:
            listed = ", ".join(signature.array_names) or "(none)"
            raise DefinitionError(
                f"activation {self.name} takes {len(signature.array_names)} arrays: {listed}",
                "one argument without default",
                "declare it with @dt.op, or give hyperparameters a default",
                self.location,
            )
        return signature

    def check_outputs(self, values: list[Any], leaves: list[Tracer], structure: Tree) -> None:
        if structure != LEAF:
            raise output_count(self.name, "one array", len(leaves), self.location)
        given: Any = values[self.signature.index[self.signature.array_names[0]]]
        shape = getattr(given, "shape", ())
        if leaves[0].shape != shape:
            raise DefinitionError(
                f"activation {self.name} returned shape {leaves[0].shape}",
                f"the shape of its argument, {shape}",
                "declare it with @dt.op, which may change the shape",
                self.location,
            )


def activation(
    definition: Callable[Arguments, Result], *, name: str | None = None
) -> Activation[Arguments, Result]:
    """An extension of one array that returns an array of the same shape."""
    return Activation(definition, name=name)
