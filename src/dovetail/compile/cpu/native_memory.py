"""Recycled memory for compiled code: large blocks whose pages are already there.

The code is in runtime/memory.c: `dovetail_take(size)`, `dovetail_give(block, size)` and
`dovetail_in_huge_pages(data, size)`, where `size` is one of those of `memory.rounded`. What would
exceed `Options.buffer_pool_bytes` goes back to the system.
"""

from __future__ import annotations

import ctypes
import functools

from dovetail.compile.cpu import native, runtime
from dovetail.options import options


@functools.cache
def define_symbols() -> native.NativeModule:
    """Make the functions known to compiled code; gives their module."""
    module = runtime.export("memory", "dovetail_take", "dovetail_give", "dovetail_in_huge_pages")
    limit = ctypes.c_int64.from_address(module.address("dovetail_memory_limit"))
    limit.value = options().buffer_pool_bytes
    return module
