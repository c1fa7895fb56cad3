"""The fields of a layer that fit arrays of other sizes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dovetail.errors import DovetailError, UnsupportedError
from dovetail.graph.node import Shape

Shapes = Mapping[str, tuple[Shape, Shape]]  # of arrays by name, before and after

_MOST = 20_000  # combinations of values that are tried


def fit_fields(layer: Any, shapes: Shapes, inputs: Mapping[str, Any]) -> None:
    """Set the fields of a layer so that its declared arrays have their new shapes.

    `shapes`: of each array before and after; `inputs`: fields that come from the input. A field
    keeps its value, takes the new size of an array where it was the old one, or changes in
    proportion to a size: so 4 units of an LSTM's gates follow from its units.
    """
    given = {name: value for name, value in inputs.items() if name in vars(layer)}
    before = dict(vars(layer))
    for values in _combinations(layer, shapes, given):
        layer.__dict__.update(values)
        found = _extents(layer, shapes)
        layer.__dict__.update({name: before[name] for name in values})
        if found == {name: after for name, (_, after) in shapes.items()}:
            for name, value in values.items():
                if value != before[name]:
                    setattr(layer, name, value)
            return
    sizes = ", ".join(f"{name} {after}" for name, (_, after) in shapes.items())
    raise UnsupportedError(
        f"{layer.name} has no fields that give its arrays the sizes {sizes}",
        "a layer whose sizes follow from whole numbers among its fields",
        "declare its sizes by fields, dt.Parameter('features', 'units')",
        layer.location,
    )


def _names(layer: Any) -> list[str]:
    """The fields that may hold a size."""
    return [
        field.name for field in layer.fields
        if field.name in vars(layer) and field.name not in layer.inferred
        and (vars(layer)[field.name] is None or type(vars(layer)[field.name]) in (int, tuple))
    ]  # fmt: skip


def _combinations(layer: Any, shapes: Shapes, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Values of the fields that the shapes depend on; those that change little come first."""
    options = {name: _options(vars(layer)[name], shapes) for name in _names(layer)}
    now = _extents(layer, shapes)
    names = [name for name, each in options.items() if _matters(layer, name, each, shapes, now)]
    found = itertools.islice(itertools.product(*(options[name] for name in names)), _MOST)
    return ({**given, **dict(zip(names, values, strict=True))} for values in found)


def _options(value: Any, shapes: Shapes) -> Sequence[Any]:
    """The values that a field may take, its own first."""
    found: dict[Any, None] = {value: None}
    if isinstance(value, tuple):
        return [value, *(after for before, after in shapes.values() if before == value)]
    if value is None:
        return [None, *sorted({size for _, after in shapes.values() for size in after})]
    pairs = {pair for before, after in shapes.values() for pair in zip(before, after, strict=True)}
    for old, new in sorted(pairs):
        if old != new and value == old:
            found[new] = None
        elif old != new and value > 1 and value * new % old == 0:
            found[value * new // old] = None
    return list(found)


def _matters(layer: Any, name: str, options: Sequence[Any], shapes: Shapes, now: Any) -> bool:
    """Whether the shapes depend on a field."""
    before = vars(layer)[name]
    try:
        for value in options[1:]:
            layer.__dict__[name] = value
            if _extents(layer, shapes) != now:
                return True
    finally:
        layer.__dict__[name] = before
    return False


def _extents(layer: Any, shapes: Shapes) -> dict[str, Shape] | None:
    """The shapes that the fields give the arrays; None where they fit no array."""
    try:
        return {name: layer.declared[name].extents(layer) for name in shapes}
    except (DovetailError, ValueError, TypeError):
        return None
