"""Models that train.py has saved."""

from __future__ import annotations

from pathlib import Path

import dovetail as dt
from common.data import DataError


def load_model(path: Path) -> dt.Model:
    """The model in a file; DataError if train.py has not written it."""
    if not path.is_file():
        raise DataError(f"{path} is missing.\n  Run train.py first, which writes it.")
    return dt.load(path)
