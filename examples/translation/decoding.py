"""Translations by beam search, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sacrebleu

import dovetail as dt
from translation.model import LONGEST
from translation.text import END, PAD, START, Subwords

WIDTH, ALPHA = 5, 1.0
BATCH = 64  # sentences that are translated at once


def translate(
    model: Any, source: Subwords, target: Subwords, sentences: Sequence[str],
    width: int = WIDTH, alpha: float = ALPHA,
) -> list[str]:  # fmt: skip
    """The best translation of each sentence. Sentences of similar length are translated at once."""
    encoded = [source.encode(sentence)[:LONGEST] for sentence in sentences]
    order = np.argsort([len(each) for each in encoded], kind="stable")
    found = [""] * len(sentences)
    for first in range(0, len(order), BATCH):
        chosen = order[first : first + BATCH]
        length = 8 * -(-max(len(encoded[n]) for n in chosen) // 8)  # a plan for each length
        padded = np.full((BATCH, length), PAD)
        padded[:, 0] = END
        for row, n in zip(padded, chosen, strict=False):
            row[: len(encoded[n])] = encoded[n]
        tokens, _ = dt.beam_search(
            lambda last, cache: model(None, last, cache), model(padded, None), BATCH,
            start=START, end=END, length=LONGEST - 1, width=width, alpha=alpha,
        )  # fmt: skip
        for n, best in zip(chosen, tokens[:, 0], strict=False):
            found[n] = target.decode(best)
    return found


def bleu(translations: Sequence[str], references: Sequence[str]) -> float:
    """BLEU of the whole, by sacreBLEU with its own settings (Post 2018, arXiv:1804.08771)."""
    return sacrebleu.corpus_bleu(list(translations), [list(references)]).score


def chrf(translations: Sequence[str], references: Sequence[str]) -> float:
    """chrF2 (Popovic 2015), by sacreBLEU."""
    return sacrebleu.corpus_chrf(list(translations), [list(references)]).score


def bleu_error(
    translations: Sequence[str], references: Sequence[str], draws: int = 200, seed: int = 0
) -> float:
    """The standard error of BLEU: over sentences drawn with replacement (Koehn 2004)."""
    metric = sacrebleu.BLEU()
    statistics = np.array(metric._extract_corpus_statistics(list(translations), [list(references)]))
    rng, count = np.random.default_rng(seed), len(translations)
    sums = [statistics[rng.integers(0, count, count)].sum(axis=0) for _ in range(draws)]
    scores = [metric._compute_score_from_stats(each.tolist()).score for each in sums]
    return float(np.std(scores))
