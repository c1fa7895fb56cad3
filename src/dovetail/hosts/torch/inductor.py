"""Operators inside torch.compile, on devices without kernels of ours: PyTorch's functions, fused.

Inductor, the compiler of torch.compile, replaces operators by rows of its table of decompositions.
There each of ours is its composite (composite.py), which Inductor fuses with what stands around it.
On the CPU, where there is a kernel, the operator stays one call; so it does where a composite
cannot be written, such as a loop whose steps are not known. For what has a decomposition Inductor
makes no such call by itself, so each operator has a row among its lowerings, too.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

from torch._library.utils import get_layout_constraint_tag

from dovetail.errors import UnsupportedError
from dovetail.hosts.import_hook import when_imported
from dovetail.hosts.torch.composite import composite
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.operations.operation import Operation

_LOWERING = "torch._inductor.lowering"  # which imports the decompositions
KERNELS = frozenset({"cpu"})  # devices with kernels of ours
_rows: dict[Any, Callable[..., Any]] = {}


def offer(overload: Any, operation: Operation, lists: bool) -> None:
    """Tell Inductor of an operator; `lists`: it takes and returns lists."""

    @dynamo_skip
    def fused(*args: Any) -> Any:
        flat = (*args[0], *args[1]) if lists else args
        arrays = flat[: operation.arrays]
        if all(each.device.type in KERNELS for each in arrays):
            return NotImplemented
        try:
            found = composite(operation, arrays, flat[operation.arrays :])
        except UnsupportedError:
            return NotImplemented
        if lists:
            return found
        return found[0] if len(found) == 1 else tuple(found)

    _rows[overload] = fused
    if len(_rows) == 1:
        when_imported(_LOWERING, lambda: _tell(list(_rows)))
    elif (lowering := sys.modules.get(_LOWERING)) is not None and _told(lowering):
        _tell([overload])


def _told(lowering: Any) -> bool:
    """Whether Inductor has been imported as a whole and has the first rows."""
    return next(iter(_rows)) in getattr(lowering, "lowerings", ())


def _tell(overloads: Sequence[Any]) -> None:
    lowering: Any = sys.modules[_LOWERING]
    decomposition: Any = importlib.import_module("torch._inductor.decomposition")
    for overload in overloads:
        tag = get_layout_constraint_tag(overload, with_default=True)
        lowering.make_fallback(
            overload, lowering.tag_to_layout_constraint(tag), warn=False, override_decomp=True
        )
        decomposition.decompositions[overload] = _rows[overload]
    decomposition.fast_random_decomps.cache_clear()  # a copy of them
