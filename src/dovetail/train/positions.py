"""Data that says how far it has been read, so that a training can resume there.

That is by `get_state()` and `set_state(state)`, or by PyTorch's names, `state_dict()` and
`load_state_dict(state)`, as iterators of Grain and stateful loaders have them. A sequence of
batches without an order of its own needs none: batches are read by number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_METHODS = (("get_state", "set_state"), ("state_dict", "load_state_dict"))
_HOOKS = ("on_epoch_begin", "on_epoch_end")
_FRAMEWORKS = frozenset({"keras", "tf_keras"})  # whose own hooks do nothing


@dataclass(frozen=True)
class Position:
    """The methods by which data reports its position and moves to it."""

    state: Callable[[], Any]
    go_to: Callable[[Any], Any]


def position_of(data: Any) -> Position | None:
    """The methods of the data, if it has both."""
    for get, put in _METHODS:
        methods = getattr(data, get, None), getattr(data, put, None)
        if all(map(callable, methods)):
            return Position(*methods)  # type: ignore[arg-type]
    return None


def changes_by_epoch(data: Any) -> bool:
    """Whether a sequence of batches is told when an epoch begins or ends, and may change."""
    found = [getattr(type(data), name, None) for name in _HOOKS]
    modules = [getattr(each, "__module__", "") for each in found if each is not None]
    return any(module.partition(".")[0] not in _FRAMEWORKS for module in modules)


class Epochs:
    """Batches that follow from the number of the epoch alone."""

    _epoch: int

    def _begin(self, epoch: int) -> None:
        """Order the batches of an epoch."""
        self._epoch = epoch

    def on_epoch_end(self) -> None:
        """Order the batches of the next epoch."""
        self._begin(self._epoch + 1)

    def get_state(self) -> dict[str, int]:
        """The number of the epoch."""
        return {"epoch": self._epoch}

    def set_state(self, state: Mapping[str, int]) -> None:
        """Go on in an epoch."""
        self._begin(state["epoch"])
