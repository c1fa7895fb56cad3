"""Every piece under the host's own vmap, against one call for each example."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from dovetail.language.tree import flatten, unflatten
from tests.files.pieces import DATA_DEPENDENT, Array, Piece

EXAMPLES = 4
Function = Callable[..., list[Any]]  # of arrays, one after the other


def mapped(
    pieces: Sequence[Piece],
    form_of: Callable[[Piece], Any],
    vmap: Callable[[Function], Function],
    from_numpy: Callable[[Array], Any],
    to_numpy: Callable[[Any], Array],
) -> Iterator[str]:
    """What `vmap` computes otherwise than separate calls do."""
    checked = 0
    for piece in pieces:
        if not piece.runs or piece.name in DATA_DEPENDENT or piece.kind == "optimizer":
            continue
        checked += 1
        found, tree = flatten(piece.arrays)
        examples = [_example(leaf, number) for number in range(EXAMPLES) for _, leaf in found]
        rows = [examples[i * len(found) : (i + 1) * len(found)] for i in range(EXAMPLES)]
        function = _function(piece, form_of(piece), tree)
        stacked = [np.stack(column) for column in zip(*rows, strict=True)]
        try:
            together = [to_numpy(each) for each in vmap(function)(*map(from_numpy, stacked))]
            apart = [list(map(to_numpy, function(*map(from_numpy, row)))) for row in rows]
        except Exception as error:
            yield f"{piece.name} vmapped: {type(error).__name__}: {error}"
            continue
        for number, (got, *right) in enumerate(zip(together, *apart, strict=True)):
            if not _is_close(got, np.stack(right)):
                yield f"{piece.name} vmapped: output {number} differs"
    if checked < 150:
        yield f"only {checked} pieces were vmapped"


def _function(piece: Piece, form: Any, tree: Any) -> Function:
    """A piece as a function of the leaves of its arguments to those of its result."""

    def function(*arrays: Any) -> list[Any]:
        assert piece.call is not None
        result = piece.call(form, *unflatten(tree, list(arrays)))
        return [leaf for _, leaf in flatten(result)[0]]

    return function


def _example(array: Array, number: int) -> Array:
    """The same values in another order: they stay in the domain, and labels in their range."""
    array = np.asarray(array)
    if array.dtype == np.uint32:  # a key
        return array + np.uint32(number)
    return np.roll(array, number) if array.ndim != 1 else np.roll(array, number, axis=0)


def _is_close(got: Array, right: Array) -> bool:
    if got.shape != right.shape or got.dtype != right.dtype:
        return False
    if got.dtype.kind in "biu":
        return bool((got == right).all())
    scale = np.max(np.abs(right[np.isfinite(right)]), initial=1e-3)
    return np.allclose(got, right, rtol=1e-5, atol=1e-5 * scale, equal_nan=True)
