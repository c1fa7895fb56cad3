"""Translate sentences with the model that train.py has saved: `predict.py SENTENCE ...`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common.models import load_model

from translation import pictures
from translation.decoding import translate
from translation.text import Subwords

FOLDER = Path(__file__).parent


def main() -> int:
    """Print a translation for each sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", nargs="+", metavar="SENTENCE", help="in Chinese")
    parser.add_argument("--model", type=Path, default=FOLDER / "output", metavar="FOLDER")
    parser.add_argument("--width", type=int, default=5, help="sequences that the search follows")
    parser.add_argument("--attention", type=Path, metavar="FOLDER", help="write a picture there")
    options = parser.parse_args()
    model = load_model(options.model / "model.dovetail")
    words = [Subwords.load(options.model / f"{name}.json") for name in ("chinese", "english")]
    found = translate(model, *words, options.sentences, options.width)
    for translation in found:
        print(translation)
    if options.attention:
        pictures.attention(model, *words, options.sentences[0], found[0], options.attention)
    return 0


if __name__ == "__main__":
    sys.exit(main())
