"""An optimizer's update rule for the tensors of a group, as input of one native call.

`update_of(program, shape, dtype)` is the update of one tensor as flat memory, cached for each
shape and type, or None where the rule depends on more than single elements.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from dovetail.compile.cpu.multi_tensor import FlatUpdate, flat_update
from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.graph.dtypes import DType

Shape = tuple[int, ...]

_known: WeakKeyDictionary[GroupUpdate, dict[tuple[Any, ...], FlatUpdate | None]] = (
    WeakKeyDictionary()
)


def update_of(program: GroupUpdate, shape: Shape, dtype: DType) -> FlatUpdate | None:
    """The update of a parameter of this shape and type; None where its shape matters."""
    kept = _known.setdefault(program, {})
    key = (shape, dtype)
    if key not in kept:
        kept[key] = flat_update(program.graph(shape, dtype))
    return kept[key]
