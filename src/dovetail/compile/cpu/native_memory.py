"""Recycled memory for compiled code: large blocks whose pages are already there.

    ptr take(i64 size)
    void give(ptr block, i64 size)
    void in_huge_pages(ptr data, i64 size)

`size` is one of those of `memory.rounded`. A block that is given back waits for the next `take`
of its size; what would exceed `Options.buffer_pool_bytes` goes back to the system. Blocks of
2 MiB and more ask for huge pages. Both may be called from any thread, with or without the
interpreter lock; where another thread holds the pool for long (or held it when this process was
forked), they pass it by and ask the C library. The third asks for huge pages where the memory is
somebody else's and not written to yet: a page of 2 MiB is given as fast as ten of 4 KiB.
"""

from __future__ import annotations

import ctypes
import functools

from dovetail.compile.cpu import native
from dovetail.compile.cpu.memory import HUGE_PAGE
from dovetail.options import options

_SLOTS = 256  # free blocks
_PATIENCE = 4096  # attempts at the lock

_TEXT = f"""
declare i32 @posix_memalign(ptr, i64, i64)
declare i32 @madvise(ptr, i64, i32)
declare void @free(ptr)

@limit = global i64 0
@held = global i64 0
@lock = internal global i32 0, align 64
@used = internal global i64 0
@blocks = internal global [{_SLOTS} x ptr] zeroinitializer
@sizes = internal global [{_SLOTS} x i64] zeroinitializer

define internal i1 @acquire() {{
entry:
  br label %try
try:
  %turn = phi i64 [0, %entry], [%next, %again]
  %swap = cmpxchg ptr @lock, i32 0, i32 1 acquire monotonic
  %got = extractvalue {{ i32, i1 }} %swap, 1
  br i1 %got, label %yes, label %again
again:
  %next = add i64 %turn, 1
  %over = icmp sgt i64 %next, {_PATIENCE}
  br i1 %over, label %no, label %try
yes:
  ret i1 true
no:
  ret i1 false
}}

define internal ptr @fresh(i64 %size) {{
entry:
  %place = alloca ptr
  store ptr null, ptr %place
  %huge = icmp uge i64 %size, {HUGE_PAGE}
  %alignment = select i1 %huge, i64 {HUGE_PAGE}, i64 64
  %status = call i32 @posix_memalign(ptr %place, i64 %alignment, i64 %size)
  %block = load ptr, ptr %place
  br i1 %huge, label %advise, label %done
advise:
  %ignored = call i32 @madvise(ptr %block, i64 %size, i32 14)
  br label %done
done:
  ret ptr %block
}}

define void @in_huge_pages(ptr %data, i64 %size) {{
  %first = ptrtoint ptr %data to i64
  %end = add i64 %first, %size
  %above = add i64 %first, {HUGE_PAGE - 1}
  %start = and i64 %above, {-HUGE_PAGE}
  %stop = and i64 %end, {-HUGE_PAGE}
  %length = sub i64 %stop, %start
  %some = icmp sgt i64 %length, 0
  br i1 %some, label %advise, label %exit
advise:
  %inside = inttoptr i64 %start to ptr
  %ignored = call i32 @madvise(ptr %inside, i64 %length, i32 14)
  br label %exit
exit:
  ret void
}}

define ptr @take(i64 %size) {{
entry:
  %mine = call i1 @acquire()
  br i1 %mine, label %search, label %new
search:
  %count = load i64, ptr @used
  br label %check
check:
  %i = phi i64 [%count, %search], [%index, %other]
  %index = sub i64 %i, 1
  %left = icmp sge i64 %index, 0
  br i1 %left, label %look, label %release
look:
  %size.at = getelementptr i64, ptr @sizes, i64 %index
  %there = load i64, ptr %size.at
  %fits = icmp eq i64 %there, %size
  br i1 %fits, label %found, label %other
other:
  br label %check
found:
  %block.at = getelementptr ptr, ptr @blocks, i64 %index
  %block = load ptr, ptr %block.at
  %last = sub i64 %count, 1
  %last.block.at = getelementptr ptr, ptr @blocks, i64 %last
  %last.size.at = getelementptr i64, ptr @sizes, i64 %last
  %last.block = load ptr, ptr %last.block.at
  %last.size = load i64, ptr %last.size.at
  store ptr %last.block, ptr %block.at
  store i64 %last.size, ptr %size.at
  store i64 %last, ptr @used
  %held = load i64, ptr @held
  %less = sub i64 %held, %size
  store i64 %less, ptr @held
  store atomic i32 0, ptr @lock release, align 4
  ret ptr %block
release:
  store atomic i32 0, ptr @lock release, align 4
  br label %new
new:
  %made = call ptr @fresh(i64 %size)
  ret ptr %made
}}

define void @give(ptr %block, i64 %size) {{
entry:
  %mine = call i1 @acquire()
  br i1 %mine, label %check, label %drop
check:
  %count = load i64, ptr @used
  %held = load i64, ptr @held
  %limit = load i64, ptr @limit
  %more = add i64 %held, %size
  %room = icmp slt i64 %count, {_SLOTS}
  %allowed = icmp sle i64 %more, %limit
  %keep = and i1 %room, %allowed
  br i1 %keep, label %store, label %release
store:
  %block.at = getelementptr ptr, ptr @blocks, i64 %count
  %size.at = getelementptr i64, ptr @sizes, i64 %count
  store ptr %block, ptr %block.at
  store i64 %size, ptr %size.at
  %next = add i64 %count, 1
  store i64 %next, ptr @used
  store i64 %more, ptr @held
  store atomic i32 0, ptr @lock release, align 4
  ret void
release:
  store atomic i32 0, ptr @lock release, align 4
  br label %drop
drop:
  call void @free(ptr %block)
  ret void
}}
"""


@functools.cache
def _module() -> native.NativeModule:
    module = native.load(_TEXT)
    ctypes.c_int64.from_address(module.address("limit")).value = options().buffer_pool_bytes
    return module


def define_symbols() -> None:
    """Make the functions known to compiled code, as `dovetail_take` and so on."""
    for name in ("take", "give", "in_huge_pages"):
        native.define_symbol(f"dovetail_{name}", _module().address(name))


def held_bytes() -> int:
    """The free memory that waits for its next use."""
    return ctypes.c_int64.from_address(_module().address("held")).value
