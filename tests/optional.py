"""Packages that may be missing: a test that uses one is skipped where it is not installed."""

from __future__ import annotations

from typing import Any

import pytest


class Optional:
    """Stands for a package; the first use imports it, or skips the test."""

    def __init__(self, package: str) -> None:
        self.package = package

    def __getattr__(self, name: str) -> Any:
        return getattr(pytest.importorskip(self.package), name)


torch: Any = Optional("torch")
