"""Smaller and faster models: each function returns a changed model and what was measured.

The original is kept where a change does not pay, and the report says so.
"""

from __future__ import annotations

from dovetail.improve.clip import clip
from dovetail.improve.distil import distil
from dovetail.improve.factorise import factorise
from dovetail.improve.fold import fold
from dovetail.improve.normalise import normalise
from dovetail.improve.prune import prune
from dovetail.improve.quantise import quantise
from dovetail.improve.report import Improved, Report
from dovetail.improve.trade_off import TradeOff, trade_off

__all__ = [
    "Improved", "Report", "TradeOff", "clip", "distil", "factorise", "fold", "normalise", "prune",
    "quantise", "trade_off",
]  # fmt: skip
