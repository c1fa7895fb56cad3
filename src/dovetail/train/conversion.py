"""What taking over a model of a framework needs: the arrays of a layer, and the errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from dovetail.errors import UnsupportedError
from dovetail.extension.layer import Layer
from dovetail.train.inputs import on_cpu

Arrays = Mapping[str, Any]


def give(layer: Layer, arrays: Arrays) -> Layer:
    """The layer with the arrays that are not None, by path; in float64 if any of them is."""
    given = {path: np.array(on_cpu(value)) for path, value in arrays.items() if value is not None}
    layer.load(given)
    if all(array.dtype != np.float64 for array in given.values()):
        return layer
    for each, prefix in layer.walk():
        for name in each.declared:
            array = given.get(prefix + name)
            if array is not None and array.dtype.kind == "f":
                each.keep_array(name, array.astype(np.float64))
    return layer


def unknown(
    function: str, known: Iterable[str], path: str, name: str, setting: str = ""
) -> UnsupportedError:
    """The error for a layer, or a setting of one, that the library's layers cannot say."""
    where = f" at {path!r}" if path else ""
    names = sorted({re.sub(r"\dD", "*D", each) for each in known})
    return UnsupportedError(
        f"dt.{function} cannot take over {name}{where}{setting}",
        f"layers, and models of layers, among {', '.join(names)}",
        "write this part as a dt.Layer, and set its arrays by load",
    )


def require(
    refused: Callable[[str, str, str], Exception], path: str, module: Any, **settings: Any
) -> None:
    """Raises if a module has a setting that the library's layers do not have."""
    for name, value in settings.items():
        found = getattr(module, name, value)
        if found != value:
            raise refused(path, type(module).__name__, f": it has {name}={found!r:.80}")


def tuples(value: Any) -> Any:
    """Lists as tuples, at every depth."""
    return tuple(map(tuples, value)) if isinstance(value, (list, tuple)) else value
