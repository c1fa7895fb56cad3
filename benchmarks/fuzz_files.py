"""Damaged and hostile files: each is read, or refused with a DovetailError.

Run: `python benchmarks/fuzz_files.py [--count 100000] [--seed 0] [--call 50]`. The content of every
`--call`-th file is also used: traced and, if its values are small, run. Any other error than a
DovetailError ends the run with the number of the file; if memory grows by more than `--megabytes`,
the run fails at its end. It prints how many files were read and refused, and the slowest.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.saving.files import SUBJECTS, content_of
from tests.saving.mutations import mutated

import dovetail as dt
from dovetail.errors import DovetailError
from dovetail.extension.base import Extension
from dovetail.graph.dtypes import as_dtype, float32
from dovetail.graph.node import Graph
from dovetail.graph.primitives.scan import bodies_in
from dovetail.language.trace import ArraySpec, trace

SMALL = 1 << 24  # bytes of a value that is computed
X = np.ones((5, 4), np.float32)


def peak() -> float:
    """The largest memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def is_small(graph: Graph) -> bool:
    """Whether no value of a graph is large, and no loop long."""
    parts = (graph, *(body.graph for body in bodies_in(graph)))
    nodes = [node for part in parts for node in part]
    lengths = [node.integer("length") for node in nodes if node.op == "scan"]
    return all(node.nbytes < SMALL for node in nodes) and all(0 <= n < 1000 for n in lengths)


def use(thing: Any) -> None:
    """Call what a file holds, where that takes little memory."""
    if isinstance(thing, Extension):
        if is_small(trace(thing, [ArraySpec(X.shape, float32)]).graph):
            thing(X)
    elif isinstance(thing, dt.Layer):
        arrays = {**thing.parameters(), **thing.states()}
        assert all(array.nbytes < SMALL for array in arrays.values())
        specs = [
            {path: ArraySpec(array.shape, as_dtype(array.dtype)) for path, array in each.items()}
            for each in (thing.parameters(), thing.states())
        ]
        for training in (False, True):
            given = [*specs, ArraySpec(X.shape, float32)]
            if is_small(trace(thing.program, given, {"training": training}).graph):
                thing(X, training=training)
    else:
        thing.apply({"x": X}, {"x": X}, thing.init({"x": X}))


def attempt(path: Path, also_use: bool) -> str:
    """Load a file, and say what happened."""
    try:
        thing = dt.load(path)
    except DovetailError:
        return "refused"
    if also_use:
        try:
            use(thing)
        except (DovetailError, MemoryError):
            return "refused when used"
        return "used"
    return "read"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--call", type=int, default=50)
    parser.add_argument("--megabytes", type=float, default=256.0)
    given = parser.parse_args()
    console = Console()
    names = list(SUBJECTS)
    contents = [content_of(name) for name in names]
    found: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.dovetail"
        path.write_bytes(contents[0])
        use(dt.load(path))
        before, start = peak(), time.process_time()
        for number in range(given.count):
            path.write_bytes(
                mutated(
                    contents[number % len(names)], random.Random(given.seed * given.count + number)
                )
            )
            began = time.process_time()
            try:
                found[attempt(path, number // len(names) % given.call == 0)] += 1
            except BaseException:
                console.print(f"file {number} of seed {given.seed}")
                raise
            slowest = max(slowest, time.process_time() - began)
    seconds = time.process_time() - start
    counts = ", ".join(f"{count} {what}" for what, count in found.items())
    console.print(f"{counts}; {seconds / given.count * 1e3:.2f} ms a file, slowest "
                  f"{slowest * 1e3:.0f} ms; memory grew by {peak() - before:.0f} MB")  # fmt: skip
    if peak() - before > given.megabytes:
        raise SystemExit(f"memory grew by more than {given.megabytes} MB")


if __name__ == "__main__":
    main()
