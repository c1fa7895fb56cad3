"""What a check is given: the subject, the host, how much to look at, and random numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.hosts.protocol import Host
from dovetail.verify.budget import Budget
from dovetail.verify.programs import Call
from dovetail.verify.verdict import Verdict

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Subject:
    """A definition, and calls of it that the samples give; none for an optimizer."""

    name: str
    kind: str
    definition: Any  # an extension, a layer that is built, an optimizer
    location: str | None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Context:
    """One run of the checks on one host."""

    subject: Subject
    host: Host
    hosts: tuple[Host, ...]
    budget: Budget
    seed: int
    progress: Progress = field(default=lambda what, share: None)

    def rng(self) -> np.random.Generator:
        """A generator of its own for every check, so that each is repeatable by itself."""
        return np.random.default_rng(self.seed)

    @property
    def unary(self) -> Call | None:
        """The call, where the definition is a pointwise function of one real array."""
        return next((call for call in self.subject.calls if is_unary(call)), None)


def is_unary(call: Call) -> bool:
    """Whether a call is of a pointwise function with one real array in and out."""
    reference = call.reference
    leaves = call.sample.leaves
    return (
        reference.pointwise
        and len(leaves) == len(reference.graph.outputs) == 1
        and leaves[0].shape == reference.graph.outputs[0].shape
        and leaves[0].dtype.kind == "f"
        and reference.graph.outputs[0].dtype.is_floating
    )


@dataclass(frozen=True)
class Check:
    """One check: what it is called, what it is for, and how it is done."""

    name: str
    kinds: tuple[str, ...]
    run: Callable[[Context], Verdict]
    says: str  # what it holds a definition to
    quick: bool = True  # also done by a quick run
    thorough: bool = False  # done by a thorough run only
    every_host: bool = False  # else on the embedded host only
    # Where it is not empty: run once for each pair of the embedded host and another one. The
    # summary where all pass, with {hosts}.
    pair_summary: str = ""
