"""Verdicts: the result of one check, with an example and a remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NoReturn

import numpy as np

from dovetail.graph.node import Array

Status = Literal["failed", "passed", "skipped", "not applicable"]
Figure = float | int | str | bool | None

ORDER: tuple[Status, ...] = ("failed", "passed", "skipped", "not applicable")
"""Worst first."""


@dataclass(frozen=True)
class Case:
    """An example call for a verdict. `arrays`: the leaves of its arguments, by name."""

    call: str
    arrays: Mapping[str, Any]
    settings: Mapping[str, Any]
    expected: Any
    got: Any
    index: tuple[int, ...] | None = None

    def reproduce(self) -> str:
        """Python code that makes the arguments and the call."""
        lines = [f"{_identifier(name)} = {literal(array)}" for name, array in self.arrays.items()]
        settings = "".join(f", {name}={value!r}" for name, value in self.settings.items())
        names = ", ".join(map(_identifier, self.arrays))
        return "\n".join([*lines, f"{self.call}({names}{settings})"])

    def plain(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        return {
            "reproduce": self.reproduce(),
            "index": None if self.index is None else list(self.index),
            "expected": plain(self.expected),
            "got": plain(self.got),
        }


@dataclass(frozen=True)
class Verdict:
    """The result of one check on one host."""

    check: str
    status: Status
    summary: str
    case: Case | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    remedy: str = ""
    host: str = ""
    seconds: float = 0.0

    def by(self, check: str, host: str, seconds: float) -> Verdict:
        """The verdict with its check, host and duration."""
        return replace(self, check=check, host=host, seconds=seconds)

    def plain(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        return {
            "check": self.check,
            "host": self.host,
            "status": self.status,
            "summary": self.summary,
            "remedy": self.remedy,
            "figures": plain(self.figures),
            "case": None if self.case is None else self.case.plain(),
            "seconds": round(self.seconds, 4),
        }


def passed(summary: str, remedy: str = "", **figures: Figure) -> Verdict:
    """A verdict without a fault; `remedy` is advice."""
    return Verdict("", "passed", summary, None, figures, remedy)


def failed(summary: str, remedy: str, case: Case | None = None, **figures: Figure) -> Verdict:
    """A verdict with a fault, and how to correct it."""
    return Verdict("", "failed", summary, case, figures, remedy)


class CheckFailure(Exception):
    """Raised by a check that finds a fault; `verdict` describes it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.summary)
        self.verdict = verdict


def fail(summary: str, remedy: str, case: Case | None = None, **figures: Figure) -> NoReturn:
    """End the check with a fault, and how to correct it."""
    raise CheckFailure(failed(summary, remedy, case, **figures))


def require_same_bits(one: Any, two: Any, summary: str, remedy: str, case: Case) -> None:
    """End the check with a fault unless two arrays are the same, bit by bit."""
    if not same_bits(one, two):
        fail(summary, remedy, case)


def same_bits(first: Any, second: Any) -> bool:
    """Whether two arrays are the same, bit by bit."""
    one, two = np.asarray(first), np.asarray(second)
    if one.shape != two.shape or one.dtype != two.dtype:
        return False
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(two).tobytes()


def skipped(reason: str) -> Verdict:
    """A verdict of a check that applies and was not run."""
    return Verdict("", "skipped", reason)


def not_applicable(reason: str) -> Verdict:
    """A verdict of a check that does not apply to the definition."""
    return Verdict("", "not applicable", reason)


def plain(value: Any) -> Any:
    """A number, text, list or dict for JSON."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    array = np.asarray(value)
    if array.dtype.kind in "biu":
        return array.tolist()
    try:
        numbers = array.astype(np.float64)
    except (TypeError, ValueError):
        return str(value)
    if numbers.ndim:
        return [plain(item) for item in numbers]
    return float(numbers) if np.isfinite(numbers) else repr(float(numbers))


def literal(array: Any) -> str:
    """The array as NumPy code."""
    value = np.asarray(array)
    if value.size > 64:
        first = _elements(value.ravel()[:8])[1:-1]
        return f"<{value.dtype} array of shape {value.shape}: {first}, ...>"
    name = "ml_dtypes.bfloat16" if value.dtype.name == "bfloat16" else f"np.{value.dtype.name}"
    if value.dtype.kind == "b":
        name = "bool"
    if not value.size:
        return f"np.zeros({value.shape}, {name})"
    return f"np.array({_elements(value)}, {name})"


def _elements(value: Array) -> str:
    known = value if value.dtype.kind in "biu" else value.astype(np.float64)
    return re.sub(r"-?inf|nan", r"float('\g<0>')", str(known.tolist()))


def _identifier(name: str) -> str:
    text = "".join(letter if letter.isalnum() else "_" for letter in name).strip("_")
    return text if text and not text[0].isdigit() else f"x{text}"
