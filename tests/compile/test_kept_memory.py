"""dt.keep_memory: memory that is freed serves the next allocation, in a process of its own."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
import types

import pytest

import dovetail as dt
from dovetail.compile.cpu import kept_memory
from dovetail.errors import UnsupportedError

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc alone")

FAULTS = """
import ctypes, resource, sys, threading
import dovetail as dt

SIZE = 48 << 20
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
c.free.argtypes = (ctypes.c_void_p,)
c.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)

def rounds():
    for _ in range(4):
        block = c.malloc(SIZE)
        c.memset(block, 1, SIZE)
        c.free(block)

def faults():
    rounds()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    thread = threading.Thread(target=rounds)
    thread.start()
    thread.join()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "keep":
    dt.keep_memory()
    dt.keep_memory()  # again changes nothing
print(faults())
"""


def _faults(how: str) -> int:
    command = [sys.executable, "-c", FAULTS, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@glibc
def test_pages_are_mapped_once() -> None:
    # Of 4 KiB or 2 MiB; some are mapped by the thread itself.
    assert 2 * _faults("keep") < _faults("not")


@glibc
def test_heaps_of_threads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_memory, "_heaps", lambda library: 2)
    with pytest.raises(UnsupportedError, match=r"(?s)heaps of their own.*after the imports"):
        dt.keep_memory()


@glibc
def test_heaps_are_counted() -> None:
    count = """
import ctypes, threading
from dovetail.compile.cpu.kept_memory import _heaps
c = ctypes.CDLL(None)
print(_heaps(c))
both = threading.Barrier(2)  # a thread that lives keeps its heap
def allocate():
    c.malloc(100_000)
    both.wait()
    both.wait()
thread = threading.Thread(target=allocate)
thread.start()
both.wait()
print(_heaps(c))
both.wait()
thread.join()
"""
    command = [sys.executable, "-c", count]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert found.split() == ["1", "2"]


def test_other_c_libraries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: types.SimpleNamespace())
    with pytest.raises(UnsupportedError, match="not glibc"):
        dt.keep_memory()
