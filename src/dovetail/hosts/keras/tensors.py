"""Arrays of Keras: symbolic tensors, variables, and tensors of the backend."""

from __future__ import annotations

import importlib
from typing import Any

import keras
import numpy as np

from dovetail.graph.dtypes import DType, as_dtype
from dovetail.language.trace import ArraySpec
from dovetail.operations.unknown_sizes import Partial

SYMBOLIC: type[Any] = keras.KerasTensor
VARIABLE: type[Any] = keras.Variable

BACKEND: str = keras.backend.backend()
_LIBRARY: Any = importlib.import_module(BACKEND)

# JAX has the wide types only where it is told so.
_NARROW = {"float64": "float32", "int64": "int32", "uint64": "uint32"}


def is_array(value: object) -> bool:
    """Whether a value is an array that Keras' own functions take."""
    return isinstance(value, (SYMBOLIC, VARIABLE, np.ndarray)) or keras.ops.is_tensor(value)


def tensor(value: Any) -> Any:
    """A variable or NumPy array as a tensor of the backend; other values as they are."""
    if isinstance(value, VARIABLE):
        return value.value
    return keras.ops.convert_to_tensor(value) if isinstance(value, np.ndarray) else value


def dense(gradient: Any, variable: Any) -> Any:
    """The gradient of a variable as a tensor; rows that are given twice (Embedding) are added."""
    if BACKEND == "tensorflow" and isinstance(gradient, _LIBRARY.IndexedSlices):
        rows = _LIBRARY.shape(tensor(variable))[0]
        return _LIBRARY.math.unsorted_segment_sum(gradient.values, gradient.indices, rows)
    if BACKEND == "torch" and gradient is not None and gradient.layout is not _LIBRARY.strided:
        return gradient.to_dense()
    if keras.ops.is_tensor(gradient):
        return keras.ops.convert_to_tensor(gradient, sparse=False)
    return gradient


def data_type(array: Any) -> DType:
    """The data type of an array."""
    return as_dtype(keras.backend.standardize_dtype(array.dtype))


def shape_of(array: Any) -> tuple[int | None, ...]:
    """The shape, with None for sizes that are not known."""
    return tuple(array.shape)


def partial(array: Any) -> Partial:
    """The shape as far as it is known; None where not even the rank is."""
    shape = getattr(array, "shape", None)
    if shape is not None and getattr(shape, "rank", 0) is None:
        return None
    return shape_of(array)


def spec(array: Any) -> ArraySpec:
    """The shape and data type, with 1 for a size that is not known."""
    shape = tuple(1 if size is None else int(size) for size in shape_of(array))
    return ArraySpec(shape, data_type(array))


def keras_dtype(dtype: DType) -> str:
    """Keras' name for the data type of an output on its backend."""
    if BACKEND == "jax" and dtype.name in _NARROW and not _LIBRARY.config.jax_enable_x64:
        return _NARROW[dtype.name]
    return dtype.name


def from_numpy(array: Any) -> Any:
    """A NumPy array as a tensor of the backend."""
    return keras.ops.convert_to_tensor(array)


def to_numpy(array: Any) -> Any:
    """A tensor as a NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(array))


def typed(value: Any, dtype: DType) -> Any:
    """The value of a variable in its declared type, where Keras stores it in a wider one.

    Keras has no unsigned types beyond uint8 on PyTorch; PyTorch has.
    """
    if BACKEND == "torch" and dtype.name in ("uint16", "uint32", "uint64"):
        return value.to(getattr(_LIBRARY, dtype.name))
    return value


def snapshot(value: Any) -> Any:
    """The value of a variable that is assigned to before a gradient is taken.

    On PyTorch Keras assigns in place, and backward may still read the old value.
    """
    return value.detach().clone() if BACKEND == "torch" else value


def initial_value(variable: Any) -> Any:
    """The value of a variable as it is now, for another one to start from."""
    if BACKEND == "tensorflow":
        # A step for XLA makes variables while it is traced; their first values must be plain.
        with _LIBRARY.init_scope():
            return keras.ops.convert_to_numpy(variable)
    # A copy also on JAX, where a step takes over the memory of what it is given.
    return snapshot(variable.value) if BACKEND == "torch" else keras.ops.copy(tensor(variable))
