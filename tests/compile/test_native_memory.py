"""Recycled memory for compiled code."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from dovetail.compile.cpu import memory
from dovetail.compile.cpu.memory import HUGE_PAGE, rounded
from dovetail.options import options

_memory = memory.define_symbols()
_take = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int64)(_memory.address("dovetail_take"))
give = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(_memory.address("dovetail_give"))


def take(size: int) -> int:
    block = _take(size)
    assert block
    return block


def held_bytes() -> int:
    """The free memory that waits for its next use."""
    address = memory.define_symbols().address("dovetail_memory_held")
    return ctypes.c_int64.from_address(address).value


def test_a_block_comes_back_for_its_size_and_no_other() -> None:
    """In a process of its own: a pool that earlier tests have filled keeps no more blocks."""
    code = "from tests.compile.test_native_memory import check_reuse; check_reuse()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def check_reuse() -> None:
    for size in map(rounded, [1 << 19, HUGE_PAGE, 10_000_000]):
        first = take(size)
        give(first, size)
        held = held_bytes()
        other = take(2 * size)
        assert other != first
        again = take(size)
        assert again == first
        assert held_bytes() <= held - size
        give(again, size)
        give(other, 2 * size)


def test_blocks_do_not_overlap() -> None:
    size = rounded(1 << 20)
    blocks = [take(size) for _ in range(40)]
    for number, block in enumerate(blocks):
        ctypes.memset(block, number, size)
    for number, block in enumerate(blocks):
        content = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(block))
        assert (content == number).all()
        give(block, size)


def test_large_blocks_begin_at_huge_pages() -> None:
    size = rounded(5 * HUGE_PAGE)
    block = take(size)
    assert block % HUGE_PAGE == 0
    give(block, size)


def test_what_is_kept_is_bounded() -> None:
    size = rounded(options().buffer_pool_bytes // 4)
    blocks = [take(size) for _ in range(8)]
    for block in blocks:
        give(block, size)
    assert held_bytes() <= options().buffer_pool_bytes


def test_many_threads_take_and_give() -> None:
    size = rounded(1 << 19)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(300):
            block = take(size)
            word = ctypes.c_int64.from_address(block)
            word.value = number
            if word.value != number:
                wrong.append(number)
            give(block, size)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def is_asked_for(address: int) -> bool:
    """Whether the system was asked for huge pages at an address."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        head = line.split()[0]
        if "-" in head and not head.endswith(":"):
            first, last = (int(part, 16) for part in head.split("-"))
            inside = first <= address < last
        elif inside and head == "VmFlags:":
            return "hg" in line.split()
    raise LookupError(address)


@pytest.mark.skipif(sys.platform != "linux", reason="it reads what Linux says of memory")
def test_memory_of_others_is_asked_to_lie_in_huge_pages() -> None:
    ask = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(
        memory.define_symbols().address("dovetail_in_huge_pages")
    )
    mapped = mmap.mmap(-1, 8 * HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    holder = (ctypes.c_char * len(mapped)).from_buffer(mapped)
    address = ctypes.addressof(holder)
    middle = address + 4 * HUGE_PAGE
    ask(address + 1, HUGE_PAGE)  # holds no whole huge page
    assert not is_asked_for(middle)
    ask(address, len(mapped))
    assert is_asked_for(middle)
    mapped[:] = os.urandom(16) * (len(mapped) // 16)
    del holder
