"""Dovetail inside JAX: compared with jax.nn, eager and under jax.jit, in one run.

Run: `python benchmarks/jax_host.py`, see README.md.
"""

from __future__ import annotations

import hosts
from kernels import set_threads


def main() -> None:
    """Measure the chosen cases, print the figures and save them."""
    options = hosts.arguments((__doc__ or "").splitlines()[0])
    threads = set_threads(options.threads)  # before JAX is loaded
    from peers import jax_host_peer  # noqa: PLC0415

    hosts.run(options, hosts.columns_of(jax_host_peer), threads)


if __name__ == "__main__":
    main()
