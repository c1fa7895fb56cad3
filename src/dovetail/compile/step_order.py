"""Which steps of a schedule must run before which."""

from __future__ import annotations

from collections.abc import Iterable

from dovetail.compile.steps import Step


class StepOrder:
    """Which steps of a growing schedule must run before which.

    The steps that must run before one are the bits of an integer, so that a query takes about as
    long in a schedule of thousands of steps as in one of ten.
    """

    def __init__(self) -> None:
        self._numbers: dict[Step, int] = {}
        self._needs: dict[Step, set[Step]] = {}
        self._users: dict[Step, list[Step]] = {}
        self._earlier: dict[Step, int] = {}  # bit n: step n must run before

    def add(self, step: Step, needed: Iterable[Step] = ()) -> None:
        """A new step, which runs after those that it needs."""
        self._numbers[step] = len(self._numbers)
        self._needs[step], self._users[step], self._earlier[step] = set(), [], 0
        self.require(step, needed)

    def require(self, step: Step, needed: Iterable[Step]) -> None:
        """The step also runs after these; it may be among them itself."""
        found = 0
        for other in needed:
            if other is not step and other not in self._needs[step]:
                self._needs[step].add(other)
                self._users[other].append(step)
                found |= self._earlier[other] | 1 << self._numbers[other]
        stack = [step]
        while stack:
            later = stack.pop()
            known = self._earlier[later]
            if found | known != known:
                self._earlier[later] = found | known
                stack.extend(self._users[later])

    def depend(self, steps: Iterable[Step], target: Step) -> bool:
        """Whether one of the steps is the target, or must run after it."""
        number = self._numbers[target]
        return any(step is target or self._earlier[step] >> number & 1 for step in steps)

    def ordered(self) -> list[Step]:
        """All steps, each after those that it needs, otherwise as they were added."""
        done: dict[Step, None] = {}
        for first in self._numbers:
            stack = [first]
            while stack:
                step = stack[-1]
                waiting = [other for other in self._needs[step] if other not in done]
                if waiting:
                    stack.extend(waiting)
                else:
                    done.setdefault(stack.pop())
        return list(done)
