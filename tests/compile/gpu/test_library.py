"""The library's activations and their gradients as GPU kernels: bits, registers, wide accesses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dovetail.compile.cpu import native
from dovetail.compile.gpu import ptxas
from dovetail.compile.gpu.kernels import Module
from dovetail.compile.gpu.target import generate, target_of
from dovetail.errors import CompileError
from dovetail.graph.dtypes import DType, bfloat16, float32
from dovetail.graph.node import Graph
from dovetail.library.activations import ACTIVATIONS
from tests.compile.gpu.device import planned, run
from tests.compile.harness import bits, random, traced, with_gradients
from tests.compile.harness import run as run_on_cpu

MOST_REGISTERS = 128  # of a thread: two blocks of 256 at a time
POINTWISE = [name for name in ACTIVATIONS if "softm" not in name]
needs_ptxas = pytest.mark.skipif(ptxas.found() is None, reason="pip install nvidia-cuda-nvcc")
needs_fma = pytest.mark.skipif(
    not native.has_fused_multiply_add(), reason="the CPU rounds products of sums"
)


def graph_and_arrays(name: str, dtype: DType) -> tuple[Graph, list[Any]]:
    x = random(0, (2, 200), dtype, 3.0)
    return with_gradients(traced(ACTIVATIONS[name], x)), [x, random(1, x.shape, dtype)]


@needs_fma
@pytest.mark.parametrize("dtype", [float32, bfloat16], ids=str)
def test_activations_have_the_bits_of_the_cpu(dtype: DType) -> None:
    for name in POINTWISE:
        graph, arrays = graph_and_arrays(name, dtype)
        for made, expected in zip(run(graph, arrays).outputs, run_on_cpu(graph, arrays),
                                  strict=True):  # fmt: skip
            assert bits(made) == bits(expected), name


def modules(dtype: DType, target: str) -> dict[str, Module]:
    found = {}
    for name in POINTWISE:
        graph, arrays = graph_and_arrays(name, dtype)
        (found[name],) = planned(graph, arrays, target).modules
    return found


@needs_ptxas
@pytest.mark.parametrize(
    ("target", "every"), [("sm_90", 2), ("sm_80", 9), ("sm_100", 9)], ids=lambda given: str(given)
)
def test_ptxas_accepts_them_without_spills(target: str, every: int) -> None:
    for name, module in [*modules(bfloat16, target).items()][::every]:
        report = ptxas.assemble(module.ptx, target_of(target))
        assert report.spilled == report.stack == 0, name
        assert report.registers <= MOST_REGISTERS, f"{name}: {report.registers} registers"


@pytest.mark.parametrize("dtype", [float32, bfloat16], ids=str)
def test_every_array_is_accessed_16_bytes_at_a_time(dtype: DType) -> None:
    for name, module in modules(dtype, "sm_90").items():
        arrays = len(module.schedule.wide)
        wide = re.findall(r"(?:ld|st)\.global\.v4\.[bfu]32", module.ptx)
        assert len(wide) == arrays > 1, name
        assert not re.search(r"\.extern \.func|\.local|\bcall", module.ptx), name


def test_an_unknown_intrinsic_is_refused() -> None:
    ir = """target triple = "nvptx64-nvidia-cuda"
declare float @llvm.nvvm.no.such.thing(float)
define ptx_kernel void @k(ptr addrspace(1) %p, float %x) {
  %y = call float @llvm.nvvm.no.such.thing(float %x)
  store float %y, ptr addrspace(1) %p
  ret void
}
"""
    with pytest.raises(CompileError):
        generate(ir, target_of("sm_90"))
