"""Dovetail inside TensorFlow: compared with composites and tf.function with and without XLA.

Run: `python benchmarks/tensorflow_host.py`, see README.md. The composite runs in eager mode, the
other peers in a tf.function; Dovetail in both.
"""

from __future__ import annotations

import hosts
from kernels import set_threads


def main() -> None:
    """Measure the chosen cases, print the figures and save them."""
    options = hosts.arguments((__doc__ or "").splitlines()[0])
    threads = set_threads(options.threads)  # before TensorFlow is loaded
    from peers import tensorflow_host_peer  # noqa: PLC0415

    tensorflow_host_peer.set_threads(threads)
    hosts.run(options, hosts.columns_of(tensorflow_host_peer), threads)


if __name__ == "__main__":
    main()
