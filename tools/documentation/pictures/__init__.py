"""Pictures of the library's pieces for the reference; `drawing` makes them with Altair."""

from __future__ import annotations

from typing import Any

from tools.documentation.pictures.functions import of_function
from tools.documentation.pictures.layers import of_layer
from tools.documentation.pictures.optimizers import of_optimizer, of_schedule

from dovetail.extension.base import Extension
from dovetail.extension.optimizer import Optimizer
from dovetail.library.schedules import Schedule


def of_entry(name: str, value: Any) -> str:
    """The picture of an entry, or an empty text where one would say nothing."""
    if isinstance(value, type) and value is not Optimizer and issubclass(value, Optimizer):
        return of_optimizer(name, value)
    if isinstance(value, type) and issubclass(value, Schedule):
        return of_schedule(name)
    found = of_function(name, value) if isinstance(value, Extension) else ""
    return found or of_layer(name)
