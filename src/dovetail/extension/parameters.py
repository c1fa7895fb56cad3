"""Declarations in classes of layers and optimizers: parameters, states, inferred fields."""

from __future__ import annotations

from typing import Any

from dovetail.errors import UnresolvedFieldError
from dovetail.extension.initializers import Init
from dovetail.graph.dtypes import DType, as_dtype, float32

Dimension = str | int


class FromInput:
    """A field that is the size of an axis of the layer's first input, unless it is given."""

    name: str
    owner: str

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.owner = name, owner.__name__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        raise UnresolvedFieldError(
            f"{self.owner}.{self.name} is taken from the first input, and there was none so far",
            "a call, or build(shape), before the field is read",
            f"call the layer first, or give {self.name}= when making it",
            instance.location,
        )

    def __repr__(self) -> str:
        return f"from_input(axis={self.axis})"


def from_input(axis: int = -1) -> Any:
    """A field that is resolved at the first call, or by `build`, from the first input."""
    return FromInput(axis)


class Declaration:
    """An array that belongs to a layer or to a parameter under optimisation.

    `shape`: integers, or names of fields that hold them. `init`: a name (see
    initializers.py), a number, or a function (rng, shape, dtype). `dtype`: a data type,
    or the name of a field that holds one. `when`: the name of a field; the array exists
    only where that field is true, and is None otherwise. `like="param"`: in an optimizer, with
    the shape of the parameter, and its dtype unless one is given.
    """

    name: str

    def __init__(
        self,
        *shape: Dimension,
        init: Init = "zeros",
        dtype: Any = None,
        when: str | None = None,
        like: str | None = None,
    ) -> None:
        self.shape = shape
        self.init = init
        self.dtype = dtype
        self.when = when
        self.like = like

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.read_declared(self)

    def __set__(self, instance: Any, value: Any) -> None:
        instance.write_declared(self, value)

    def data_type(self, instance: Any, default: DType = float32) -> DType:
        """The declared data type, or that of the field that it names."""
        given = self.dtype
        if isinstance(given, str) and hasattr(instance.__class__, given):
            given = getattr(instance, given)
        return default if given is None else as_dtype(given)

    def __repr__(self) -> str:
        parts = [*map(repr, self.shape), f"init={self.init!r}"]
        return f"{type(self).__name__}({', '.join(parts)})"


class Parameter(Declaration):
    """An array that training changes."""


class State(Declaration):
    """An array that `forward` (of a layer) or `update` (of an optimizer) changes by assigning."""


class RandomKey(State):
    """A random key of a layer: another one for each pass that reads it.

    In `forward`, `self.key` is the key for `dt.dropout` or `dt.random_normal`;
    `dt.fold_in(self.key, n)` gives more keys. It cannot be assigned to. Hosts draw keys from their
    framework's generator, so that its seeds and checkpoints work as with its own layers.
    """

    def __init__(self, *, when: str | None = None) -> None:
        super().__init__(2, init=_random_words, dtype="uint32", when=when)


def _random_words(rng: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    return rng.integers(0, 2**32, shape, dtype=dtype)


def declarations(owner: type) -> dict[str, Declaration]:
    """The parameters and states of a class by name, those of its bases first."""
    found: dict[str, Declaration] = {}
    for base in reversed(owner.__mro__):
        for name, value in base.__dict__.items():
            if isinstance(value, Declaration):
                found[name] = value
            else:
                found.pop(name, None)
    return found
