"""Fresh processes that hold prepared work, with a fixed number of threads.

    with Worker("dovetail.measure.columns:Columns", threads=2) as worker:
        worker.ask("prepare", ...)

A worker imports a module, makes an object of a class in it, and calls its methods as it is asked.
Several workers wait side by side, so that bursts of different frameworks can be interleaved. The
output of a worker goes to a file; when it ends without an answer, the last line of that file is
part of the error.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dovetail.errors import HostError
from dovetail.options import options
from dovetail.verify.processes import last_words

TIMEOUT = 600.0  # seconds without an answer, after which a worker counts as hung
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "DOVETAIL_NUM_THREADS")
PACKAGE = str(Path(__file__).parents[2])


class WorkerError(HostError):
    """What a worker has raised, or how it has ended."""


def default_threads() -> int:
    """The processors that this process may use, at most as many as Dovetail's threads."""
    return options().num_threads


class Worker:
    """The parent's handle of a process."""

    def __init__(
        self, target: str, *args: Any, threads: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self.target = target
        mine, theirs = Pipe()
        self.pipe: Connection = mine
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the worker
        path = os.pathsep.join([PACKAGE, *(each or os.getcwd() for each in sys.path)])
        environ = {
            **os.environ, "PYTHONPATH": path, **dict.fromkeys(THREADS, str(threads)),
            "TF_CPP_MIN_LOG_LEVEL": "2", **(environment or {}),
        }  # fmt: skip
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dovetail.measure.worker", str(theirs.fileno()),
                 str(threads)],
                pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, stdout=self.log,
                stderr=self.log, env=environ,
            )  # fmt: skip
        try:
            self.answer_to((target, args, {}))
        except WorkerError:
            self.close()
            raise

    def ask(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """What a method of the worker's object returns."""
        return self.answer_to((method, args, kwargs))

    def answer_to(self, question: tuple[str, tuple[Any, ...], dict[str, Any]]) -> Any:
        """The answer; WorkerError where the worker raised or ended."""
        try:
            self.pipe.send(question)
            if not self.pipe.poll(TIMEOUT):
                raise self._failed(f"did not answer for {TIMEOUT:.0f} seconds")
            good, answer = self.pipe.recv()
        except (EOFError, OSError):
            raise self._failed(f"ended with status {self.process.wait()}") from None
        if not good:
            raise WorkerError(answer, "work that the framework does", "see the error above")
        return answer

    def _failed(self, how: str) -> WorkerError:
        return WorkerError(
            f"the process of {self.target} {how}{last_words(self.log)}",
            "an answer",
            "call the definition on that framework in a new process, and report it if that fails",
        )

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        try:
            self.process.wait(2.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()


class RemoteCall:
    """A call that a worker has prepared, as something to time: its method `burst` makes them."""

    def __init__(self, worker: Worker, *which: Any) -> None:
        self.worker, self.which = worker, which

    def burst(self, calls: int) -> float:
        """Seconds for one call, the mean of `calls`."""
        seconds: float = self.worker.ask("burst", *self.which, calls)
        return seconds
