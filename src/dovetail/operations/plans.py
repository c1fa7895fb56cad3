"""Plans that compiled code finds by a key: what a framework's kernel keeps between calls.

A kernel of a host lays out what matters of its arguments (types, sizes, strides) as 64-bit
words, mixes them into a hash, and looks its plan up with `find` (IR text below). Where there
is none it asks Python, which adds one. A plan starts with the words `HEAD`; what follows is
the host's own. Compiled code reads while Python adds, without a lock: a table is
published by one store, and never changes except from an empty place to a plan.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from dovetail.compile.cpu.ir import field

HEAD = ("hash", "length", "key")
CACHE_SIZE = 8192  # plans in one table

# The hash of a key, in IR: h = seed, then for each word h = mix(h ^ word).
SEED = -3750763034362895579
FACTOR = -7046029254386353131


FIND = f"""
declare i32 @memcmp(ptr, ptr, i64)

; Mixes the words of one argument into the hash.
define internal i64 @mix(i64 %hash, ptr %words, i64 %count) {{
entry:
  br label %check
check:
  %i = phi i64 [0, %entry], [%next, %run]
  %h = phi i64 [%hash, %entry], [%h.next, %run]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %run, label %exit
run:
  %word.at = getelementptr i64, ptr %words, i64 %i
  %word = load i64, ptr %word.at
  %h1 = xor i64 %h, %word
  %h2 = mul i64 %h1, {FACTOR}
  %h3 = lshr i64 %h2, 29
  %h.next = xor i64 %h2, %h3
  %next = add i64 %i, 1
  br label %check
exit:
  ret i64 %h
}}

; The plan with this key, or null.
define internal ptr @find(ptr %table, i64 %hash, ptr %key, i64 %length) {{
entry:
  %mask = load i64, ptr %table
  %bytes = mul i64 %length, 8
  br label %probe
probe:
  %turn = phi i64 [%hash, %entry], [%following, %other]
  %place = and i64 %turn, %mask
  %index = add i64 %place, 1
  %entry.at = getelementptr ptr, ptr %table, i64 %index
  %plan = load ptr, ptr %entry.at
  %none = icmp eq ptr %plan, null
  br i1 %none, label %missing, label %look
look:
{field("plan", HEAD, "hash")}
{field("plan", HEAD, "length")}
{field("plan", HEAD, "key", "ptr")}
  %same.hash = icmp eq i64 %plan.hash, %hash
  %same.length = icmp eq i64 %plan.length, %length
  %likely = and i1 %same.hash, %same.length
  br i1 %likely, label %compare, label %other
compare:
  %difference = call i32 @memcmp(ptr %plan.key, ptr %key, i64 %bytes)
  %same = icmp eq i32 %difference, 0
  br i1 %same, label %found, label %other
other:
  %following = add i64 %turn, 1
  br label %probe
found:
  ret ptr %plan
missing:
  ret ptr null
}}
"""


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

    def add(self, digest: int, key: Any, rest: Iterable[int]) -> int:
        """A plan for a key: the words of its head, then the rest. Its address."""
        plan = self.words([digest, len(key), self.array(key), *rest])
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
