"""Budgets: how many points, shapes and repetitions a run checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Counts of points, of elements to differentiate, of repetitions, and so on."""

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
