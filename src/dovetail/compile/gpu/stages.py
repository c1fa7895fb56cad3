"""A GPU program as text, for `dt.show`."""

from __future__ import annotations

from collections.abc import Iterator

from dovetail.compile.gpu import ptxas
from dovetail.compile.gpu.kernels import Module
from dovetail.compile.gpu.program import GpuProgram
from dovetail.compile.gpu.schedule import shape_of
from dovetail.compile.gpu.traffic import traffic_of
from dovetail.compile.lower import Lowered

# Title, text, and the language of the text.
Part = tuple[str, str, str]


def launches_text(program: GpuProgram) -> str:
    """The launches in order, with their grids, and the memory that they need."""
    lines: list[str] = []
    for number, launch in enumerate(program.launches):
        blocks = " x ".join(map(str, launch.grid))
        dynamic = f", {launch.shared_bytes} bytes of shared memory" if launch.shared_bytes else ""
        lines.append(
            f"launch {number}: {launch.module.name}, {blocks} blocks of {launch.module.threads}"
            f" threads{dynamic}, {len(launch.arguments)} arguments"
        )
    lines.append(f"workspace: {program.workspace_bytes} bytes")
    return "\n".join(lines)


def kernel_parts(number: int, lowered: Lowered | None, module: Module) -> Iterator[Part]:
    """The stages of one kernel: its schedule, its LLVM, its PTX, and what ptxas says of that.

    `lowered`: its nest, unless it is that of a loop over time.
    """
    schedule = module.schedule
    if module.finishes is None:
        yield f"kernel {number}: loops", module.nest, "text"
    if lowered is not None and module.finishes is None:
        shape = shape_of(lowered.nest, schedule, lowered.words)
        moved = traffic_of(lowered.nest, schedule, lowered.words, shape).text()
        yield f"kernel {number}: schedule", f"{schedule.text()}\n{moved}", "text"
    yield f"kernel {number}: LLVM", module.ir, "llvm"
    yield f"kernel {number}: PTX for {module.target.name}", module.ptx, "ptx"
    said = "ptxas is not installed (pip install nvidia-cuda-nvcc)"
    if ptxas.found() is not None:
        said = ptxas.assemble(module.ptx, module.target).text
    yield f"kernel {number}: ptxas for {module.target.name}", said, "text"
