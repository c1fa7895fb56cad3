"""The table in which compiled code finds the plan for a call."""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest

from dovetail.compile.cpu import native, plans, runtime
from dovetail.compile.cpu.plans import Plans

SEED = 0xCBF29CE484222325 - 2**64  # HASH_SEED of runtime/plans.h

CALLS = f"""
define i64 @digest(ptr %words, i64 %count) {{
  %hash = call i64 @mix(i64 {SEED}, ptr %words, i64 %count)
  ret i64 %hash
}}

define ptr @look(ptr %record, i64 %hash, ptr %key, i64 %length) {{
  %table = load ptr, ptr %record
  %plan = call ptr @find(ptr %table, i64 %hash, ptr %key, i64 %length)
  ret ptr %plan
}}

declare i32 @memcmp(ptr, ptr, i64)
"""


def table_functions() -> str:
    """`mix` and `find` of runtime/plans.h as a source that includes them has them, and calls."""
    ir = runtime.ir("torch_operator")
    pieces = [re.search(r"^%struct.PlanHead = .*$", ir, re.MULTILINE)]
    for name in ("mix", "find"):
        pieces.append(re.search(rf"^define internal [^\n]*@{name}\(.*?^}}", ir, re.M | re.S))
    text = "\n".join(piece[0] for piece in pieces if piece is not None)
    return re.sub(r" #\d+|, !llvm\.loop !\d+", "", text) + CALLS


class Table:
    """Plans, and compiled code that looks into them."""

    def __init__(self) -> None:
        self.plans = Plans()
        self.payloads: dict[int, int] = {}  # by the address of the plan
        self.record = np.zeros(1, np.int64)
        self.plans.publish(self.record, 0)
        module = native.load(table_functions())
        pointer, word = ctypes.c_void_p, ctypes.c_int64
        self._digest = ctypes.CFUNCTYPE(word, pointer, word)(module.address("digest"))
        self._look = ctypes.CFUNCTYPE(pointer, pointer, word, pointer, word)(module.address("look"))

    def digest(self, key: list[int]) -> int:
        words = np.array(key, np.int64)
        return self._digest(words.ctypes.data, len(key))

    def add(self, key: list[int], payload: int, digest: int | None = None) -> None:
        self.plans.forget()
        found = self.digest(key) if digest is None else digest
        address = self.plans.add("PlanHead", found, np.array(key, np.int64))
        self.payloads[address] = payload

    def find(self, key: list[int], digest: int | None = None) -> int | None:
        """The payload of the plan for a key."""
        words = np.array(key, np.int64)
        found = self.digest(key) if digest is None else digest
        plan = self._look(self.record.ctypes.data, found, words.ctypes.data, len(key))
        return None if plan is None else self.payloads[plan]


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_plan_is_found_by_its_whole_key(table: Table) -> None:
    table.add([3, 4, 5], 1)
    assert table.find([3, 4, 5]) == 1
    assert table.find([3, 4, 6]) is None
    assert table.find([3, 4]) is None
    assert table.find([]) is None


def test_equal_hashes_are_told_apart(table: Table) -> None:
    for number in range(20):
        table.add([number], number, digest=7)
    assert [table.find([number], digest=7) for number in range(20)] == list(range(20))
    assert table.find([20], digest=7) is None


def test_the_table_grows(table: Table) -> None:
    keys = [[n, n * n, -n] for n in range(1000)]
    for number, key in enumerate(keys):
        table.add(key, number)
    assert [table.find(key) for key in keys] == list(range(1000))


def test_very_many_plans_are_forgotten(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "CACHE_SIZE", 10)
    for number in range(25):
        table.add([number], number)
    assert [table.find([number]) for number in range(25)] == [None] * 20 + [20, 21, 22, 23, 24]


def test_hashes_differ_in_one_word(table: Table) -> None:
    digests = {table.digest([a, b]) for a in range(40) for b in range(40)}
    assert len(digests) == 1600
