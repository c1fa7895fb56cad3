"""dt.keep_memory: glibc keeps what is freed in the process."""

from __future__ import annotations

import ctypes
import os
import tempfile
from typing import Any

from dovetail.errors import UnsupportedError

# Parameters of glibc's `mallopt`, and the values that keep freed memory: nothing is trimmed or
# mapped apart from the heap, and threads have no heaps of their own, which cannot grow so large.
_KEPT = {-1: -1, -4: 0, -8: 1}  # M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX


def keep_memory() -> None:
    """Keep memory that is freed for the next arrays, instead of returning it to the system.

    For programs of JAX on a CPU: XLA allocates the temporaries of each call anew, and the system
    maps and clears all their pages again. The training step of a small Transformer took 0.8 of the
    time (two cores of a virtual machine).

    It sets three parameters of glibc's `malloc` (mallopt(3)) for the whole process, other libraries
    included; its memory stays at the peak. Call it before a framework computes. Raises
    UnsupportedError without glibc, and where threads have heaps of their own already.
    """
    library: Any = ctypes.CDLL(None)
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_info"):
        raise UnsupportedError(
            "keep_memory: the C library of this process is not glibc",
            "Linux with glibc",
            "leave the call out, or let an allocator such as jemalloc keep memory",
        )
    if _heaps(library) > 1:
        raise UnsupportedError(
            "keep_memory: threads of this process have heaps of their own already",
            "a process in which no framework has computed yet",
            "call dt.keep_memory() right after the imports",
        )
    for parameter, value in _KEPT.items():
        library.mallopt(parameter, value)


def _heaps(library: Any) -> int:
    """How many heaps glibc has in this process."""
    with tempfile.TemporaryFile() as file:
        library.fdopen.restype = ctypes.c_void_p
        stream = ctypes.c_void_p(library.fdopen(os.dup(file.fileno()), b"w"))
        library.malloc_info(0, stream)
        library.fclose(stream)
        file.seek(0)
        return file.read().count(b"<heap nr=")
