"""Operators inside torch.compile, on other devices than the CPU: PyTorch's functions, fused.

Inductor, the compiler of torch.compile, replaces operators by rows of its table of decompositions.
There each of ours is its composite (composite.py), which Inductor fuses with what stands around it.
On the CPU the operator stays one call, of a kernel of ours; so it does where a composite cannot be
written, such as a loop whose steps are not known. For what has a decomposition Inductor makes no
such call by itself, so each operator has a row among its lowerings, too.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

from torch._library.utils import get_layout_constraint_tag

from dovetail.errors import UnsupportedError
from dovetail.hosts.import_hook import when_imported
from dovetail.hosts.torch.composite import composite
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.operations.operation import Operation

_LOWERING = "torch._inductor.lowering"  # which imports the decompositions
KERNELS = frozenset({"cpu"})  # devices on which an operator stays one call


class _Rows:
    """The operators' rows, which Inductor is told of as soon as it has been imported.

    The lock is held while Inductor is told, so that no operator is added in between and missed.
    """

    def __init__(self) -> None:
        self._rows: dict[Any, Callable[..., Any]] = {}
        self._imported = False
        self._lock = threading.RLock()

    def add(self, overload: Any, row: Callable[..., Any]) -> None:
        """Add an operator."""
        with self._lock:
            waits = not self._rows
            self._rows[overload] = row
            if waits:
                when_imported(_LOWERING, self._tell_all)
            elif self._imported:
                self._tell([overload])

    def _tell_all(self) -> None:
        with self._lock:
            self._imported = True
            self._tell(list(self._rows))

    def _tell(self, overloads: Sequence[Any]) -> None:
        # Another thread may still be importing it: this waits.
        lowering: Any = importlib.import_module(_LOWERING)
        decomposition: Any = importlib.import_module("torch._inductor.decomposition")
        tables = [decomposition.decompositions]
        copied = decomposition.fast_random_decomps
        if copied.cache_info().currsize:
            # A compilation that is running may hold this copy: the operators of a backward pass are
            # added when it is traced.
            tables.append(copied())
        for overload in overloads:
            tag = get_layout_constraint_tag(overload, with_default=True)
            lowering.make_fallback(
                overload, lowering.tag_to_layout_constraint(tag), warn=False, override_decomp=True
            )
            for table in tables:
                table[overload] = self._rows[overload]


_rows = _Rows()


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

    _rows.add(overload, fused)
