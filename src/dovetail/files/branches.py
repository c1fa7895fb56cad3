"""Finds where a definition branches on a size: it is not one graph then, and files refuse it.

The definition is traced once with sizes that record what is asked about them (graph/sizes.py). For
each comparison in the user's own code, sizes are searched for at which it has another result, and
the definition is traced for them. If the graph is the same, or there is an error, it is no branch.
"""

from __future__ import annotations

import itertools
import random
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

from dovetail.graph.sizes import Recording
from dovetail.language.location import PACKAGE

_DRAWS = 400  # random sizes for which the comparisons are evaluated, which is quick
_TRACED = 3  # sizes for which the definition is traced, for each comparison
_LARGEST = 5000
# Tried where the recorded run is not possible.
_USUAL = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 99, 100, 101, 127, 128, 129,
          255, 256, 257, 500, 511, 512, 513, 999, 1000, 1001, 1023, 1024, 1025)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """A condition on sizes that was true for the example, and the line that compared them."""

    condition: str
    line: str


class _Watching(Recording):
    """A recording that keeps the comparisons of sizes in code outside of this package."""

    reused = False

    def __init__(self) -> None:
        super().__init__()
        self.comparisons: dict[str, Comparison] = {}

    def guard(self, condition: str) -> None:
        """What must hold for the run to take the same course."""
        frame = sys._getframe(1)
        while frame.f_back is not None and _asks_for_another(frame.f_code):
            frame = frame.f_back
        file = frame.f_code.co_filename
        if not self.closed and not file.startswith(PACKAGE):
            line = f"{file}:{frame.f_lineno}"
            self.comparisons.setdefault(condition, Comparison(condition, line))
        super().guard(condition)

    def conditions(self) -> Callable[..., list[bool]]:
        """A function from sizes to whether each comparison has the result that it had."""
        lines = [line for line in self._lines if not line.startswith("if not ")]
        tests = ", ".join(f"bool({condition})" for condition in self.comparisons)
        body = "\n    ".join([*lines, f"return [{tests}]"])
        exec(f"def conditions({', '.join(self._inputs)}):\n    {body}\n", self._globals)
        found: Callable[..., list[bool]] = self._globals["conditions"]
        return found


def _asks_for_another(code: CodeType) -> bool:
    """Whether a function asks about a size for its caller."""
    return code.co_filename.endswith("graph/sizes.py") or code.co_name == "__len__"


def sizes_to_try(
    run: Callable[[Sequence[Any]], object], example: Sequence[int]
) -> Iterable[tuple[tuple[int, ...], str | None]]:
    """Sizes at which the definition may branch otherwise, each with the line of the comparison.

    `run` traces the definition for sizes.
    """
    watching = _Watching()
    numbers = [watching.input(size) for size in example]
    try:
        run(numbers)
        return _flipping(watching, len(example))
    except Exception:  # what cannot be traced with recorded sizes is traced with more sizes
        return [((size,) * len(example), None) for size in _USUAL]


def _flipping(watching: _Watching, count: int) -> list[tuple[tuple[int, ...], str | None]]:
    comparisons = list(watching.comparisons.values())
    if not comparisons or not count:
        return []
    conditions = watching.conditions()
    left = dict.fromkeys(range(len(comparisons)), _TRACED)
    found: dict[tuple[int, ...], str | None] = {}
    for sizes in _candidates(comparisons, count):
        try:
            results = conditions(*sizes)
        except (ArithmeticError, ValueError, TypeError):
            continue
        for number, (held, comparison) in enumerate(zip(results, comparisons, strict=True)):
            if not held and (left[number] or (sizes[0] in _USUAL and len(set(sizes)) == 1)):
                left[number] = max(0, left[number] - 1)
                found.setdefault(sizes, comparison.line)
    return list(found.items())


def _candidates(comparisons: Sequence[Comparison], count: int) -> Iterable[tuple[int, ...]]:
    """Sizes near the numbers in the comparisons, and random ones."""
    texts = [re.findall(r"(?<![n\w.])\d+(?![\w.])", each.condition) for each in comparisons]
    named = {int(text) for text in itertools.chain(*texts) if len(text) < 7}
    near = sorted({n + more for n in named for more in (-1, 0, 1) if n + more >= 1} | {1, 2, 3})
    draw = random.Random(0)
    if any(re.fullmatch(r"n\d+ == \d+", each.condition) for each in comparisons):
        near = sorted({*near, *_USUAL})  # int(size) was taken: later comparisons are not recorded
    for size in near:
        yield (size,) * count
    for _ in range(_DRAWS):
        yield tuple(
            draw.choice(near) if draw.random() < 0.5 else int(_LARGEST ** draw.random())
            for _ in range(count)
        )
