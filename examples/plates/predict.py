"""Read licence plates on photographs that are cut to the plate.

Run: `python examples/plates/predict.py plate.jpg ...`, or without files for synthetic plates.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.models import load_model
from common.photographs import grey

import dovetail as dt
from plates import data, model


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs", nargs="*", type=Path, help="files, one plate in each")
    parser.add_argument("--model", type=Path, default=FOLDER / "output" / "plates.dovetail")
    options = parser.parse_args()
    reader = load_model(options.model)
    if options.photographs:
        pixels = np.stack([grey(path, data.SHAPE) for path in options.photographs])
        names = [path.name for path in options.photographs]
    else:
        plates = data.drawn(8, seed=99)
        pixels, names = plates.pixels, list(plates.texts)
    found = model.log_probabilities(reader, data.prepared(pixels))
    labels, scores = dt.ctc_decode(found, beam_width=10)
    for name, text, score in zip(names, data.decoded(labels), scores, strict=True):
        print(f"{name}: {text} (probability {np.exp(score):.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
