"""Checks of hosts in forked processes.

Two frameworks in one process may conflict (each may bring its own LLVM), and each takes seconds to
import. So a host whose framework this process has not imported is checked in a forked process,
which inherits the definition (from a file, a notebook or a closure) and imports one framework. The
output of the framework goes to a file. If the process crashes or hangs, the running check fails.

A host whose framework is already imported is checked in this process. So are all hosts on systems
where forking is not safe (all except Linux).
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, Pipe
from typing import IO, Any

from dovetail.errors import DovetailError
from dovetail.hosts.protocol import Host
from dovetail.verify.verdict import Verdict, failed, skipped

TIMEOUT = 300.0  # seconds without a message, after which a process counts as hung

TaskKey = tuple[str, str]  # the names of a check and of a host
Runs = Mapping[TaskKey, Callable[[], Verdict]]


@dataclass
class HostProcess:
    """The parent's handle of a process that checks some hosts."""

    hosts: tuple[Host, ...]
    keys: tuple[TaskKey, ...]  # of the tasks, in order
    pid: int
    pipe: Connection
    log: IO[bytes]
    verdicts: dict[TaskKey, Verdict] = field(default_factory=dict["TaskKey", "Verdict"])
    versions: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])
    status: int | None = None  # from waitpid, once it has ended

    def collect(self, show: Callable[[str], None]) -> None:
        """Wait for all verdicts. The task at which the process crashes or hangs fails."""
        current: TaskKey | None = None
        begun = time.perf_counter()
        reason = ""
        while len(self.verdicts) < len(self.keys) or len(self.versions) < len(self.hosts):
            try:
                if not self.pipe.poll(TIMEOUT):
                    reason = f"did not answer for {TIMEOUT:.0f} seconds"
                    break
                what, key, value = pickle.loads(self.pipe.recv_bytes())
            except (EOFError, OSError):
                self.end()
                reason = f"was ended by {_ending(self.status)}"
                break
            if what == "begin":
                current, begun = key, time.perf_counter()
                show(f"{key[0]} ({key[1]})")
            elif what == "verdict":
                self.verdicts[key] = value
            else:
                self.versions[key[1]] = value
        self.end()
        for host in self.hosts:
            self.versions.setdefault(host.name, {})
        left = [key for key in self.keys if key not in self.verdicts]
        for key in left:
            check, host = key
            verdict = skipped(f"the process that checks {host} {reason} before")
            if key == (current if current in left else left[0]):
                verdict = failed(
                    f"the process that checks {host} {reason}{last_words(self.log)}",
                    f"call the definition on {host} in a new process; if that crashes too, "
                    "report it with the definition",
                )
            self.verdicts[key] = verdict.by(check, host, time.perf_counter() - begun)

    def close(self) -> None:
        """End the process and delete its output."""
        self.end()
        self.log.close()

    def end(self) -> None:
        """End the process, if it has not ended by itself."""
        if self.status is not None:
            return
        self.pipe.close()
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            for _ in range(100):  # it has closed its end of the pipe and is exiting
                if pid:
                    break
                time.sleep(0.01)
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                os.kill(self.pid, signal.SIGKILL)
                _, status = os.waitpid(self.pid, 0)
        except (ChildProcessError, ProcessLookupError):  # other code has waited for it
            status = 0
        self.status = status


def last_words(log: IO[bytes]) -> str:
    """The last line that a process has written into a file, for the end of a message."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return f"; it wrote: {lines[-1][:200]}" if lines else ""


def _ending(status: int | None) -> str:
    if status is not None and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"signal {number} ({signal.Signals(number).name})"
    return f"exit status {os.waitstatus_to_exitcode(status or 0)}"


def groups(hosts: Sequence[Host]) -> Iterator[tuple[Host, ...]]:
    """The hosts to check in other processes; hosts with a common framework share a process."""
    if sys.platform != "linux":
        return
    left = [host for host in hosts if (n := host.frameworks()) and n.isdisjoint(sys.modules)]
    while left:
        group = [left.pop(0)]
        for host in list(left):
            if any(host.frameworks() & other.frameworks() for other in group):
                group.append(host)
                left.remove(host)
        yield tuple(group)


def start(hosts: tuple[Host, ...], runs: Runs) -> HostProcess:
    """A process that runs the tasks, one after the other."""
    receiver, sender = Pipe(duplex=False)
    log = tempfile.TemporaryFile()  # noqa: SIM115  # both processes hold it
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    with warnings.catch_warnings():
        # Python warns of forking a process with threads. Ours are started again in the child; a
        # framework that has threads is imported, so that its host is checked in this process.
        warnings.simplefilter("ignore")
        pid = os.fork()
    if pid:
        sender.close()
        return HostProcess(hosts, tuple(runs), pid, receiver, log)
    status = 1
    try:
        receiver.close()
        for number in (1, 2):
            os.dup2(log.fileno(), number)
        # The streams of a notebook or a test do not write to these file descriptors.
        sys.stdout = sys.stderr = open(log.fileno(), "w", buffering=1, closefd=False)  # noqa: SIM115
        faulthandler.enable(log)
        _serve(sender, hosts, runs)
        status = 0
    except BaseException as reason:  # the caller's code must not continue in the child
        os.write(2, f"{type(reason).__name__}: {reason}\n".encode())
    finally:
        sender.close()
        os._exit(status)  # without flushing the files of the parent


def _serve(pipe: Connection, hosts: Sequence[Host], runs: Runs) -> None:
    for key, run in runs.items():
        _send(pipe, "begin", key, None)
        _send(pipe, "verdict", key, run())
    for host in hosts:
        _send(pipe, "versions", ("", host.name), _versions(host))


def _versions(host: Host) -> dict[str, str]:
    try:
        return {name: str(each) for name, each in host.versions().items()}  # some are objects
    except DovetailError:  # the framework cannot be imported, which the verdicts report
        return {}


def _send(pipe: Connection, what: str, key: TaskKey, value: Any) -> None:
    try:
        message = pickle.dumps((what, key, value))
    except Exception:  # a setting that does not pickle: the case is sent as text
        assert isinstance(value, Verdict) and value.case is not None
        plain = replace(value, case=None, remedy=f"{value.case.reproduce()}\n{value.remedy}")
        message = pickle.dumps((what, key, plain))
    pipe.send_bytes(message)
