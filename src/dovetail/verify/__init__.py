"""The checker: `dt.check` and its reports."""

from __future__ import annotations

from dovetail.verify.check import check
from dovetail.verify.report import Report
from dovetail.verify.verdict import Case, Verdict

__all__ = ["Case", "Report", "Verdict", "check"]

PUBLIC = ["check"]
"""The names that `dovetail` re-exports."""
