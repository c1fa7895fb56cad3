"""Every public piece of the package, found in its namespace, with arguments for a call of each.

Arguments of the language's functions are the samples of its tests, those of other pieces are the
checker's. For processes of the sweep only: it puts the package in the place of the functions that
those samples were written for.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.errors import DovetailError
from dovetail.extension.base import Extension
from dovetail.language import namespace
from dovetail.language.tree import flatten
from dovetail.verify.definitions import definitions_of
from dovetail.verify.targets import target_of
from tests.files import own_pieces

# Their outputs' sizes follow from values, which no graph can hold.
DATA_DEPENDENT = frozenset({
    "nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values",
})  # fmt: skip
RANDOM = frozenset({"random_normal", "random_uniform"})  # of a key and a shape
KEY = np.asarray([3, 2**31 + 5], np.uint32)
BASES = ("Layer", "Model", "Optimizer")
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Piece:
    """A definition and arguments for it. `call(definition, *arrays)` may give settings, too."""

    name: str
    definition: Any  # of a layer or optimizer, an instance
    arrays: tuple[Any, ...] = ()
    call: Callable[..., Any] | None = None  # None: no arguments are known

    @property
    def kind(self) -> str:
        """What it is: op, activation, loss, layer or optimizer."""
        return str(self.definition._kind)

    @property
    def runs(self) -> bool:
        """Whether it can be called on a framework's arrays."""
        return self.call is not None and bool(self.arrays)


def public() -> dict[str, Any]:
    """The definitions of the package and of a user's module, by name."""
    named = {name: getattr(dt, name) for name in dir(dt) if name not in BASES}
    found = {name: each for name, each in named.items() if _is_definition(each)}
    return {**found, **definitions_of(own_pieces)}


def _is_definition(value: Any) -> bool:
    is_class = isinstance(value, type) and issubclass(value, (dt.Layer, dt.Optimizer))
    return is_class or isinstance(value, Extension)


def pieces(names: Collection[str] | None = None) -> list[Piece]:
    """All pieces, or some: functions of the language, activations, losses, layers, optimizers."""
    samples = _language_samples()
    return [
        _of_class(name, each) if isinstance(each, type) else _of_extension(name, each, samples)
        for name, each in public().items()
        if names is None or name in names
    ]


def _language_samples() -> dict[str, Any]:
    """The samples of the language's functions, which call the extensions of the package."""
    place: Any = namespace
    known = place.NAMESPACE, place.FUNCTIONS
    try:
        place.NAMESPACE = dt
        place.FUNCTIONS = {name: getattr(dt, name) for name in place.FUNCTIONS}
        module: Any = importlib.import_module("tests.language.samples")
    finally:
        place.NAMESPACE, place.FUNCTIONS = known
    samples: dict[str, Any] = module.SAMPLES
    return samples


def _of_extension(name: str, extension: Any, samples: dict[str, Any]) -> Piece:
    if name in RANDOM:
        return Piece(name, extension, (KEY,), lambda function, key: function(key, (2, 3)))
    needed = (each for each in extension.signature.arguments if not each.is_array)
    if any(each.default is inspect.Parameter.empty for each in needed):
        return _of_samples(name, extension, samples.get(name, []))
    try:
        target = target_of(extension, np.random.default_rng(0))
    except DovetailError:
        return _of_samples(name, extension, samples.get(name, []))
    sample = target.calls[0].sample
    settings = dict(sample.settings)
    return Piece(
        name, extension, _narrow(sample.args), lambda piece, *arrays: piece(*arrays, **settings)
    )


def _of_samples(name: str, extension: Any, samples: Sequence[Any]) -> Piece:
    """A call as in the language's tests, for a function that needs more than arrays."""
    first = next((each for each in samples if each.arrays), None)
    if first is None:
        return Piece(name, extension)
    return Piece(name, extension, first.arrays, lambda _, *arrays: first.call(*arrays))


def _of_class(name: str, owner: Any) -> Piece:
    if name == "Sequential":
        owner = dt.Sequential(dt.Dense(4, dt.mish), dt.BatchNorm(), dt.Dropout(0.5), dt.Dense(3))
    elif name == "Activation":
        owner = dt.Activation(dt.snake)
    target = target_of(owner, np.random.default_rng(0))
    if target.kind == "optimizer":
        return Piece(name, target.definition)
    arrays = _narrow(target.calls[0].sample.args[2:])
    return Piece(name, target.definition, arrays, lambda layer, *arrays: layer(*arrays))


def _narrow(args: Sequence[Any]) -> tuple[Any, ...]:
    """The arguments with float32 for float64."""
    return tuple(
        [_one(each) for each in arg] if isinstance(arg, (list, tuple)) else _one(arg)
        for arg in args
    )


def _one(array: Any) -> Array:
    array = np.asarray(array)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def leaves(value: Any, to_numpy: Callable[[Any], Array] = np.asarray) -> list[Array]:
    """The arrays of a result, in order."""
    return [to_numpy(leaf) for _, leaf in flatten(value)[0]]


def differences(what: str, got: Sequence[Array], right: Sequence[Array]) -> list[str]:
    """What differs between two results, to the bit."""
    if len(got) != len(right):
        return [f"{what}: {len(got)} arrays in place of {len(right)}"]
    return [
        f"{what}: output {number} differs"
        for number, (one, other) in enumerate(zip(got, right, strict=True))
        if one.dtype != other.dtype or one.shape != other.shape or one.tobytes() != other.tobytes()
    ]


def parameters() -> dict[str, Array]:
    """Parameters to train with an optimizer."""
    rng = np.random.default_rng(1)
    return {"kernel": rng.normal(size=(4, 3)).astype("f4"), "bias": np.ones(3, np.float32)}


def gradients(step: int) -> dict[str, Array]:
    """Gradients of these for a step."""
    rng = np.random.default_rng(100 + step)
    return {name: rng.normal(size=array.shape).astype("f4") for name, array in parameters().items()}
