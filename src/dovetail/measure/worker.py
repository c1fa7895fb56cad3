"""The main program of a worker (workers.py): `python -m dovetail.measure.worker FD THREADS`."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from multiprocessing.connection import Connection
from typing import Any


def main() -> None:
    """Answer questions until the parent closes the pipe."""
    pipe, threads = Connection(int(sys.argv[1])), int(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:threads])
    warnings.simplefilter("ignore")
    holder: Any = None
    while True:
        try:
            name, args, kwargs = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)  # without waiting for threads of frameworks
        try:
            if holder is None:
                module, _, attribute = name.partition(":")
                holder = getattr(importlib.import_module(module), attribute)(*args, **kwargs)
                answer: Any = None
            else:
                answer = getattr(holder, name)(*args, **kwargs)
            pipe.send((True, answer))
        except Exception as error:  # the parent reports it
            text = str(error).splitlines()
            pipe.send((False, f"{type(error).__name__}: {text[0] if text else ''}"[:400]))


if __name__ == "__main__":
    main()
