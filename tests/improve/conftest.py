"""What the tests of changes share."""

from __future__ import annotations

import pytest

from dovetail.improve import latency


@pytest.fixture
def quick_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rounds, for tests that do not look at the speed."""
    for name, value in (("ROUNDS", 3), ("MOST", 3), ("SAMPLE", 2e-4)):
        monkeypatch.setattr(latency, name, value)
