"""One process of the sweep: saves all pieces on a host in a folder, or loads them from there.

usage: python -m tests.files.sweep HOST save|load FOLDER

Prints a line for each thing that is wrong, and at the end the number of pieces.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def main(host: str, action: str, folder: str) -> None:
    """Save or load on one host."""
    name, _, backend = host.partition("-")
    if backend:
        os.environ["KERAS_BACKEND"] = backend
    warnings.simplefilter("ignore")
    own: Any = importlib.import_module("tests.files.pieces")
    module: Any = importlib.import_module(f"tests.files.on_{name}")
    found = own.pieces()
    for line in getattr(module, action)(Path(folder), found):
        print(f"WRONG {line}", flush=True)
    print(f"DONE {len(found)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
