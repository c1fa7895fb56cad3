"""Random keys under `tf.recompute_grad`: a recomputation gets those of the first computation.

TensorFlow does not tell a function that it is recomputed. The call stack shows it: the first call
runs in `inner` of recompute_grad, the second one in `inner_recompute_grad`, and both hold the same
dict `kwargs`, a new one for each call.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from tensorflow.python.ops import custom_gradient

_REMEMBERED = 4096  # calls under recompute_grad whose keys are kept for their gradients
_FIRST, _AGAIN = "inner", "inner_recompute_grad"


def _codes() -> dict[CodeType, str]:
    """The code of both functions, as far as this TensorFlow has them."""
    found: dict[CodeType, str] = {}
    code = getattr(getattr(custom_gradient, "recompute_grad", None), "__code__", None)
    remaining = [] if code is None else [code]
    while remaining:
        inner = [each for each in remaining.pop().co_consts if isinstance(each, CodeType)]
        found |= {each: each.co_name for each in inner if each.co_name in (_FIRST, _AGAIN)}
        remaining += inner
    return found


_known = _codes()
_lock = threading.Lock()
_calls: OrderedDict[int, _Call] = OrderedDict()


class _Call:
    """The keys that were drawn in one call, in order."""

    def __init__(self, kwargs: Any) -> None:
        self.kwargs = kwargs  # held, so that no other call is taken for this one
        self.drawn: list[Any] = []
        self.used = 0


def _caller() -> tuple[str, FrameType] | None:
    """The innermost of the two functions that runs, and its frame."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = _known.get(frame.f_code)
        if name is not None:
            return name, frame
        frame = frame.f_back
    return None


def drawn(draw: Callable[[], Any]) -> Any:
    """The result of `draw`; in a recomputation, the result of the first time."""
    running = _caller()
    if running is None:
        return draw()
    name, frame = running
    kwargs = frame.f_locals["kwargs"]
    with _lock:
        call = _calls.get(id(kwargs))
        if name == _AGAIN and call is not None:
            found = call.drawn[call.used % len(call.drawn)]
            call.used += 1
            return found
    found = draw()
    if name == _FIRST:
        with _lock:
            call = _calls.setdefault(id(kwargs), _Call(kwargs))
            call.drawn.append(found)
            while len(_calls) > _REMEMBERED:
                _calls.popitem(last=False)
    return found
