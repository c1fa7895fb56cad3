"""@dt.op: any number of arrays in, an array or a tree of arrays out."""

from __future__ import annotations

from collections.abc import Callable

from dovetail.extension.base import Arguments, Extension, Result


class Op(Extension[Arguments, Result]):
    """Arrays in, an array or a tuple, list or dict of arrays out."""


def op(
    definition: Callable[Arguments, Result], *, name: str | None = None
) -> Op[Arguments, Result]:
    """An extension of arrays that returns an array, or a tuple, list or dict of arrays."""
    return Op(definition, name=name)
