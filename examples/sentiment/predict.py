"""How positive sentences are, by the model that train.py has saved: `predict.py SENTENCE ...`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from common.models import load_model

from sentiment.data import words_of
from sentiment.features import Vocabulary
from sentiment.model import combined

FOLDER = Path(__file__).parent


def main() -> int:
    """Print for each sentence the probability that it is positive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", nargs="+", metavar="SENTENCE", help="in English")
    parser.add_argument("--model", type=Path, default=FOLDER / "output", metavar="FOLDER")
    options = parser.parse_args()
    model = load_model(options.model / "model.dovetail")
    vocabulary = Vocabulary.load(options.model / "vocabulary.json")
    share = json.loads((options.model / "settings.json").read_text())["share"]
    encoded = vocabulary.encode([words_of(each) for each in options.sentences])
    logits = combined(model.predict(encoded), share)
    for sentence, logit in zip(options.sentences, logits, strict=True):
        print(f"{1 / (1 + np.exp(-logit)):.3f}  {sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
