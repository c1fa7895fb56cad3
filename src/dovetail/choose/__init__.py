"""Which framework for a model: the model in each, measured on this machine, and a verdict."""

from __future__ import annotations

from dovetail.choose.contest import QUICK, Effort, choose
from dovetail.choose.subject import Subject, mission, subject_of

__all__ = ["QUICK", "Effort", "Subject", "choose", "mission", "subject_of"]
