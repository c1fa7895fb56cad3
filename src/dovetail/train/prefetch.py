"""Reads batches ahead on a thread, while the model computes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

Item = TypeVar("Item")

WAIT = 0.1  # seconds after which the thread looks whether it is still wanted


class _End:
    """The end of the items, and the error that ended them, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetched(items: Iterator[Item], ahead: int) -> Iterator[Item]:
    """The items, of which up to `ahead` are read before they are asked for.

    An error of the items is raised here, in their place. When the caller stops early, so does the
    thread, and no more is read.
    """
    ready: queue.Queue[Item | _End] = queue.Queue(ahead)
    stopped = threading.Event()

    def put(item: Item | _End) -> None:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=WAIT)
            except queue.Full:
                continue
            return

    def read() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
        except BaseException as found:  # raised again by the caller
            error = found
        put(_End(error))

    thread = threading.Thread(target=read, name="dovetail-prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stopped.set()
        while not ready.empty():
            ready.get_nowait()
        thread.join(timeout=10 * WAIT)
