"""The forward pass of a layer as an extension that a layer of Keras calls."""

from __future__ import annotations

from typing import Any

from dovetail.extension.binding import Binding
from dovetail.extension.program import LayerFunction
from dovetail.extension.signature import Argument, Signature
from dovetail.extension.values import as_tracer
from dovetail.graph.dtypes import as_dtype
from dovetail.language.namespace import FUNCTIONS
from dovetail.language.tree import map_leaves


class LayerCall(LayerFunction):
    """(*inputs, parameters_, states_, ...) -> (output, the states that it changes).

    The inputs come first, so that their type selects the host. Parameters and states are
    dicts by path. `training_`: the mode, except of the layers whose paths are in `inferring_`.
    `dtype_`: the type of floating outputs, or None for what the maths gives; half
    precisions are rounded once, where the output is stored.
    """

    def _read_signature(self) -> Signature:
        _, _, *inputs, _ = super()._read_signature().arguments
        added = [Argument(name, True, keyword_only=True) for name in ("parameters_", "states_")]
        added.append(Argument("training_", False, False, keyword_only=True))
        added.append(Argument("inferring_", False, (), keyword_only=True))
        added.append(Argument("dtype_", False, None, keyword_only=True))
        return Signature(self.name, (*inputs, *added), self.location)

    def _apply(
        self,
        *inputs: Any,
        parameters_: Any,
        states_: Any,
        training_: bool = False,
        inferring_: tuple[str, ...] = (),
        dtype_: str | None = None,
        **kwargs: Any,
    ) -> tuple[Any, dict[str, Any]]:
        modes = {"": True, **dict.fromkeys(inferring_, False)}
        binding = Binding({**parameters_, **states_}, modes if training_ else False)
        output = binding.forward(self.layer, inputs, kwargs)
        if dtype_ is not None:
            output = map_leaves(lambda leaf: _rounded(leaf, dtype_), output)
        return output, dict(binding.new_states) if training_ else {}


def _rounded(value: Any, dtype: str) -> Any:
    array = as_tracer(value)
    return FUNCTIONS["astype"](array, as_dtype(dtype)) if array.dtype.is_floating else array
