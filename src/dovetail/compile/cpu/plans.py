"""Plans that compiled code finds by a key: what a framework's kernel keeps between calls.

A kernel of a host lays out what matters of its arguments (types, sizes, strides) as 64-bit
words, mixes them into a hash, and looks its plan up with `find` (runtime/plans.h). Where there is
none it asks Python, which adds one. A plan starts with a `PlanHead`; what follows is the host's
own. Compiled code reads while Python adds, without a lock: a table is
published by one store, and never changes except from an empty place to a plan.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from dovetail.compile.cpu import runtime

CACHE_SIZE = 8192  # plans in one table


class Plans:
    """The plans of one operation; `address` of the table is published in `record[position]`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._plans: list[tuple[int, int]] = []  # hash, address
        self._kept: list[Any] = []
        self._old: list[Any] = []
        self._table = self._new_table()
        self._record: Any = None
        self._position = 0

    def publish(self, record: Any, position: int) -> None:
        """Where compiled code reads the address of the table."""
        self._record, self._position = record, position
        record[position] = self._table.ctypes.data

    def keep(self, value: Any) -> None:
        """Keep what a plan points to."""
        self._kept.append(value)

    def words(self, values: Iterable[int]) -> int:
        """The address of these words."""
        return self.array(np.array(list(values), np.int64))

    def array(self, array: Any) -> int:
        """The address of an array, which is kept."""
        self._kept.append(array)
        return array.ctypes.data

    def forget(self) -> None:
        """Make room where there are very many. Call it before a plan is made."""
        if len(self._plans) >= CACHE_SIZE:
            # Other threads may still run the old ones: they go with the generation after.
            self._old, self._kept = [self._kept, self._table], []
            self._plans.clear()
            self._table = self._new_table()
            self.publish(self._record, self._position)

    def add(self, struct: str, digest: int, key: Any, **rest: int) -> int:
        """A plan for a key, laid out as this struct of the runtime: its address."""
        head = {"hash": digest, "length": len(key), "key": self.array(key)}
        plan = self.words(runtime.words(struct, **head, **rest))
        self._plans.append((digest, plan))
        if 2 * len(self._plans) > len(self._table) - 1:
            self._kept.append(self._table)  # another thread may be reading it
            self._table = self._new_table()
            if self._record is not None:
                self.publish(self._record, self._position)
        else:
            _insert(self._table, digest, plan)
        return plan

    def _new_table(self) -> Any:
        """A hash table of the plans, open addressing, at most half full: its mask, its places."""
        size = 8
        while size < 4 * len(self._plans):
            size *= 2
        table = np.zeros(size + 1, np.int64)
        table[0] = size - 1
        for digest, address in self._plans:
            _insert(table, digest, address)
        return table


def _insert(table: Any, digest: int, address: int) -> None:
    mask = int(table[0])
    place = digest & mask
    while table[place + 1]:
        place = (place + 1) & mask
    table[place + 1] = address
