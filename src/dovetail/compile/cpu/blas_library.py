"""The library of BLAS and LAPACK that NumPy uses, and its Fortran functions for compiled code.

Their matrices are column-major: for a row-major C = A B, compute B^T A^T. Every argument is a
pointer; integers have the width that is returned. They must not be called from a parallel region,
because BLAS has its own threads.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_LETTERS = {"float32": "s", "float64": "d"}


def libraries() -> Iterator[ctypes.CDLL]:
    """The OpenBLAS libraries of NumPy's wheels, then those that this process has loaded."""
    for path in [*wheel_libraries(), *_loaded_libraries()]:
        with contextlib.suppress(OSError):
            yield ctypes.CDLL(path)


def wheel_libraries() -> Iterator[str]:
    """Those in the folders of NumPy's wheels."""
    package = Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs", package / ".libs"):
        for path in sorted(folder.glob("*openblas*")):
            yield str(path)


def _loaded_libraries() -> Iterator[str]:
    """Those that this process has loaded (Linux)."""
    if sys.platform != "linux":
        return
    try:
        maps = Path("/proc/self/maps").read_text(errors="surrogateescape")
    except OSError:
        return
    paths = {line[line.index("/") :] for line in maps.splitlines() if "/" in line}
    yield from sorted(path for path in paths if "openblas" in os.path.basename(path))


def _plain_bits(library: ctypes.CDLL) -> int | None:
    """The integer width of functions without a suffix, or None if it is unknown."""
    try:
        describe = library.openblas_get_config
    except AttributeError:
        return None
    describe.restype = ctypes.c_char_p
    return 64 if b"USE64BITINT" in describe() else 32


def _find(library: ctypes.CDLL, routine: str) -> tuple[int, int] | None:
    plain = _plain_bits(library)
    names = {
        f"scipy_{routine}_64_": 64,
        f"{routine}_64_": 64,
        f"scipy_{routine}_": 32,
        f"{routine}_": plain,
    }
    for name, bits in names.items():
        function = getattr(library, name, None)
        address = ctypes.cast(function, ctypes.c_void_p).value if function else None
        if address and bits:
            return address, bits
    return None


@functools.cache
def routine_address(routine: str, dtype: str) -> tuple[int, int] | None:
    """The address of a routine of NumPy's BLAS or LAPACK, and the width of its integers in bits.

    None for data types other than float32 and float64, or if NumPy does not use OpenBLAS.
    """
    letter = _LETTERS.get(dtype)
    if letter is None:
        return None
    for library in libraries():
        found = _find(library, f"{letter}{routine}")
        if found:
            return found
    return None


def gemm_address(dtype: str) -> tuple[int, int] | None:
    """The address of NumPy's sgemm or dgemm, and the width of its integers in bits."""
    return routine_address("gemm", dtype)
