"""The pool of threads and the process: start, signals, forks, exit, no threads to be had.

Each test runs a separate program, with the helpers of test_threads.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dovetail.compile.cpu import threads

pytestmark = pytest.mark.skipif(not threads.is_parallel(), reason="no pool on this system")

PRELUDE = """
import ctypes, os, sys, threading, time
sys.path.insert(0, sys.argv[1])
from test_threads import *
"""


def run(program: str, *, seconds: float = 30) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + program, str(Path(__file__).parent)],
        env={**os.environ, "DOVETAIL_NUM_THREADS": "3"},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_workers_start_at_the_first_parallel_call_and_block_signals() -> None:
    run("""
entry(3)
before = own_threads()
assert filled(entry(3), 1) and filled(entry(1), 100)
assert own_threads() == before
assert filled(entry(3), 100)
new = own_threads() - before
assert len(new) == 2, new
for thread in new:
    lines = open(f"/proc/self/task/{thread}/status").read().splitlines()
    (blocked,) = [line.split()[1] for line in lines if line.startswith("SigBlk")]
    assert int(blocked, 16) & 0b100000000000010 == 0b100000000000010, blocked
(blocked,) = [line for line in open("/proc/self/status") if line.startswith("SigBlk")]
assert int(blocked.split()[1], 16) == 0, blocked
""")


CHILD = """
def child(work):
    process = os.fork()
    if process == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
"""


def test_a_forked_child_has_a_pool_of_its_own() -> None:
    run(
        CHILD
        + """
def work():
    assert len(own_threads()) == 1
    assert filled(entry(3), 1000)
    assert len(own_threads()) == 3
    assert meeting(3)
    return True
def deeper():
    work()
    child(work)
    return True
child(work)               # before the first use
assert meeting(3)
child(deeper)
time.sleep(0.05)          # workers asleep
child(deeper)
assert meeting(3)
"""
    )


def test_a_child_forked_during_a_job_of_another_thread() -> None:
    run(
        CHILD
        + """
begun, go_on = threading.Event(), threading.Event()
def task(context, index):
    begun.set()
    go_on.wait()
thread = threading.Thread(target=lambda: PARALLEL_FOR(entry(3))(TASK(task), None, 3))
thread.start()
begun.wait()
child(lambda: filled(entry(3), 1000) and meeting(3))
go_on.set()
thread.join()
assert meeting(3)
"""
    )


@pytest.mark.parametrize("pause", [0.0, 0.001, 0.05])
def test_the_process_ends(pause: float) -> None:
    for _ in range(3):
        run(f"assert filled(entry(3), 1000)\ntime.sleep({pause})", seconds=15)


def test_tasks_run_although_no_thread_can_be_started() -> None:
    run("""
module = native.load("define i32 @refuse(ptr %a, ptr %b, ptr %c, ptr %d) {\\n  ret i32 11\\n}")
native.define_symbol("pthread_create", module.address("refuse"))
before = own_threads()
for _ in range(10):
    assert filled(entry(3), 1000)
assert own_threads() == before
""")
