"""Measurements on this machine: `dt.bench`, and what it shares with other advice."""

from __future__ import annotations

from dovetail.measure.bench import bench

__all__ = ["bench"]

PUBLIC = ["bench"]
"""The names that `dovetail` re-exports."""
