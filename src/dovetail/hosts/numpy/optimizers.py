"""Updates of many NumPy arrays in one native call.

The tables of the call (compile/cpu/multi_tensor.py) are cached for the parameters and states
of the last one. Arrays that they cannot hold, for example not contiguous ones or those that share
memory, are updated one by one instead.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from dovetail.compile.cpu import threads
from dovetail.compile.cpu.multi_tensor import GRADIENT, INVERSE_SCALE, STEP, MultiTensor
from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.graph.dtypes import FLOATING, as_dtype
from dovetail.operations.optimizer_group import update_of

Array = np.ndarray[Any, Any]

_ndarray = np.ndarray
_known: weakref.WeakKeyDictionary[GroupUpdate, _Tables] = weakref.WeakKeyDictionary()
_types = frozenset(dtype.numpy for dtype in FLOATING)


def _address(array: Array) -> int:
    return array.__array_interface__["data"][0]


class _Tables:
    """Parameters and their states, and the call that updates them."""

    def __init__(self, arrays: Sequence[Array], rows: int, table: MultiTensor) -> None:
        # A weak reference also keeps NumPy from resizing the array.
        self.references = [weakref.ref(array) for array in arrays]
        self.shapes = [array.shape for array in arrays[:rows]]
        self.all_types = [array.dtype for array in arrays]
        self.types = self.all_types[:rows]
        self.sizes = np.array([array.nbytes for array in arrays[:rows]], np.int64)
        self.table = table
        self.lock = threading.Lock()
        first = np.array([_address(array) for array in arrays], np.int64)
        last = first + np.array([array.nbytes for array in arrays], np.int64)
        order = np.argsort(first, kind="stable")
        self.first, self.last = first[order], last[order]

    @property
    def disjoint(self) -> bool:
        """Whether no two of the arrays share memory."""
        return bool((self.last[:-1] <= self.first[1:]).all())

    def holds(self, arrays: Sequence[Array]) -> bool:
        """Whether these are the arrays, and still writeable."""
        return (
            len(arrays) == len(self.references)
            and all(map(is_, arrays, [reference() for reference in self.references]))
            and [array.dtype for array in arrays] == self.all_types
            and all([array.flags.writeable for array in arrays])  # noqa: C419 (faster)
        )

    def point_at(self, gradients: Sequence[Array]) -> bool:
        """Enter the gradients' addresses; false where the tables cannot hold them."""
        fit = (
            set(map(type, gradients)) == {_ndarray}
            and [gradient.shape for gradient in gradients] == self.shapes
            and [gradient.dtype for gradient in gradients] == self.types
            and all([gradient.flags.c_contiguous for gradient in gradients])  # noqa: C419
            and all([gradient.flags.aligned for gradient in gradients])  # noqa: C419
        )
        if not fit:
            return False
        column = self.table.bases[:, GRADIENT]
        column[:] = [_address(gradient) for gradient in gradients]
        ends = column + self.sizes
        before = np.searchsorted(self.first, ends) - 1  # the last array that begins before the end
        return not ((before >= 0) & (self.last[before] > column) & (self.sizes > 0)).any()


def update_in_place(
    program: GroupUpdate,
    params: Sequence[Any],
    gradients: Sequence[Any],
    states: Sequence[Sequence[Any]],
    step: int,
    hyper: Mapping[str, float],
) -> bool:
    """Update all parameters that have a gradient, with their states; whether it was done."""
    if any([gradient is None for gradient in gradients]):  # noqa: C419 (faster)
        present = [number for number, gradient in enumerate(gradients) if gradient is not None]
        params, gradients, *states = (
            [column[number] for number in present] for column in (params, gradients, *states)
        )
    if not params:
        return True
    arrays = [*params, *chain.from_iterable(states)]
    tables = _known.get(program)
    if tables is None or not tables.holds(arrays):
        tables = _made(program, arrays, len(params))
        if tables is None:
            return False
        _known[program] = tables
    if not tables.lock.acquire(blocking=False):  # another thread has the tables
        return False
    try:
        if not tables.point_at(gradients):
            return False
        table = tables.table
        table.scalars[STEP] = step
        table.scalars[INVERSE_SCALE + 1 :] = [hyper[name] for name in program.floats]
        norm, value = hyper.get("clip_norm"), hyper.get("clip_value")
        return table.run(threads.parallel_for_address(), norm, value)
    finally:
        tables.lock.release()


def _made(program: GroupUpdate, arrays: Sequence[Any], rows: int) -> _Tables | None:
    """Tables for parameters and states, if they are plain memory and the rule is flat."""
    for array in arrays:
        if type(array) is not _ndarray or not array.flags.carray or array.dtype not in _types:
            return None
    optimizer = program.optimizer
    items: list[tuple[Any, int]] = []
    for number, param in enumerate(arrays[:rows]):
        dtype = as_dtype(param.dtype)
        update = update_of(program, param.shape, dtype)
        if update is None:
            return None
        items.append((update, param.size))
        for column, declaration in enumerate(optimizer.kept_states.values(), 1):
            state = arrays[column * rows + number]
            if (state.shape, as_dtype(state.dtype)) != optimizer.state_type(
                declaration, param.shape, dtype
            ):
                return None
    states = len(optimizer.kept_states)
    table = MultiTensor(items, 2 + states, len(program.scalars))
    for column in range(1 + states):
        role = column + 1 if column else 0
        members = arrays[column * rows : (column + 1) * rows]
        table.bases[:, role] = [_address(array) for array in members]
    tables = _Tables(arrays, rows, table)
    return tables if tables.disjoint else None
