"""Declarations in classes of layers and optimizers: parameters, states, inferred fields."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from dovetail.errors import DefinitionError, UnresolvedFieldError, described
from dovetail.extension.initializers import INITIALIZERS, Init
from dovetail.graph.dtypes import DType, as_dtype, float32

Dimension = str | int
ShapeFunction = Callable[..., Sequence[int]]
LIKE_PARAMETER = "param"


class FromInput:
    """A field that is the size of an axis of the layer's first input, unless it is given."""

    name: str
    owner: str

    def __init__(self, axis: int | str) -> None:
        self.axis = axis

    def axes(self, instance: Any) -> Any:
        """The axis, or a tuple of axes; None if the field that `axis` names is None."""
        return getattr(instance, self.axis) if isinstance(self.axis, str) else self.axis

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.owner = name, owner.__name__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.axes(instance) is None:
            return 1
        raise UnresolvedFieldError(
            f"{self.owner}.{self.name} is taken from the first input, and there was none so far",
            "a call, or build(shape), before the field is read",
            f"call the layer first, or give {self.name}= when making it",
            instance.location,
        )

    def __repr__(self) -> str:
        return f"from_input(axis={self.axis})"


def from_input(axis: int | str = -1) -> Any:
    """A field that is resolved at the first call, or by `build`, from the first input.

    `axis`: an axis, or the name of a field that holds one; of a tuple of axes the field is a tuple
    of sizes, and of None it is 1.
    """
    return FromInput(axis)


class Declaration:
    """An array that belongs to a layer or to a parameter under optimisation.

    `shape`: integers, names of fields that hold an integer or a tuple of them, or the quotient of
    two fields, "features / groups", which must be an integer. `init`: a name
    (see initializers.py), a number, a function (rng, shape, dtype), or the name of a field or
    property that holds one of these; "param", in an optimizer, for a copy of the parameter.
    `dtype`: a data type, the name of a field that holds one, or "param" for that of the parameter
    (in a layer, of parameters without a dtype of their own). `when`: the name of a field; the array
    exists only where that field is true, and is None otherwise. `like="param"`: in an optimizer,
    with the shape of the parameter, and its dtype unless one is given.
    """

    name: str
    shape_of: ShapeFunction | None = None  # of the parameter's, in an optimizer

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

    @property
    def has_own_type(self) -> bool:
        """Whether a data type is declared, rather than that of the parameters."""
        return self.dtype is not None and self.dtype != LIKE_PARAMETER

    def data_type(self, instance: Any, default: DType = float32) -> DType:
        """The declared data type, or that of the field that it names."""
        given = self.dtype if self.has_own_type else None
        if isinstance(given, str) and hasattr(instance.__class__, given):
            given = getattr(instance, given)
        return default if given is None else as_dtype(given)

    def initial_value(self, instance: Any) -> Init:
        """What the array starts from: the declared `init`, or the field or property it names."""
        init = self.init
        if not isinstance(init, str) or init in (*INITIALIZERS, LIKE_PARAMETER):
            return init
        owner: Any = instance.__class__
        named = any(field.name == init for field in owner.fields)
        named = named or isinstance(getattr(owner, init, None), property)
        found: Init = getattr(instance, init) if named else init
        return found

    def extents(self, instance: Any) -> tuple[int, ...]:
        """The shape, with the fields of a layer, of its shadow or of an optimizer."""
        return tuple(
            extent
            for dimension in self.shape
            for extent in _extents(instance, self.name, dimension)
        )

    def sizes(self, instance: Any, shape: Sequence[int]) -> dict[str, Any]:
        """The fields that come from the input, as the shape of this array has them."""
        found: dict[str, Any] = {}
        rest = iter(map(int, shape))
        for dimension in self.shape:
            field, divisor = _parts(dimension)
            source: FromInput | None = instance.inferred.get(field)
            kept: Any = _held(instance, field) if source is None else source.axes(instance)
            several: bool = type(kept) in (tuple, list)
            taken = tuple(itertools.islice(rest, len(kept) if several else 1))
            if source is not None and taken:
                times = 1 if divisor is None else int(_held(instance, divisor))
                sizes = tuple(each * times for each in taken)
                found[str(field)] = sizes if several else sizes[0]
        return found

    def __repr__(self) -> str:
        parts = [*map(repr, self.shape), f"init={self.init!r}"]
        return f"{type(self).__name__}({', '.join(parts)})"


