"""One row: every column compared with float64, then timed in interleaved rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from neighbours import Neighbours
from peers import Peer, numpy_peer
from problems import Array, Problem
from report import Row

from dovetail import timing
from dovetail.measure.agreement import error_of
from dovetail.timing import Call, Pace

TOLERANCE = 1e-4  # of the reference's size; far above rounding, far below a wrong formula
COPY = "a copy"


def _checked(
    columns: Mapping[str, Peer], calls: Mapping[str, Call], reference: Sequence[Array]
) -> tuple[dict[str, float], dict[str, str]]:
    """The error of each column, and those that are wrong; a call that fails is wrong, too."""
    errors: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for name, call in calls.items():
        try:
            errors[name] = error_of(columns[name].arrays(call()), reference)
        except Exception as error:  # any error: the other libraries continue
            wrong[name] = f"failed: {type(error).__name__}: {error}".splitlines()[0][:160]
            continue
        if not errors[name] <= TOLERANCE:
            wrong[name] = f"is wrong by {errors[name]:.1e}"
    return errors, wrong


def _copy(total_bytes: int) -> Call:
    """np.copyto between two arrays that exist and have `total_bytes` together."""
    source = np.ones(max(1, total_bytes // 8), np.float32)
    target = np.ones_like(source)
    return lambda: np.copyto(target, source)


def timed(
    problem: Problem, columns: Mapping[str, Peer], calls: Mapping[str, Call],
    reference: Sequence[Array], pace: Pace,
) -> Row:  # fmt: skip
    """A row of calls, those that are right timed in turn, beside a copy of the least bytes."""
    errors, wrong = _checked(columns, calls, reference)
    right = {name: call for name, call in calls.items() if name not in wrong}
    neighbours = Neighbours()
    timings = timing.interleaved({**right, COPY: _copy(problem.least_bytes)}, pace)
    copy = timings.pop(COPY)
    return Row(
        problem.operation, problem.direction, problem.label, problem.size, problem.least_bytes,
        copy, timings, errors, wrong, neighbours.share(),
    )  # fmt: skip


def measure(problem: Problem, columns: Mapping[str, Peer], pace: Pace) -> Row:
    """One row: every column checked against float64, then timed."""
    reference = numpy_peer.reference(problem)
    calls = {name: peer.prepare(problem, name) for name, peer in columns.items()}
    return timed(problem, columns, calls, reference, pace)
