"""Put other layers in the place of some, wherever a model holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.sequential import Sequential
from dovetail.library.layers import Activation

REMOVED = object()  # in place of a layer that passes its input on


def replace_layers(model: Any, replacements: Mapping[int, Any]) -> None:
    """Replace layers of this model, which are known by their ids.

    A layer that is `REMOVED` leaves a sequence; elsewhere the identity takes its place.
    """
    for layer, _ in model.walk():
        for name, value in list(vars(layer).items()):
            if name in layer._own:
                continue
            new = _replaced(value, replacements, isinstance(layer, Sequential))
            if new is not value:
                setattr(layer, name, new)
                if isinstance(layer, Sequential) and name == "layers":
                    layer.__dict__["_given"] = (new, {"seed": layer.seed})
    model.build(*model.input_specs)


def _replaced(value: Any, replacements: Mapping[int, Any], may_drop: bool) -> Any:
    """The value, with layers in it replaced; itself if none is."""
    if isinstance(value, LayerTree):
        new = replacements.get(id(value), value)
        return Activation("linear") if new is REMOVED else new
    if isinstance(value, dict):
        found = {key: _replaced(each, replacements, False) for key, each in value.items()}
        return found if any(found[key] is not each for key, each in value.items()) else value
    if isinstance(value, (tuple, list)):
        left = [
            each for each in value
            if not (may_drop and replacements.get(id(each)) is REMOVED)
        ] or list(value[:1])  # fmt: skip
        items = [_replaced(each, replacements, may_drop) for each in left]
        same = len(items) == len(value) and all(a is b for a, b in zip(items, value, strict=True))
        return value if same else type(value)(items)
    return value
