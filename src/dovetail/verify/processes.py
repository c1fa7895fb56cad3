"""Hosts checked in processes of their own, which run while this one checks the maths.

Two frameworks in one process may not bear each other (each may bring an LLVM), and each takes
seconds to import. So a host whose framework this process has not imported is checked in a fork:
that inherits the definition, wherever it was made (a file, a notebook, a closure), and imports
the one framework. What frameworks write to the terminal goes to a file. A process that ends or
falls silent is a verdict.

Where a framework is imported already its host is checked here, as its user has set it up. So are
all hosts where processes do not fork safely (everywhere but on Linux).
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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, Pipe
from typing import IO, Any

from dovetail.errors import DovetailError
from dovetail.hosts.protocol import Host
from dovetail.verify.verdict import Verdict, failed, skipped

PATIENCE = 300.0  # seconds without a word, after which a process hangs

Place = tuple[str, str]  # the names of a check and of a host
Answers = Iterable[tuple[Place, Callable[[], Verdict]]]


@dataclass
class HostProcess:
    """A process that checks some hosts, as the one that started it sees it."""

    hosts: tuple[Host, ...]
    places: tuple[Place, ...]  # what it is to answer, in order
    pid: int
    pipe: Connection
    log: IO[bytes]
    verdicts: dict[Place, Verdict] = field(default_factory=dict["Place", "Verdict"])
    versions: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])
    status: int | None = None  # how it ended

    def collect(self, show: Callable[[str], None]) -> None:
        """Wait for all its answers; what it cannot answer is a failure."""
        current: Place | None = None
        begun = time.perf_counter()
        reason = ""
        while len(self.verdicts) < len(self.places) or len(self.versions) < len(self.hosts):
            try:
                if not self.pipe.poll(PATIENCE):
                    reason = f"said nothing for {PATIENCE:.0f} seconds"
                    break
                what, place, value = pickle.loads(self.pipe.recv_bytes())
            except (EOFError, OSError):
                self.end()
                reason = f"was ended by {_how(self.status)}"
                break
            if what == "begin":
                current, begun = place, time.perf_counter()
                show(f"{place[0]} ({place[1]})")
            elif what == "verdict":
                self.verdicts[place] = value
            else:
                self.versions[place[1]] = value
        self.end()
        for host in self.hosts:
            self.versions.setdefault(host.name, {})
        left = [place for place in self.places if place not in self.verdicts]
        for place in left:
            check, host = place
            verdict = skipped(f"the process that checks {host} {reason} before")
            if place == (current if current in left else left[0]):
                verdict = failed(
                    f"the process that checks {host} {reason}{self._last_words()}",
                    f"call the definition on {host} by itself in a fresh process; where that "
                    "ends the process, too, report it with the definition",
                )
            self.verdicts[place] = verdict.by(check, host, time.perf_counter() - begun)

    def _last_words(self) -> str:
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return f"; it wrote: {lines[-1][:200]}" if lines else ""

    def close(self) -> None:
        """End the process, if it is still there, and forget what it wrote."""
        self.end()
        self.log.close()

    def end(self) -> None:
        """End the process, if it has not ended by itself."""
        if self.status is not None:
            return
        self.pipe.close()
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            for _ in range(100):  # it has closed its end and is about to leave
                if pid:
                    break
                time.sleep(0.01)
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                os.kill(self.pid, signal.SIGKILL)
                _, status = os.waitpid(self.pid, 0)
        except (ChildProcessError, ProcessLookupError):  # somebody else has waited for it
            status = 0
        self.status = status


def _how(status: int | None) -> str:
    if status is not None and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"signal {number} ({signal.Signals(number).name})"
    return f"exit status {os.waitstatus_to_exitcode(status or 0)}"


def groups(hosts: Sequence[Host]) -> Iterator[tuple[Host, ...]]:
    """The hosts that are checked elsewhere, those that need a common framework together."""
    if sys.platform != "linux":
        return
    left = [host for host in hosts if (needs := host.frameworks()) and not _is_loaded(needs)]
    while left:
        group = [left.pop(0)]
        for host in list(left):
            if any(host.frameworks() & other.frameworks() for other in group):
                group.append(host)
                left.remove(host)
        yield tuple(group)


def _is_loaded(packages: Iterable[str]) -> bool:
    return any(name in sys.modules for name in packages)


def start(
    hosts: tuple[Host, ...], places: Sequence[Place], answers: Callable[[], Answers]
) -> HostProcess:
    """A process that gives the answers, one after the other."""
    ours, theirs = Pipe(duplex=False)
    log = tempfile.TemporaryFile()  # noqa: SIM115  # both processes hold it
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    with warnings.catch_warnings():
        # The child uses none of the threads that are not there any more: what has some is ours,
        # which knows of forks, or a framework, whose host is then checked in this process.
        warnings.simplefilter("ignore")
        pid = os.fork()
    if pid:
        theirs.close()
        return HostProcess(hosts, tuple(places), pid, ours, log)
    status = 1
    try:
        ours.close()
        for number in (1, 2):
            os.dup2(log.fileno(), number)
        # A notebook's streams, or those of a test, are no file descriptors.
        sys.stdout = sys.stderr = open(log.fileno(), "w", buffering=1, closefd=False)  # noqa: SIM115
        faulthandler.enable(log)
        _serve(theirs, hosts, answers)
        status = 0
    except BaseException as reason:  # never back into the caller's code
        os.write(2, f"{type(reason).__name__}: {reason}\n".encode())
    finally:
        theirs.close()
        os._exit(status)  # nothing of the parent's is to be closed or flushed here


def _serve(pipe: Connection, hosts: Sequence[Host], answers: Callable[[], Answers]) -> None:
    for place, answer in answers():
        _send(pipe, "begin", place, None)
        _send(pipe, "verdict", place, answer())
    for host in hosts:
        _send(pipe, "versions", ("", host.name), _versions(host))


def _versions(host: Host) -> dict[str, str]:
    try:
        return {name: str(each) for name, each in host.versions().items()}  # some are objects
    except DovetailError:  # a framework that cannot be imported: the verdicts say so
        return {}


def _send(pipe: Connection, what: str, place: Place, value: Any) -> None:
    try:
        message = pickle.dumps((what, place, value))
    except Exception:  # a setting that does not pickle: the case goes as it is printed
        assert isinstance(value, Verdict) and value.case is not None
        plain = replace(value, case=None, remedy=f"{value.case.reproduce()}\n{value.remedy}")
        message = pickle.dumps((what, place, plain))
    pipe.send_bytes(message)
