"""Is a sentence about a film positive? Ten folds of the MR sentence polarity data.

Run: `python examples/sentiment/train.py`. See README.md beside this file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from common import command
from common.frameworks import losses

import dovetail as dt
from sentiment import pictures
from sentiment.data import FOLDS, Fold, Reviews, folds, load, texts_at
from sentiment.features import Vocabulary
from sentiment.model import Sentiment
from sentiment.training import EPOCHS, train

FOLDER = Path(__file__).parent
BAR = 79.5


class Logit(dt.Model):
    """The n-grams' and the CNN's logits added, for the losses in every framework."""

    grams: int
    words: int

    def __init__(self, *args: int, seed: int | None = None) -> None:
        super().__init__(*args, seed=seed)
        both = Sentiment(self.grams, self.words)
        both.bayes.dropout, both.cnn.hide.rate, both.cnn.drop.rate = 0.0, 0.0, 0.0
        self.both = both

    def forward(self, grams: object, words: object) -> object:
        """One logit for each sentence."""
        found = self.both(grams, words)
        return found["bayes"] + found["cnn"]


def compare(run: command.Run, reviews: Reviews, rows: Fold) -> int:
    """20 steps in a framework beside the embedded host."""
    chosen = rows.train[:320]
    vocabulary = Vocabulary.of(texts_at(reviews, chosen))
    grams, words = vocabulary.encode(texts_at(reviews, chosen))
    model = Logit(len(vocabulary.grams) + 1, len(vocabulary.words) + 2, seed=run.options.seed)
    model.build(grams[:2], words[:2])
    model.both.bayes.ratio = vocabulary.ratios(grams, reviews.positive[chosen])
    parts = [slice(16 * n, 16 * n + 16) for n in range(20)]
    steps = [((grams[p], words[p]), reviews.positive[chosen][p]) for p in parts]
    hosts = (None, run.options.host)
    both = (
        losses(host, model, dt.binary_cross_entropy, dt.Adam, {"lr": 1e-3}, steps) for host in hosts
    )
    return run.compare(*both)


def main() -> int:
    """Train the folds, and save the model of the last; the exit status."""
    options = command.parser(__doc__ or "", FOLDER).parse_args()
    run = command.Run(options)
    reviews = load()
    parts = folds(len(reviews.texts), options.seed)
    if options.host:
        return compare(run, reviews, parts[0])
    count = options.runs or (1 if options.quick else FOLDS)
    outcomes = []
    for number, fold in enumerate(parts[:count]):
        run.console.print(f"fold {number + 1}:", end=" ")
        epochs = 1 if options.quick else EPOCHS
        seed = options.seed + number
        outcomes.append(train(reviews, fold, seed, epochs, run.console.print))

    def mean(name: str) -> float:
        return 100 * float(np.mean([getattr(each, name) for each in outcomes]))

    last = outcomes[-1]
    options.output.mkdir(parents=True, exist_ok=True)
    pictures.curves(outcomes, options.output)
    last.model.save(options.output / "model.dovetail")
    last.vocabulary.save(options.output / "vocabulary.json")
    (options.output / "settings.json").write_text(json.dumps({"share": last.share}))
    return run.finish(command.Result(
        metric=f"accuracy in %, {count} of {FOLDS} folds", higher_is_better=True,
        value=mean("test"), floor=mean("floor"), bar=BAR, seconds=run.seconds,
        spread=100 * float(np.std([each.test for each in outcomes])) if count > 1 else None,
        more={
            "without the CNN": mean("alone"),
            "naive Bayes on the same n-grams, not trained": mean("bayes"),
            "validation": mean("validation"),
        },
    ))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
