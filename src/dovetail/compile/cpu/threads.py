"""A pool of threads in compiled code, over the C library alone.

`parallel_for_address()` is a C function

    void parallel_for(void (*task)(void *context, int64_t index), void *context, int64_t count)

that runs task(context, 0) to task(context, count - 1), on the pool and on the calling
thread, and returns when all have run. The address stands for a number of threads: ask for
it at each call (it costs a dictionary look-up), so that a change of the options is seen.

- Workers start at the first parallel call. Each spins for a while after a job, then sleeps; at
  once where a framework's own pool takes over (JAX).
- The pool does one job at a time: a nested call, or a call from a second thread while the
  pool is in use, runs its tasks one after the other on its own thread.
- A forked child has no workers and starts its own.
- Workers take over the caller's rounding and flush-to-zero mode on x86-64 (elsewhere they
  keep the mode that the pool started with), and block all signals.
- A task must return: neither a C++ exception nor a longjmp may leave it.
- Needs futexes: on systems other than Linux on x86-64 or AArch64, on one thread, or when
  threads cannot be started, the tasks run one after the other on the caller.

The code itself, and how a job is handed out, is in runtime/pool.c.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys

from dovetail.compile.cpu import runtime
from dovetail.options import options

_MACHINES = ("x86_64", "aarch64")  # whose system calls the pool knows
_entries: dict[tuple[int, bool], int] = {}  # by the number of threads, and whether they spin
BRIEFLY = 4000  # nanoseconds that a worker spins after a job beside a framework's own pool


def is_parallel() -> bool:
    """Whether this system has what the pool needs."""
    return sys.platform == "linux" and platform.machine() in _MACHINES


@functools.cache
def serial_for_address() -> int:
    """The address of a function like `parallel_for` that runs every task on its caller."""
    return runtime.load("serial").address("dovetail_serial_for")


@functools.cache
def define_pool() -> None:
    """Make `dovetail_pool_run(task, context, count, threads, spin)` known to compiled code."""
    # Two threads may get here at once, which does no harm: `load` gives both the same pool.
    pool = runtime.export("pool", "dovetail_pool_run")
    reset = ctypes.CFUNCTYPE(None)(pool.address("dovetail_pool_reset"))
    os.register_at_fork(after_in_child=reset)


def parallel_for_address(spins: bool = True) -> int:
    """The address of `parallel_for` for the number of threads that the options ask for.

    Workers that do not spin leave the processors to a framework's own pool.
    """
    threads = options().num_threads
    found = _entries.get((threads, spins))
    if found is None:
        if threads == 1 or not is_parallel():
            found = serial_for_address()
        else:
            define_pool()
            found = entry_address(threads, spins)
        _entries[threads, spins] = found
    return found


def entry_address(threads: int, spins: bool = True) -> int:
    """The address of `parallel_for` on so many threads of the pool."""
    entry = runtime.load("pool_entry", copy=2 * threads + spins)
    ctypes.c_int32.from_address(entry.address("threads")).value = threads
    spin = runtime.constant("SPIN") if spins else BRIEFLY
    ctypes.c_int64.from_address(entry.address("spin")).value = spin
    return entry.address("parallel_for")
