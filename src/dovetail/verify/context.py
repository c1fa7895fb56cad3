"""The input of a check: target, host, budget and random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dovetail.graph.node import Array
from dovetail.hosts.protocol import Host
from dovetail.verify.calls import Call
from dovetail.verify.compare import Comparison, examined
from dovetail.verify.verdict import Verdict

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Budget:
    """How many points, elements, shapes and repetitions a run checks."""

    name: str
    points: int  # of a pointwise function, for each data type
    perturbations: int  # evaluations that measure how accurate a definition can be
    elements: int  # of each argument, differentiated numerically
    repetitions: int  # of calls that must give the same bits
    halves: int  # values of each half precision: 65,536 are all
    large: int  # elements of the arrays for checks of threads
    steps: int  # of an optimizer in the check of convergence
    variants: int  # of shapes, layouts and broadcasts, for each call
    shrinking: int  # calls to make a failing example smaller
    exhaustive: bool  # all 2^32 values of float32


QUICK = Budget("quick", 512, 8, 8, 3, 65536, 60_000, 400, 7, 40, False)
NORMAL = Budget("normal", 8192, 12, 24, 8, 65536, 300_000, 2000, 20, 150, False)
THOROUGH = Budget("thorough", 65536, 20, 60, 20, 65536, 2_000_000, 5000, 100, 400, True)


@dataclass(frozen=True)
class Target:
    """A definition to check, and calls of it on samples; an optimizer has no calls."""

    name: str
    kind: str
    definition: Any  # an extension, a built layer or an optimizer
    location: str | None
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Context:
    """One run of the checks on one host."""

    target: Target
    host: Host
    hosts: tuple[Host, ...]
    budget: Budget
    seed: int
    progress: Progress = field(default=lambda what, share: None)

    def rng(self) -> np.random.Generator:
        """A new generator with the seed, so that each check is repeatable by itself."""
        return np.random.default_rng(self.seed)

    def compared(self, call: Call, outputs: Sequence[Array] | None = None) -> list[Comparison]:
        """The outputs of a call (by default on the host) compared with the reference."""
        got = call.on(self.host) if outputs is None else outputs
        return examined(
            call.reference, call.sample.leaves, got, self.budget.perturbations, self.rng()
        )


def is_unary(call: Call) -> bool:
    """Whether a call is of a pointwise function from one real array to one real array."""
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
    """One check: its name, the kinds of definition it applies to, and the function that runs it."""

    name: str
    kinds: tuple[str, ...]
    run: Callable[[Context], Verdict]
    thorough: bool = False  # only in a thorough run
    every_host: bool = False  # otherwise only on the embedded host
    on_device: bool = True  # whether it says something of a host whose arrays are on a device
    # If not empty, the check runs once for each pair of the embedded host and another host. This is
    # the summary when all pass, with {hosts}.
    pair_summary: str = ""
