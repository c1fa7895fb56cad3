"""Dovetail inside PyTorch: compared with composites, built-in functions and torch.compile.

Run: `python benchmarks/torch_host.py`, see README.md. `torch_optimizers.py` has the optimizers,
`peak_memory.py` the memory.
"""

from __future__ import annotations

import hosts
from kernels import set_threads


def main() -> None:
    """Measure the chosen cases, print the figures and save them."""
    options = hosts.arguments((__doc__ or "").splitlines()[0])
    threads = set_threads(options.threads)  # before PyTorch is loaded
    from peers import torch_host_peer  # noqa: PLC0415

    torch_host_peer.set_threads(threads)
    hosts.run(options, hosts.columns_of(torch_host_peer), threads)


if __name__ == "__main__":
    main()
