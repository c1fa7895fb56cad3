"""Dovetail inside TensorFlow: beside composites, tf.function with and without XLA, in one run.

Run: `python benchmarks/tensorflow_host.py`, see README.md. Dovetail and the composite run in eager
mode; with `--graph`, Dovetail runs in a tf.function, as the other peers do.
"""

from __future__ import annotations

import sys

import hosts
from kernels import set_threads


def main() -> None:
    """Measure what is asked for, print it, and write it down."""
    graph = "--graph" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--graph"]
    options = hosts.arguments((__doc__ or "").splitlines()[0])
    threads = set_threads(options.threads)  # before TensorFlow is loaded
    from peers import tensorflow_host_peer  # noqa: PLC0415

    tensorflow_host_peer.set_threads(threads)
    tensorflow_host_peer.Mode.in_graphs = graph
    hosts.run(options, hosts.columns_of(tensorflow_host_peer), threads)


if __name__ == "__main__":
    main()
