"""dt.Sequential: layers, extensions and functions in order."""

from __future__ import annotations

from typing import Any

from dovetail.errors import CallError, described
from dovetail.extension.base import Extension
from dovetail.extension.layer import Layer
from dovetail.extension.values import is_sequence
from dovetail.language.namespace import FUNCTIONS


class Named:
    """A function of the language by its name, so that it can be pickled."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self.function = FUNCTIONS[name]

    def __call__(self, x: Any) -> Any:
        return self.function(x)

    def __reduce__(self) -> tuple[Any, ...]:
        return Named, (self.__name__,)


def _not_a_member(value: object, reason: str) -> CallError:
    return CallError(
        f"a member of Sequential is {described(value)}: {reason}",
        "a layer, an extension, a function, or the name of an activation",
        "replace it",
    )


def member(value: Any) -> Any:
    """A member given as a layer, an extension, a function, or the name of an activation."""
    if isinstance(value, str):
        try:
            value = Named(value)
        except KeyError:
            raise _not_a_member(value, "no activation has this name") from None
    if isinstance(value, type):
        raise _not_a_member(value, "a class, and not an instance of it")
    if not callable(value):
        raise _not_a_member(value, "it cannot be called")
    return value


class Sequential(Layer):
    """Applies its members in order; `training` reaches every layer among them.

    The mask of a member with `compute_mask(x)`, such as an Embedding with `mask_zero`, is passed to
    those behind it that take a `mask`, as far as their inputs have its axes.
    """

    layers: tuple[Any, ...]

    def __init__(self, *layers: Any, seed: int | None = None) -> None:
        given: Any = layers[0] if len(layers) == 1 else None
        members = given if is_sequence(given) else layers
        super().__init__(tuple(member(item) for item in members), seed=seed)

    def forward(self, x: Any) -> Any:
        mask: Any = None
        for layer in self.layers:
            takes = mask is not None and _takes_mask(layer)
            y = layer(x, mask=mask) if takes else layer(x)
            made: Any = getattr(layer, "compute_mask", None)
            if made is not None:
                mask = made(x)
            elif mask is not None and not _has_axes_of(mask, x, y):
                mask = None
            x = y
        return x

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(_shown, self.layers))})"

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Any:
        return self.layers[index]


def _takes_mask(layer: Any) -> bool:
    """Whether a member is a layer whose `forward` has an argument of this name."""
    code = getattr(type(layer).forward, "__code__", None) if isinstance(layer, Layer) else None
    count = 0 if code is None else code.co_argcount + code.co_kwonlyargcount
    return code is not None and "mask" in code.co_varnames[:count]


def _has_axes_of(mask: Any, x: Any, y: Any) -> bool:
    """Whether a result has the axes of its argument's mask: a last state, for example, has not."""
    shapes = [getattr(each, "shape", ()) for each in (x, y)]
    return len(shapes[1]) >= len(shapes[0]) and shapes[1][: mask.ndim] == mask.shape


def _shown(value: Any) -> str:
    if isinstance(value, Extension):
        return value.name
    return repr(value) if isinstance(value, Layer) else getattr(value, "__name__", repr(value))
