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
    """Applies its members in order; `training` reaches every layer among them."""

    layers: tuple[Any, ...]

    def __init__(self, *layers: Any, seed: int | None = None) -> None:
        given: Any = layers[0] if len(layers) == 1 else None
        members = given if is_sequence(given) else layers
        super().__init__(tuple(member(item) for item in members), seed=seed)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(_shown, self.layers))})"

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Any:
        return self.layers[index]


def _shown(value: Any) -> str:
    if isinstance(value, Extension):
        return value.name
    return repr(value) if isinstance(value, Layer) else getattr(value, "__name__", repr(value))
