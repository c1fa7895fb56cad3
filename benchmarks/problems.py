"""The operations that are measured, their sizes, arguments, and the least bytes they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Direction = Literal["forward", "both"]

OURS = "Dovetail"  # the column that others are compared with
# Dovetail as well, in the ways in which TensorFlow runs what is its own; the fastest counts, as it
# does of the peers.
IN_GRAPH, IN_XLA = "in tf.function", "in tf XLA"
# The columns of jax_host.py that show what Dovetail chooses from there: not peers.
ALWAYS_KERNELS, NEVER_KERNELS = "kernels", "jax.numpy"
WAYS = (OURS, IN_GRAPH, IN_XLA)
OWN = frozenset({*WAYS, ALWAYS_KERNELS, NEVER_KERNELS})
COLUMNS = 1024
CLASSES = (10, 1000, 8192)
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
QUICK_SIZES = (1_000, 100_000, 1_000_000)
EPSILON = 1e-5

POINTWISE = ("mish", "gelu", "swiglu")
ROWS = ("softmax", "log_softmax", "rms_norm", "layer_norm")
KERNELS = (*POINTWISE, *ROWS, "cross_entropy")
ADAMW = "adamw"
OPERATIONS = (*KERNELS, ADAMW)
COPIES = ("relu",)  # pointwise, and bound by memory alone
ON_HOSTS = (*KERNELS, *COPIES)  # inside a framework
HOST_SIZES = (64, 100_000, 10_000_000)

# The tensors of the optimizer: 27 million values in 302 tensors, and a small network.
PARAMETERS: dict[str, tuple[int, ...]] = {
    "27M in 302 tensors": (65_536,) * 150 + (1_024,) * 150 + (8_388_608,) * 2,
    "55k in 6 tensors": (784 * 64, 64, 64 * 64, 64, 640, 10),
}


@dataclass(frozen=True, slots=True)
class Adam:
    """The hyperparameters of AdamW, the same for every library."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One row of a table: an operation on given arrays.

    `arrays` are the inputs; the floating ones are differentiated. `cotangent` is None
    where the output is a scalar.
    """

    operation: str
    direction: Direction
    label: str
    size: int
    arrays: tuple[Array, ...]
    cotangent: Array | None
    outputs: tuple[tuple[int, ...], ...]

    @property
    def floating(self) -> tuple[int, ...]:
        """Positions of the arrays that have a gradient."""
        return tuple(i for i, array in enumerate(self.arrays) if array.dtype.kind == "f")

    @property
    def least_bytes(self) -> int:
        """Every input read once and every output written once."""
        read = sum(array.nbytes for array in self.arrays)
        written = 4 * sum(int(np.prod(shape)) for shape in self.outputs)
        if self.direction == "both":
            read += 0 if self.cotangent is None else self.cotangent.nbytes
            written += sum(self.arrays[i].nbytes for i in self.floating)
        return read + written


def problems(operation: str, sizes: Sequence[int]) -> Iterator[Problem]:
    """The rows of an operation, forward ones first."""
    shapes = list(_shapes(operation, sizes))
    for direction in ("forward", "both"):
        for shape in shapes:
            yield make(operation, direction, shape)


def _shapes(operation: str, sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if operation in (*POINTWISE, *COPIES):
        yield from ((size,) for size in sizes)
    elif operation in ROWS:
        yield from ((max(1, size // 1_000), min(size, COLUMNS)) for size in sizes)
    else:
        for classes in CLASSES:
            for size in sizes:
                if size >= classes and (classes == CLASSES[0] or size != 10_000):
                    yield (size // classes, classes)


def make(operation: str, direction: Direction, shape: tuple[int, ...]) -> Problem:
    """A problem with random arguments, the same ones each time."""
    generator = np.random.default_rng(len(shape) + sum(shape))

    def normal(*wanted: int) -> Array:
        return generator.standard_normal(wanted, np.float32)

    arrays: tuple[Array, ...] = (normal(*shape),)
    outputs: tuple[tuple[int, ...], ...] = (shape,)
    if operation == "swiglu":
        arrays += (normal(*shape),)
    elif operation == "rms_norm":
        arrays += (normal(shape[-1]),)
    elif operation == "layer_norm":
        arrays += (normal(shape[-1]), normal(shape[-1]))
    elif operation == "cross_entropy":
        arrays += (generator.integers(0, shape[-1], shape[0]),)
        outputs = ((),)
    cotangent = None if operation == "cross_entropy" else normal(*shape)
    label = " x ".join(f"{extent:,}" for extent in shape)
    size = int(np.prod(shape))
    return Problem(operation, direction, label, size, arrays, cotangent, outputs)


def optimizer_arrays(sizes: Sequence[int]) -> tuple[list[Array], list[Array]]:
    """Parameters and their gradients."""
    generator = np.random.default_rng(len(sizes))
    parameters = [generator.standard_normal(size, np.float32) for size in sizes]
    gradients = [generator.standard_normal(size, np.float32) for size in sizes]
    return parameters, gradients
