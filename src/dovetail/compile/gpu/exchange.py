"""Totals over the lanes of a row, and over the threads of a block, in a fixed order.

Lanes of a warp exchange values by shuffles, in pairs at distances of 16, 8, ... 1, so that all of
them get the same total. Warps write theirs to shared memory and, after a barrier, each reads all.
So do the blocks of a cluster, which read the shared memory of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.compile.gpu.kernel_writer import SHARED, WARP, KernelWriter
from dovetail.compile.loops import Nest
from dovetail.compile.scalar.operations import memory_type, narrow, register_type, widen
from dovetail.compile.scalar.reductions import combine
from dovetail.graph.dtypes import DType

SLOT = 8  # bytes of a warp's total in shared memory


@dataclass(frozen=True)
class Total:
    """What is combined over threads; `slot`: its number among the totals of a kernel."""

    op: str
    dtype: DType
    value: str
    slot: int


class ExchangeWriter(KernelWriter):
    """Writes how threads combine their totals."""

    def __init__(self, nest: Nest, threads: int) -> None:
        super().__init__(nest, threads)
        self.prefix = ""  # of the names of its shared memory
        self.slots = 0  # totals that warps exchange, in two copies
        self.block_slots = 0  # those that blocks exchange, likewise

    @property
    def warps(self) -> int:
        return self.threads // WARP

    def open_exchange(self) -> None:
        """Before the first total: which lane this is, and which lanes are of its group."""
        self.thread = self.special("tid.x")
        self.warp_lane = self.integer(f"and i64 {self.thread}, {WARP - 1}")
        self.warp = self.integer(f"lshr i64 {self.thread}, {WARP.bit_length() - 1}")

    def group_totals(self, totals: Sequence[Total], lanes: str) -> list[str]:
        """Totals of a group of at most a warp; `lanes`: their number, a power of two."""
        below = self.integer(f"sub i64 {lanes}, 1")
        members = self.integer(f"sub i64 {self.integer(f'shl i64 1, {lanes}')}, 1")
        first = self.integer(f"and i64 {self.warp_lane}, {self.integer(f'xor i64 {below}, -1')}")
        mask = self.integer(f"trunc i64 {self.integer(f'shl i64 {members}, {first}')} to i32")
        slots = [self.alloca(register_type(total.dtype)) for total in totals]
        for total, slot in zip(totals, slots, strict=True):
            self.store(register_type(total.dtype), total.value, slot)
        distance = self.alloca("i64")
        self.store("i64", self.integer(f"lshr i64 {lanes}, 1"), distance)
        head, body, done = self.label("near"), self.label("pair"), self.label("total")
        self.line(f"br label %{head}")
        self.begin(head)
        offset = self.load("i64", distance)
        more = self.integer(f"icmp ne i64 {offset}, 0")
        self.line(f"br i1 {more}, label %{body}, label %{done}")
        self.begin(body)
        near = self.integer(f"trunc i64 {offset} to i32")
        for total, slot in zip(totals, slots, strict=True):
            kind = register_type(total.dtype)
            own = self.load(kind, slot)
            self.store(kind, self._with_partner(total, own, near, mask), slot)
        self.store("i64", self.integer(f"lshr i64 {offset}, 1"), distance)
        self.line(f"br label %{head}")
        self.begin(done)
        return [
            self.load(register_type(total.dtype), slot)
            for total, slot in zip(totals, slots, strict=True)
        ]

    def block_totals(self, totals: Sequence[Total], copy: str = "0") -> list[str]:
        """Totals of all threads of a block, which every thread gets.

        `copy`: 0 and 1 in turn, so that a slow warp reads its copy while others write the next.
        """
        own = [self._within_warp(total, total.value, WARP) for total in totals]
        if self.warps == 1:
            return own
        leads = self.when(self.integer(f"icmp eq i64 {self.warp_lane}, 0"))
        for total, value in zip(totals, own, strict=True):
            kind, place = memory_type(total.dtype), self._slot(total, copy, self.warp)
            self.line(f"store {kind} {narrow(self.code, total.dtype, value)}, {SHARED} {place}")
        self.otherwise(leads)
        self.barrier()
        other = self.integer(f"and i64 {self.warp_lane}, {self.warps - 1}")
        found: list[str] = []
        for total in totals:
            kind, place = memory_type(total.dtype), self._slot(total, copy, other)
            part = widen(self.code, total.dtype, self.integer(f"load {kind}, {SHARED} {place}"))
            found.append(self._within_warp(total, part, self.warps))
        return found

    def row_totals(self, totals: Sequence[Total], copy: str) -> list[str]:
        """Totals of all blocks that share a row, which every thread of each gets."""
        own = self.block_totals(totals, copy)
        if self.cluster == 1:
            return own
        first = self.when(self.integer(f"icmp eq i64 {self.thread}, 0"))
        for total, value in zip(totals, own, strict=True):
            kind, place = memory_type(total.dtype), self._block_slot(total, copy)
            self.line(f"store {kind} {narrow(self.code, total.dtype, value)}, {SHARED} {place}")
        self.otherwise(first)
        self.cluster_barrier()
        rank = self.integer(f"and i64 {self.warp_lane}, {self.cluster - 1}")
        found: list[str] = []
        for total in totals:
            there = self.of_block(rank, self._block_slot(total, copy))
            loaded = self.integer(f"load {memory_type(total.dtype)}, {there}")
            part = widen(self.code, total.dtype, loaded)
            found.append(self._within_warp(total, part, self.cluster))
        return found

    def close_exchange(self) -> None:
        """A block stays until no other one reads its shared memory."""
        if self.cluster > 1:
            self.cluster_barrier()

    def _block_slot(self, total: Total, copy: str) -> str:
        self.block_slots = max(self.block_slots, total.slot + 1)
        number = self.integer(f"add i64 {copy}, {2 * total.slot}")
        return self.integer(f"getelementptr i64, {SHARED} @{self.prefix}block_slots, i64 {number}")

    def _slot(self, total: Total, copy: str, warp: str) -> str:
        self.slots = max(self.slots, total.slot + 1)
        number = self.integer(f"mul i64 {copy}, {self.warps}")
        number = self.integer(f"add i64 {number}, {2 * total.slot * self.warps}")
        number = self.integer(f"add i64 {number}, {warp}")
        return self.integer(f"getelementptr i64, {SHARED} @{self.prefix}slots, i64 {number}")

    def _within_warp(self, total: Total, value: str, lanes: int) -> str:
        while lanes > 1:
            lanes //= 2
            value = self._with_partner(total, value, str(lanes), "-1")
        return value

    def _with_partner(self, total: Total, value: str, offset: str, mask: str) -> str:
        other = self.exchanged(value, register_type(total.dtype), offset, mask)
        return combine(self.code, total.op, total.dtype, value, other)

    def shared_variables(self) -> list[str]:
        """The declarations of what the kernel keeps in shared memory."""
        counts = {"slots": 2 * self.slots * self.warps, "block_slots": 2 * self.block_slots}
        return [
            f"@{self.prefix}{name} = internal addrspace(3) global [{count} x i64] undef,"
            f" align {SLOT}"
            for name, count in counts.items()
            if count
        ]
