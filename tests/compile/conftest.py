"""What the tests of the compiler have in common."""

from __future__ import annotations

import gc

import pytest

from dovetail.compile import pipeline
from dovetail.compile.program import program_filler
from dovetail.graph.generic import SizeGeneric


@pytest.fixture(autouse=True)
def plans_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plan of an earlier test is filled in: it may have changed what plans are made with."""
    plan = pipeline._plan  # pyright: ignore[reportPrivateUsage]
    fresh = SizeGeneric(plan, lambda program, _: program_filler(program))
    monkeypatch.setattr(pipeline, "_planned", fresh)


@pytest.fixture(scope="module")
def earlier_left_alone() -> None:
    """Collections of a file's tests leave out what earlier files keep: that takes a second each."""
    gc.collect()
    gc.freeze()
