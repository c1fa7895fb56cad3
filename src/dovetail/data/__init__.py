"""Handwritten digits that ship with Dovetail; source and licence are in `README.md`."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Digits", "load_digits"]

PUBLIC = __all__


class Digits(NamedTuple):
    """Images (n, 28, 28) of uint8, 0 to 255, and their labels (n,) of int64, 0 to 9."""

    x_train: npt.NDArray[np.uint8]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.uint8]
    y_test: npt.NDArray[np.int64]


def load_digits() -> Digits:
    """8,000 digits of MNIST for training and 2,000 held out, from the installed package.

    LeCun, Cortes, Burges: the MNIST database of handwritten digits; CC BY-SA 3.0.
    Nothing is downloaded.
    """
    with (files("dovetail.data") / "mnist.npz").open("rb") as file, np.load(file) as archive:
        arrays: dict[str, Any] = {name: archive[name] for name in Digits._fields}
    for name in ("y_train", "y_test"):
        arrays[name] = arrays[name].astype(np.int64)
    return Digits(**arrays)
