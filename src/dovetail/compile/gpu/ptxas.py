"""What NVIDIA's assembler says of PTX, where it is installed.

`pip install nvidia-cuda-nvcc` brings it (Triton's wheel, too). Only `dt.show` and tests ask it:
users' programs are compiled by the driver.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dovetail.compile.gpu.target import Target
from dovetail.errors import CompileError

_PLACES = ("nvidia/*/bin/ptxas", "triton/backends/nvidia/bin/ptxas")
_SECONDS = 300


@dataclass(frozen=True)
class Report:
    """What a kernel takes of the chip."""

    registers: int  # of a thread
    spilled: int  # bytes that are stored and loaded because registers do not suffice
    stack: int  # bytes of a thread
    shared: int  # bytes of a block that are part of the code
    text: str


@functools.cache
def found() -> Path | None:
    """The assembler: of an installed wheel, otherwise of a CUDA toolkit."""
    for folder in map(Path, sys.path):
        for place in _PLACES:
            for path in sorted(folder.glob(place)):
                return path
    installed = shutil.which("ptxas")
    return Path(installed) if installed else None


def assemble(ptx: str, target: Target) -> Report:
    """Assembles one kernel; only where `found` has found an assembler."""
    path = found()
    assert path is not None, "no ptxas is installed"
    with tempfile.TemporaryDirectory() as folder:
        program = path
        if not os.access(path, os.X_OK):  # wheels do not keep that a file may be run
            program = Path(shutil.copy(path, folder))
            program.chmod(0o700)
        source = Path(folder, "kernel.ptx")
        source.write_text(ptx)
        command = [str(program), "-v", f"--gpu-name={target.name}", str(source),
                   "-o", str(source.with_suffix(".cubin"))]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    said = done.stdout + done.stderr
    if done.returncode:
        raise CompileError(
            f"ptxas rejected generated PTX: {said.strip()}",
            remedy=f"please report this fault of Dovetail with the code:\n{ptx}",
        )
    spills = re.findall(r"(\d+) bytes spill", said)
    return Report(
        _number(r"Used (\d+) registers", said), sum(map(int, spills)),
        _number(r"(\d+) bytes stack frame", said), _number(r"(\d+) bytes smem", said),
        "\n".join(line for line in said.splitlines() if line.startswith("ptxas info")),
    )  # fmt: skip


def _number(pattern: str, said: str) -> int:
    match = re.search(pattern, said)
    return int(match[1]) if match else 0
