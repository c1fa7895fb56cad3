"""Operators inside torch.compile, on devices without kernels of ours: PyTorch's functions, fused.

Inductor, the compiler of torch.compile, replaces operators by rows of its table of decompositions.
There each of ours is its composite (composite.py), which Inductor fuses with what stands around it.
On the CPU, where there is a kernel, the operator stays one call; so it does where a composite
cannot be written, such as a loop whose steps are not known.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from dovetail.errors import UnsupportedError
from dovetail.hosts.import_hook import when_imported
from dovetail.hosts.torch.composite import composite
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.operations.operation import Operation

_MODULE = "torch._inductor.decomposition"
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

    if not _rows:
        when_imported(_MODULE, _fill)
    _rows[overload] = fused
    if getattr(sys.modules.get(_MODULE), "fast_random_decomps", None) is not None:
        _fill()


def _fill() -> None:
    module: Any = sys.modules[_MODULE]
    module.decompositions.update(_rows)
    module.fast_random_decomps.cache_clear()  # a copy of them
