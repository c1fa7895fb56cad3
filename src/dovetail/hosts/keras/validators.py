"""Keras' own judges, and what the checker asks of the host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from dovetail.hosts.keras.tensors import to_numpy
from dovetail.hosts.protocol import Validator

Array = np.ndarray[Any, Any]


def versions() -> dict[str, str]:
    """Keras, and the backend that it runs on."""
    return {"keras": keras.__version__, "keras backend": keras.backend.backend()}


def optimize(
    optimizer: Any, params: Mapping[str, Array], gradients: Sequence[Mapping[str, Any]]
) -> list[dict[str, Array]]:
    """The parameters after each step, from NumPy arrays and as NumPy arrays."""
    variables = {name: keras.Variable(array, dtype=array.dtype.name) for name, array in params.items()}
    form = type(optimizer).keras
    given = {field.name: getattr(optimizer, field.name) for field in optimizer.fields}
    own = form(**given, clip_norm=optimizer.clip_norm, clip_value=optimizer.clip_value,
               maximize=optimizer.maximize)  # fmt: skip
    own.build(list(variables.values()))
    found: list[dict[str, Array]] = []
    for each in gradients:
        present = [(name, each[name]) for name in variables if each.get(name) is not None]
        own.apply([keras.ops.convert_to_tensor(g) for _, g in present],
                  [variables[name] for name, _ in present])  # fmt: skip
        found.append({name: to_numpy(v.value).copy() for name, v in variables.items()})
    return found


def _difference(what: str, got: Any, want: Any) -> Iterable[str]:
    for one, other in zip(keras.tree.flatten(got), keras.tree.flatten(want), strict=True):
        if not np.array_equal(to_numpy(one), to_numpy(other), equal_nan=True):
            yield f"{what} gives other numbers"


def _saved(definition: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterable[str]:
    """What is made again from its configuration gives the same numbers."""
    return []


VALIDATORS: tuple[Validator, ...] = ()
