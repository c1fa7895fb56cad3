"""Translate Chinese into English: a small Transformer, trained on 21,000 pairs of sentences.

Run: `python examples/translation/train.py`. See README.md beside this file.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from common import command
from common.frameworks import losses

import dovetail as dt
from translation import pictures
from translation.data import Pair, Split, load, nearest_copies, split
from translation.decoding import bleu, bleu_error, chrf, translate
from translation.text import PAD
from translation.training import QUICK, Recipe, batches, loss, train

FOLDER = Path(__file__).parent
BAR = 22.0


def quick_result(run: command.Run, model: Any, data: Split, validation: dt.Buckets) -> Any:
    """The perplexity of the next subword, beside that of how often subwords occur."""
    every = [validation[n][1] for n in range(len(validation))]
    labels = np.concatenate([each[each != PAD] for each in every])
    counts = Counter(labels.tolist())  # of the validation part itself, which is a lower floor
    floor = np.exp(-sum(n * np.log(n / len(labels)) for n in counts.values()) / len(labels))
    total = 0.0
    for n in range(len(validation)):
        inputs, targets = validation[n]
        value = dt.sparse_categorical_cross_entropy(
            model.predict(inputs, batch_size=len(targets)), targets, ignore_index=PAD,
            reduction="sum",
        )  # fmt: skip
        total += float(value)
    return command.Result(
        metric="perplexity of the next subword (validation; --quick trains too little for BLEU)",
        higher_is_better=False, value=float(np.exp(total / len(labels))), spread=None,
        floor=float(floor), bar=float(floor), seconds=run.seconds,
    )  # fmt: skip


def full_result(run: command.Run, model: Any, words: Any, data: Split, minutes: float) -> Any:
    """BLEU and chrF of the test part, beside copies of the nearest training pair."""
    sentences = [pair.chinese for pair in data.test]
    references = [pair.english for pair in data.test]
    copies = nearest_copies(data.train, sentences)
    found = translate(model, *words, sentences)
    for pair, translation in list(zip(data.test, found, strict=True))[:8]:
        run.console.print(f"{pair.chinese} -> {translation}  ({pair.english})", markup=False)
    return command.Result(
        metric="BLEU, Chinese to English", higher_is_better=True,
        value=bleu(found, references), spread=bleu_error(found, references),
        floor=bleu(copies, references), bar=BAR, seconds=run.seconds,
        more={
            "chrF": chrf(found, references), "chrF of the floor": chrf(copies, references),
            "greedy BLEU": bleu(translate(model, *words, sentences, width=1), references),
            "CPU minutes of training": minutes,
        },
    )  # fmt: skip


def fits(pair: Pair, words: Any) -> bool:
    """Whether a pair is short enough for the only bucket of --quick."""
    encoded = words[0].encode(pair.chinese), words[1].encode(pair.english)
    return max(map(len, encoded)) <= QUICK.boundaries[-1]


def main() -> int:
    """Train, translate the test part, and save; the exit status."""
    options = command.parser(__doc__ or "", FOLDER).parse_args()
    run = command.Run(options)
    small = options.quick or options.host
    recipe = QUICK if small else Recipe()
    data = split(load(), share=0.2 if small else 1.0)
    if small:
        data = Split(data.train, data.validation[:200], [])
    words = recipe.subwords(data.train)
    if small:
        short = [[p for p in part if fits(p, words)] for part in (data.train, data.validation)]
        data = Split(*short, [])
    if options.host:  # frameworks draw other random numbers
        recipe = replace(recipe, dropout=0.0)
    model = recipe.model(*words, options.seed)
    examples = batches(recipe, data.train, *words, seed=options.seed)
    validation = batches(recipe, data.validation, *words)
    if options.host:
        model.build(*examples[0][0])
        steps = [examples[n] for n in range(20)]
        hyper = {"lr": 1e-3, "beta2": 0.98}
        both = (losses(h, model, loss, dt.Adam, hyper, steps) for h in (None, options.host))
        return run.compare(*both)
    begun = time.process_time()
    history = train(model, recipe, examples, validation, run.console.print)
    minutes = (time.process_time() - begun) / 60
    if small:  # saved without the maths of a search, which takes longer than the training
        result = quick_result(run, model, data, validation)
    else:
        result = full_result(run, model, words, data, minutes)
        example = data.validation[0].chinese
        (translation,) = translate(model, *words, [example])
        pictures.attention(model, *words, example, translation, options.output)
    pictures.curve(history.history, options.output)
    model.save(options.output / "model.dovetail")
    for language, each in zip(("chinese", "english"), words, strict=True):
        each.save(options.output / f"{language}.json")
    return run.finish(result)


if __name__ == "__main__":
    sys.exit(main())
