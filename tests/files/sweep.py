"""One process of the sweep: saves all pieces on a host in a folder, loads them from there, or
maps them over examples; several of these in one process where that is not what is asked.

usage: python -m tests.files.sweep HOST ACTION[,ACTION] FOLDER [planted]

An action is save, load or vmap. Prints a line for each thing that is wrong, and at the end of each
action the number of pieces. `planted`: some pieces, with faults in three definitions, which must be
reported.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from pathlib import Path
from typing import Any

FAULTY = ("mish", "RMSNorm", "Adam")
SOUND = ("gelu", "swirl", "huber", "LayerNorm", "Sequential", "SGD")  # Sequential has a mish


def main(host: str, actions: str, folder: str, *planted: str) -> None:
    """Save, load or map on one host."""
    name, _, backend = host.partition("-")
    if backend:
        os.environ["KERAS_BACKEND"] = backend
    warnings.simplefilter("ignore")
    own: Any = importlib.import_module("tests.files.pieces")
    module: Any = importlib.import_module(f"tests.files.on_{name}")
    if planted:
        _plant(own.dt)
    found = own.pieces((*FAULTY, *SOUND) if planted else None)
    for action in actions.split(","):
        steps = [getattr(module, action)]
        if action == "load" and not planted:
            # Whole graphs first, so that nothing has used or registered an operation yet.
            steps = [module.load_whole, module.load]
        for step in steps:
            for line in step(Path(folder), found):
                print(f"WRONG {action} {line}", flush=True)
        print(f"DONE {action} {len(found)}", flush=True)


def _plant(dt: Any) -> None:
    """Definitions that differ a little from those that the file was made with."""
    mish, forward, update = dt.mish.definition, dt.RMSNorm.forward, dt.Adam.update
    dt.mish.definition = lambda x: mish(x) + 1e-6
    dt.RMSNorm.forward = lambda self, x: forward(self, x) * 1.001
    dt.Adam.update = lambda self, param, grad: update(self, param, grad * 1.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
