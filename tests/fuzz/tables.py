"""The tables of operations and motifs, filled."""

from __future__ import annotations

from tests.fuzz import (
    array_motifs,
    array_operations,
    compositions,
    elementwise_operations,
    movement_operations,
)
from tests.fuzz.motifs import MOTIFS
from tests.fuzz.operations import TABLE

# Each adds its rows when it is imported.
FILLED_BY = (
    array_motifs,
    array_operations,
    compositions,
    elementwise_operations,
    movement_operations,
)

__all__ = ["FILLED_BY", "MOTIFS", "TABLE"]
