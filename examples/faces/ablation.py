"""What each piece of the model brings, on a validation split that no test photograph is in.

Run: `python examples/faces/ablation.py`. Of the training half of a split, three photographs of each
person are trained on and the other two are named, twice with other three.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console

from faces import data, model
from faces.model import Settings

VARIANTS = {
    "as in train.py": Settings(),
    "without the margin of ArcFace": Settings(margin=0.0),
    "without random warps": Settings(augment=False),
    "half as long": Settings(epochs=Settings().epochs // 2),
}


KEPT = ([0, 1, 2], [2, 3, 4])  # of the five photographs of a person


def validated(faces: data.Faces, settings: Settings, seed: int) -> list[float]:
    """The share of right names, for each choice of three photographs."""
    rows, _ = data.split(faces, seed)
    found = []
    for kept in KEPT:
        train = faces.of(rows[:, kept].ravel())
        held_out = faces.of(np.delete(rows, kept, axis=1).ravel())
        data.check_apart(train, held_out)
        found.append(model.accuracy(model.train(train, settings, seed), held_out))
    return found


def main() -> None:
    """Print a line for each variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=2)
    options = parser.parse_args()
    console, faces = Console(), data.load()
    for name, settings in VARIANTS.items():
        each = [validated(faces, settings, seed) for seed in range(options.splits)]
        error = np.std(each, ddof=1) / np.sqrt(np.size(each))
        console.print(f"{100 * np.mean(each):6.2f} % ± {100 * error:.2f}  {name}")


if __name__ == "__main__":
    main()
