"""Random programs with fixed seeds: values and derivatives against NumPy and PyTorch."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.check import check, possible
from tests.fuzz.generate import TWINS, generate
from tests.fuzz.shrink import shrink

PROGRAMS = 500
GROUP = 5 * TWINS
STEPS = 8
# One way for each group of twins: compiling is what takes the time.
SHARES = {
    "value": 56,
    "vjp": 10,
    "grad": 8,
    "jvp": 8,
    "second": 4,
    "vmap": 6,
    "eager": 4,
    "alone": 4,
}


def way_of(seed: int) -> str:
    """The way that a program is run; the same for twins."""
    draw = random.Random(f"test {seed // TWINS}")
    return draw.choices(tuple(SHARES), tuple(SHARES.values()))[0]


@pytest.mark.parametrize("first", range(0, PROGRAMS, GROUP))
def test_random_programs(first):
    for seed in range(first, first + GROUP):
        program, way = generate(seed, STEPS), way_of(seed)
        failure = check(program, way if possible(program, way) else "value")
        if failure is not None:
            pytest.fail(f"seed {seed}, {way}\n{shrink(failure, seconds=20.0)}", pytrace=False)
