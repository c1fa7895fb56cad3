"""Helpers to run a single check."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.hosts.numpy.host import HOST
from dovetail.hosts.protocol import Host
from dovetail.hosts.registry import Registry
from dovetail.verify.check import run_check
from dovetail.verify.checks import CHECKS
from dovetail.verify.context import QUICK, Budget, Context
from dovetail.verify.targets import target_of
from dovetail.verify.verdict import Verdict


def verdict_of(
    check: str, definition: Any, *hosts: Host, budget: Budget = QUICK, on: int = 0
) -> Verdict:
    """The verdict of one check, on the host number `on`."""
    found = hosts or (HOST,)
    target = target_of(definition, np.random.default_rng(0))
    (each,) = [each for each in CHECKS if each.name == check]
    assert target.kind in each.kinds
    return run_check(each, Context(target, found[on], tuple(found), budget, 0))


@pytest.fixture(autouse=True)
def embedded_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`dt.check` looks at the embedded host by default; tests/hosts looks at the others."""
    monkeypatch.setattr(Registry, "installed", lambda self: ["numpy"])
