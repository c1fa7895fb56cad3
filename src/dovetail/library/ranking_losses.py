"""Losses of recommenders: the score of what was chosen, against those of other candidates."""

from __future__ import annotations

from typing import Any

from dovetail.errors import ShapeError
from dovetail.extension.loss import loss
from dovetail.language.namespace import NAMESPACE as dt

__all__ = ["bpr", "sampled_softmax"]


@loss(targets="labels")
def bpr(scores: Any, labels: Any) -> Any:
    """-log sigmoid(s_label - s_j), averaged over the other candidates j. (..., c) and (...).

    Bayesian personalised ranking: Rendle et al. 2009, arXiv:1205.2618. `labels` say which candidate
    was chosen: 0 where `dt.NegativeSamples` draws the others.
    """
    count = scores.shape[-1]
    if count < 2:
        raise ShapeError(
            "bpr", [scores.shape], "the scores of two or more candidates (..., c)",
            "give the model the chosen item and others, as dt.NegativeSamples does",
        )  # fmt: skip
    chosen = dt.take_along_axis(scores, labels[..., None], axis=-1)
    other = dt.arange(count) != dt.astype(labels, dt.int64)[..., None]
    total = dt.sum(dt.where(other, dt.softplus(scores - chosen), 0.0), axis=-1)
    return total / dt.sum(dt.astype(other, scores.dtype), axis=-1)


@loss(targets="alike")
def sampled_softmax(scores: Any, log_expected: Any) -> Any:
    """-log p of the first candidate, p = softmax(scores - log_expected). (..., c) and (..., c).

    The cross-entropy over all items, estimated from a sample of them: the first candidate is the
    chosen item, the others are drawn, and `log_expected` is the logarithm of how often an item is
    drawn on average (Jean et al. 2015, arXiv:1412.2007; Bengio & Senécal 2008,
    doi:10.1109/TNN.2007.912312). `dt.NegativeSamples(..., correction=True)` gives it.
    """
    logits = scores - log_expected
    return dt.logsumexp(logits, axis=-1) - logits[..., 0]
