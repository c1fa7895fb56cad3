"""Name the person on a photograph, or say whether two photographs are of one person.

Run: `python examples/faces/predict.py` for photographs of the test half, or with one or two files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.command import fail
from common.models import load_model
from common.photographs import grey

import dovetail as dt
from faces import data, model
from faces.verification import pairs

THRESHOLD = 0.5  # of the cosine: near that of the equal error rate, which train.py prints


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs", nargs="*", type=Path, help="one or two files, a face each")
    parser.add_argument("--model", type=Path, default=FOLDER / "output" / "faces.dovetail")
    options = parser.parse_args()
    if len(options.photographs) > 2:
        return fail("give one photograph to name, or two to compare")
    trained = load_model(options.model)
    if not options.photographs:
        return show_test_half(trained)
    pixels = np.stack([grey(path, data.SHAPE) for path in options.photographs])
    images = data.prepared(pixels)
    if len(images) == 2:
        likeness = pairs(model.vectors(trained, images), np.arange(2)).likeness[0]
        verdict = "one person" if likeness > THRESHOLD else "two people"
        print(f"{verdict} (cosine {likeness:.2f}, threshold {THRESHOLD})")
        return 0
    found = model.cosines(trained, images)[0]
    for person in np.argsort(-found)[:3]:
        print(f"person {person}: cosine {found[person]:.3f}")
    return 0


def show_test_half(trained: dt.Sequential) -> int:
    """Name photographs that split 0 does not train on."""
    faces = data.load()
    test = faces.of(data.split(faces, 0)[1][::8, 0])
    found = model.cosines(trained, test.images)
    for person, row in zip(test.people, found, strict=True):
        print(f"person {person:2}: named {row.argmax():2}, cosine {row.max():.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
