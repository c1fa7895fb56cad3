"""The memory that forward and backward take inside PyTorch, at their peak, against its best.

Run: `python benchmarks/peak_memory.py`. Each figure comes from a separate process: warmed up
at two small sizes (torch.compile then has code for every size), its peak reset, one large
forward and backward, outputs and gradients counted, inputs not. Linux only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from dovetail.measure.memory import MEBIBYTE, peak_of

OPERATIONS = ("mish", "gelu", "swiglu", "softmax", "log_softmax", "rms_norm", "layer_norm")
COLUMNS = ("Dovetail", "composite", "built-in", "torch.compile")
SMALL = ((8, 512), (16, 768))
LARGE = (8192, 1024)


def measure(operation: str, column: str) -> int:
    """Bytes above what was there before the large call."""
    import torch  # noqa: PLC0415  # in the child alone
    from peers import torch_host_peer as peer  # noqa: PLC0415
    from problems import make  # noqa: PLC0415

    functions: Any = {"Dovetail": peer.DOVETAIL, "composite": peer.AS_WRITTEN}
    function = functions.get(column, peer.BUILT_INS)[operation]
    if column == "torch.compile":
        function = torch.compile(function, dynamic=True)

    def call(shape: tuple[int, ...]) -> Any:
        problem = make(operation, "both", shape)
        tensors = [torch.from_numpy(array) for array in problem.arrays]
        leaves = [tensors[i].requires_grad_() for i in problem.floating]
        cotangent = torch.from_numpy(problem.cotangent)

        def both() -> Any:
            value = function(*tensors)
            return value, *torch.autograd.grad(value, leaves, cotangent)

        return both

    for shape in SMALL:
        call(shape)()
    return peak_of(call(LARGE))


def main() -> None:
    """Print a table: MiB for Dovetail, and every other relative to it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--one", nargs=2, metavar=("OPERATION", "COLUMN"), help="one figure")
    options = parser.parse_args()
    if options.one:
        print(measure(*options.one))
        return
    table = Table(title=f"peak of forward and backward at {LARGE[0]:,} x {LARGE[1]:,}")
    for name in ("operation", "least MiB", "Dovetail MiB", *COLUMNS[1:]):
        table.add_column(name, justify="left" if name == "operation" else "right")
    array = 4 * LARGE[0] * LARGE[1] // MEBIBYTE
    for operation in OPERATIONS:
        figures = {}
        for column in COLUMNS:
            command = [sys.executable, __file__, "--one", operation, column]
            figures[column] = int(subprocess.run(command, check=True, capture_output=True).stdout)
        ours = figures["Dovetail"]
        others = [f"{figures[column] / ours:.2f}" for column in COLUMNS[1:]]
        least = array * (3 if operation == "swiglu" else 2)
        table.add_row(operation, f"{least}", f"{ours / MEBIBYTE:.0f}", *others)
    Console().print(table)


if __name__ == "__main__":
    main()
