"""The emulator on PTX that is written by hand: lanes that branch apart, mixed precisions."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dovetail.graph.dtypes import DType, bfloat16, float16
from dovetail.verify.emulator import machine
from dovetail.verify.emulator.control_flow import ordered
from dovetail.verify.emulator.machine import launch
from dovetail.verify.emulator.memory import DeviceError, Memory
from dovetail.verify.emulator.ptx_text import Function, parse
from tests.compile.gpu.device import run
from tests.compile.gpu.pieces import piece
from tests.compile.harness import bits

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


# From sm_100 on: halves become what the last operand is.
MIXED = """
.visible .entry mixed(.param .u64 out)
.maxntid 32
{{
	.reg .b16 %rs<3>;
	.reg .b32 %r<3>;
	.reg .b64 %rd<2>;
	ld.param.u64 %rd1, [out];
	ld.global.b16 %rs1, [%rd1];
	ld.global.b16 %rs2, [%rd1+2];
	ld.global.b32 %r1, [%rd1+4];
	{instruction};
	st.global.b32 [%rd1+8], %r2;
	ret;
}}
"""


@pytest.mark.parametrize("half", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize(("name", "given", "value"), [
    ("add", "%rs1", 3.25), ("sub", "%rs1", -0.25), ("fma", "%rs1, %rs2", 5.5),
])  # fmt: skip
def test_mixed_precisions(half: Any, name: str, given: str, value: float) -> None:
    whole = np.zeros(12, np.uint8)
    whole[:4].view(half)[:] = 1.5, 2.5
    whole[4:8].view(np.float32)[:] = 1.75
    kind = "f16" if half is np.float16 else "bf16"
    memory = Memory()
    text = MIXED.format(instruction=f"{name}.rn.f32.{kind} %r2, {given}, %r1")
    launch(text, "mixed", (1, 1, 1), 32, 0, [memory.place(whole)], memory)
    assert whole[8:].view(np.float32)[0] == value


def test_an_unknown_mixture_is_refused() -> None:
    memory, text = Memory(), MIXED.format(instruction="mul.rn.f32.f16 %r2, %rs1, %r1")
    with pytest.raises(NotImplementedError, match=r"does not know mul\.rn\.f32\.f16"):
        launch(text, "mixed", (1, 1, 1), 32, 0, [memory.place(np.zeros(12, np.uint8))], memory)


@pytest.mark.parametrize("dtype", [float16, bfloat16])
def test_halves_on_every_chip(dtype: DType) -> None:
    graph, arrays = piece("softmax", (3, 63), dtype)
    first, *more = ([bits(each) for each in run(graph, arrays, target=chip).outputs]
                    for chip in ("sm_80", "sm_90", "sm_100", "sm_120"))  # fmt: skip
    assert more == [first] * 3
