"""The emulator on PTX that is written by hand: lanes that branch apart meet again."""

from __future__ import annotations

import numpy as np
import pytest

from dovetail.verify.emulator import machine
from dovetail.verify.emulator.control_flow import ordered
from dovetail.verify.emulator.machine import launch
from dovetail.verify.emulator.memory import DeviceError, Memory
from dovetail.verify.emulator.ptx_text import Function, parse

# Lane n adds up 0 to n - 1 in a loop; what follows the loop stands before it.
LOOP = """
.visible .entry {name}(.param .u64 out)
.maxntid 32
{{
	.reg .pred %p<3>;
	.reg .b32 %r<6>;
	.reg .b64 %rd<4>;
	ld.param.u64 %rd1, [out];
	mov.u32 %r1, %tid.x;
	mov.u32 %r2, 0;
	mov.u32 %r3, 0;
	bra.uni $head;
$done:
	shfl.sync.bfly.b32 %r4, %r3, 1, 31, -1;
	mul.wide.u32 %rd2, %r1, 4;
	add.s64 %rd3, %rd1, %rd2;
	st.global.b32 [%rd3], %r4;
	ret;
$next:
	add.s32 %r2, %r2, 1;
	bra.uni $head;
$head:
	setp.ge.u32 %p1, %r2, %r1;
	@%p1 bra $done;
	add.s32 %r3, %r3, %r2;
	setp.eq.u32 %p2, %r2, 7;
	@%p2 bra $next;
	bra.uni $next;
}}
"""


def function(name: str) -> Function:
    return parse(LOOP.format(name=name)).functions[name]


def _run(name: str) -> np.ndarray:
    memory, made = Memory(), np.zeros(128, np.uint8)
    launch(LOOP.format(name=name), name, (1, 1, 1), 32, 0, [memory.place(made)], memory)
    return made.view(np.int32)


def test_lanes_meet_behind_a_loop() -> None:
    partner = np.arange(32) ^ 1
    np.testing.assert_array_equal(_run("right"), partner * (partner - 1) // 2)


def test_in_the_order_of_the_text_they_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "ordered", lambda function: list(range(len(function.blocks))))
    with pytest.raises(DeviceError, match="does not take part"):
        _run("wrong")


def test_a_loop_comes_whole_before_what_follows_it() -> None:
    code = function("order")
    found = ordered(code)
    assert sorted(found) == list(range(len(code.blocks)))
    at = {label: found.index(number) for label, number in code.labels.items()}
    assert 0 < at["$head"] < at["$next"] < at["$done"]
