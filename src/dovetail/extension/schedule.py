"""The base of schedules: functions of the step of an optimizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Schedule(ABC):
    """A function of the step, counted from 1. Subclasses are frozen dataclasses that define `at`.

    `at(t)`: the value after t steps. `t` is a number, or an array of any host, traced or not.
    """

    @abstractmethod
    def at(self, t: Any) -> Any:
        """The value after t steps."""

    def __call__(self, step: Any) -> Any:
        return self.at(step - 1)
