"""Which tasks of a block wait for others."""

from __future__ import annotations

from typing import Any

import pytest

from dovetail.compile.gpu.loop_order import Copy, Region, Zeros, waiting

# Of arrays by a letter: two of the block's temporaries share bytes, as a and b do.
REGIONS = {
    "a": Region("arena", 0, 0, 16, is_arena=True),
    "b": Region("arena", 1, 8, 24, is_arena=True),
    "c": Region("arena", 2, 24, 32, is_arena=True),
    "x": Region("carry", 0),
    "y": Region("carry", 1),
    "z": Region("result", 1),
}
# Tasks, "0" to clear an array and "r" to read one, and which of them wait.
ORDERS = {
    "a reader of what was written": ("0x rx", (False, True)),
    "a writer of what was read": ("rx 0x", (False, True)),
    "readers of one array": ("rx rx", (False, False)),
    "writers of one array": ("0x 0x", (False, True)),
    "arrays of one kind": ("0x ry", (False, False)),
    "arrays of one number": ("0y rz", (False, False)),
    "bytes that are read and written": ("0a rb", (False, True)),
    "bytes that are written again": ("ra 0b", (False, True)),
    "other bytes": ("0b rc", (False, False)),
    "a barrier for all before it": ("0x 0y rx ry", (False, False, True, False)),
    "a barrier for none behind it": ("0x rx 0x rx", (False, True, True, True)),
    "tasks that are not next to each other": ("0x ry rz rx", (False, False, False, True)),
}


@pytest.mark.parametrize("case", ORDERS)
def test_barriers(case: str) -> None:
    text, expected = ORDERS[case]
    named: list[Any] = [
        Zeros(name) if kind == "0" else Copy(name, 0)  # type: ignore[arg-type]
        for kind, name in text.split()
    ]
    assert tuple(waiting(named, lambda name: REGIONS[str(name)])) == expected
