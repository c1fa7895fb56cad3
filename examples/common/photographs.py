"""Photographs from files, by Pillow (which comes with Matplotlib)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from common.data import DataError


def grey(path: Path, shape: tuple[int, int]) -> npt.NDArray[Any]:
    """The photograph in grey, as uint8 (rows, columns): its middle, of this shape's proportions."""
    try:
        with Image.open(path) as opened:
            image = opened.convert("L")
    except FileNotFoundError:
        raise DataError(f"{path} is missing.") from None
    except UnidentifiedImageError:
        raise DataError(f"{path} is no image that Pillow can read.") from None
    rows, columns = shape
    width, height = image.size
    kept = min(width, height * columns / rows), min(height, width * rows / columns)
    box = (
        (width - kept[0]) / 2, (height - kept[1]) / 2,
        (width + kept[0]) / 2, (height + kept[1]) / 2,
    )  # fmt: skip
    return np.asarray(image.resize((columns, rows), Image.Resampling.BILINEAR, box=box))