def _parts(dimension: Dimension) -> tuple[Dimension, str | None]:
    """The field of a dimension, and the field that it is divided by, if any."""
    if not isinstance(dimension, str) or "/" not in dimension:
        return dimension, None
    field, divisor = dimension.split("/")
    return field.strip(), divisor.strip()


def _held(instance: Any, dimension: Dimension) -> Any:
    """An integer, or what the field of this name holds."""
    return getattr(instance, dimension, None) if isinstance(dimension, str) else dimension


def _extents(instance: Any, name: str, dimension: Dimension) -> tuple[int, ...]:
    """The extents of a dimension: an integer, or what the field that it names holds."""
    field, divisor = _parts(dimension)
    extents = _integers(instance, name, field)
    if divisor is None:
        return extents
    (by,) = _integers(instance, name, divisor)
    if by < 1 or any(extent % by for extent in extents):
        value = _held(instance, field)
        raise DefinitionError(
            f"the shape of {type(instance).__name__}.{name} has dimension {dimension!r}, which is "
            f"{value} / {by}",
            "an integer",
            f"choose {divisor} so that it divides {field}",
            instance.location,
        )
    return tuple(extent // by for extent in extents)


def _integers(instance: Any, name: str, dimension: Dimension) -> tuple[int, ...]:
    value: Any = dimension
    if isinstance(dimension, str):
        if not hasattr(instance.__class__, dimension) and dimension not in vars(instance):
            raise _wrong_dimension(instance, name, dimension, "there is no such field")
        value = getattr(instance, dimension)
    extents: tuple[Any, ...] = tuple(value) if type(value) in (tuple, list) else (value,)
    for each in extents:
        if isinstance(each, bool) or not hasattr(each, "__index__") or int(each) < 0:
            raise _wrong_dimension(instance, name, dimension, f"it is {described(value)}")
    return tuple(map(int, extents))


def _wrong_dimension(
    instance: Any, name: str, dimension: Dimension, reason: str
) -> DefinitionError:
    return DefinitionError(
        f"the shape of {type(instance).__name__}.{name} has dimension {dimension!r}: {reason}",
        "integers from 0, or names of fields that hold one or a tuple of them",
        "declare such a field, or correct the name",
        instance.location,
    )


class Parameter(Declaration):
    """An array that training changes."""


class State(Declaration):
    """An array that `forward` (of a layer) or `update` (of an optimizer) changes by assigning.

    `shape`, in an optimizer: a function from the shape of the parameter, or from the optimizer and
    that shape, to the shape of the state, which has the parameter's dtype unless one is given.
    """

    def __init__(
        self,
        *dimensions: Dimension,
        shape: ShapeFunction | None = None,
        init: Init = "zeros",
        dtype: Any = None,
        when: str | None = None,
        like: str | None = None,
    ) -> None:
        if shape is not None and (dimensions or like is not None):
            raise DefinitionError(
                f"a state is declared with shape= and with {dimensions or f'like={like!r}'}",
                "one way to say its shape",
                "leave out shape=, or the other",
            )
        super().__init__(*dimensions, init=init, dtype=dtype, when=when, like=like)
        self.shape_of = shape


class Shared(Declaration):
    """A state of an optimizer that belongs to all parameters together, or to PyTorch's group.

    `prepare` reads and assigns it; `update` and `evaluation` read it if it is a floating scalar,
    which counts as a number: it takes the type of the array that it meets. Without dimensions it is
    a float64 scalar (float32 in JAX without 64 bits).
    """

    def __init__(
        self,
        *shape: Dimension,
        init: Init = "zeros",
        dtype: Any = None,
        when: str | None = None,
    ) -> None:
        own = "float64" if dtype is None and not shape else dtype
        super().__init__(*shape, init=init, dtype=own, when=when)


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
