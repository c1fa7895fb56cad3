"""What the pieces of the model bring, on the validation split, over 30 choices of what is hidden.

Run: `python examples/products/ablation.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from products import data, model

SEEDS = 30


def main() -> None:
    """Print a table."""
    shop = data.load()
    train, test = data.split(shop, validation=True)
    x = data.rows(shop, train)
    hidden = [data.hide(shop, test, seed) for seed in range(SEEDS)]
    rows = {
        "popularity": [data.popularity(x, each) for each in hidden],
        "together in a basket": [data.together(x, each) for each in hidden],
    }
    for name, zero_diagonal in (("with a diagonal", False), ("Between", True)):
        trained = model.train(x, zero_diagonal=zero_diagonal)
        rows[name] = [trained.predict(each.rest) for each in hidden]
    table = Table("scores", "HR@10", "spread")
    for name, scores in rows.items():
        rates = [data.hit_rate(*pair) for pair in zip(scores, hidden, strict=True)]
        table.add_row(name, f"{np.mean(rates):.4f}", f"{np.std(rates, ddof=1):.4f}")
    Console().print(table)


if __name__ == "__main__":
    main()
