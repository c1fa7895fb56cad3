"""What every framework's models take from Dovetail, and Dovetail does not have ready."""

from __future__ import annotations

from typing import Any

import dovetail as dt


@dt.op
def swiglu(x: Any, gate: Any) -> Any:
    """x gate sigmoid(gate). Shazeer 2020, arXiv:2002.05202."""
    return x * gate * dt.sigmoid(gate)
