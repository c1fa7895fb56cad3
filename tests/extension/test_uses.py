"""Which calls count as another use of a definition."""

from __future__ import annotations

from typing import Any

import dovetail as dt
from dovetail.extension.uses import Uses
from dovetail.graph.dtypes import float32, float64
from dovetail.language.trace import ArraySpec, ScalarSpec

X = ArraySpec((3, 4), float32)


def test_ranks_types_and_static_values_tell_uses_apart() -> None:
    uses = Uses()
    calls: list[tuple[list[Any], dict[str, Any]]] = [
        ([X], {}), ([ArraySpec((1, 4), float32)], {}), ([ArraySpec((4,), float32)], {}),
        ([ArraySpec((3, 4), float64)], {}), ([X, X], {}), ([(X, X)], {}), ([X], {"axis": 0}),
        ([X], {"axis": 1}), ([X], {"axis": 1.0}), ([X], {"axis": ScalarSpec()}),
    ]  # fmt: skip
    for number, (args, kwargs) in enumerate(calls, 1):
        uses.add(args, kwargs)
        assert len(uses) == number
    # Other sizes, 1 excepted, are the same use; the first call of each is kept.
    uses.add([ArraySpec((5, 6), float32)], {})
    uses.add([ArraySpec((1, 9), float32)], {})
    assert [(list(args), dict(kwargs)) for args, kwargs in uses] == calls


def test_an_extension_notes_its_uses() -> None:
    import numpy as np  # noqa: PLC0415

    doubled = dt.op(lambda x: x * 2.0)
    for shape in ((3, 4), (5, 6), (1, 6), (2,)):
        doubled(np.zeros(shape))
    assert [spec.shape for (spec,), _ in doubled.uses] == [(3, 4), (1, 6), (2,)]
