"""Files of models, layers, optimizers and extensions, which hold definitions as maths."""

from __future__ import annotations

from dovetail.files.saving import load, load_weights, save, save_weights

__all__ = ["load", "load_weights", "save", "save_weights"]

PUBLIC = __all__
"""The names that `dovetail` re-exports."""
