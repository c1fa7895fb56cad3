"""The forward pass of a layer as an extension that a framework's layer calls.

The inputs come first, so that their type finds the host at once. Only states that the pass
has assigned are returned, and none outside training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dovetail.extension.base import Extension
from dovetail.extension.binding import Binding
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import as_tracer
from dovetail.graph.dtypes import as_dtype
from dovetail.language.namespace import FUNCTIONS
from dovetail.language.tree import map_leaves

if TYPE_CHECKING:
    from dovetail.extension.layer import Layer

PARAMETERS, STATES, TRAINING, DTYPE = "parameters_", "states_", "training_", "dtype_"


class LayerCall(Extension):
    """(*inputs, parameters_, states_, training_, dtype_) -> (output, the new states).

    Parameters and states are dicts by path. `dtype_`: the type of floating outputs, or None
    for what the maths gives; half precisions are rounded once, where the output is stored.
    """

    kind = "op"

    def __init__(self, layer: Layer) -> None:
        super().__init__(self._apply, name=layer.name)
        self.layer = layer
        self.__doc__ = f"The forward pass of {layer!r}."

    @property
    def location(self) -> str | None:
        return self.layer.location

    def _read_signature(self) -> Signature:
        inner = self.layer.signature
        given = [argument for argument in inner.arguments if argument.name != "training"]
        added = [Argument(name, True, keyword_only=True) for name in (PARAMETERS, STATES)]
        added.append(Argument(TRAINING, False, False, keyword_only=True))
        added.append(Argument(DTYPE, False, None, keyword_only=True))
        return Signature(self.name, (*given, *added), inner.location)

    def _apply(
        self,
        *inputs: Any,
        parameters_: Any,
        states_: Any,
        training_: bool = False,
        dtype_: str | None = None,
        **kwargs: Any,
    ) -> tuple[Any, dict[str, Any]]:
        binding = Binding({**parameters_, **states_}, training_)
        shadow = binding.shadow(self.layer)
        output = binding.call(shadow, shadow.forward, inputs, kwargs, training_)
        if dtype_ is not None:
            output = map_leaves(lambda leaf: _rounded(leaf, dtype_), output)
        return output, dict(binding.new_states) if training_ else {}


def _rounded(value: Any, dtype: str) -> Any:
    array = as_tracer(value)
    return FUNCTIONS["astype"](array, as_dtype(dtype)) if array.dtype.is_floating else array
