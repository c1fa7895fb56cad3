"""The learning curve, and the n-grams that decide most."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from common.pictures import figure, write


def curves(outcomes: Any, folder: Path) -> list[Path]:
    """Accuracy by epoch, a line for each fold; and what n-grams weigh in the last one."""
    drawn, (left, right) = figure(1, 2, size=(9.0, 4.2))
    for outcome in outcomes:
        values = [100 * validation for _, validation in outcome.curve]
        left.plot(range(1, len(values) + 1), values, color="tab:blue", alpha=0.5)
    left.set_xlabel("epoch")
    left.set_ylabel("accuracy on the validation part, %")
    last = outcomes[-1]
    weights = np.asarray(last.model.bayes.ratio) * np.asarray(last.model.bayes.weight)
    names = ["", *last.vocabulary.grams]
    order = np.argsort(weights)
    chosen = [*order[:10], *order[-10:]]
    colours = ["tab:red"] * 10 + ["tab:green"] * 10
    right.barh(range(20), weights[chosen], color=colours)
    right.set_yticks(range(20), [names[n] for n in chosen], fontsize=7)
    right.set_xlabel("ratio times weight")
    return write(drawn, folder, "curve")
