"""What each part of the models brings, on the validation split.

Run: `python examples/films/ablation.py`. Settings were chosen by these figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from films import data, ranking, ratings


def main() -> None:
    """Print two tables."""
    films, console = data.load(), Console()
    train, held = data.validation(data.folds(films)[0][0])
    table = Table("parts of the model of stars", "error")
    table.add_row("damped biases", f"{error(films, train, held, None):.4f}")
    without = [tuple(each for each in ratings.PARTS if each != part) for part in ratings.PARTS]
    for parts in ((), ("taste",), *without, ratings.PARTS):
        value = error(films, train, held, parts)
        table.add_row(", ".join(parts) or "biases and common weights", f"{value:.4f}")
    console.print(table)

    pasts = ranking.leave_out(ranking.in_order(films), validation=True)
    count = len(films.titles)
    table = Table("the next film", "HR@10", "NDCG@10")
    rows = {
        "popularity": ranking.popularity(pasts, count),
        "item-kNN": ranking.nearest_items(pasts, count),
    }
    settings = {
        "sampled softmax": {}, "BPR": {"loss": "bpr"},
        "places of the past alike, not learned": {"recency": False},
    }  # fmt: skip
    for name, given in settings.items():
        model = ranking.train(pasts, count, **given)
        rows[name] = ranking.scores(model, pasts.before, count)
    for name, scores in rows.items():
        table.add_row(name, *(f"{each:.4f}" for each in ranking.figures(scores, pasts.last)))
    console.print(table)


def error(
    films: data.Films, train: data.Array, held: data.Array, parts: tuple[str, ...] | None
) -> float:
    """The error of stars on the rows that are held out."""
    if parts is None:
        return data.rmse(data.damped_biases(films, train, held), films, held)
    model = ratings.train(films, train, parts)
    return data.rmse(model.predict(films.inputs(held)), films, held)


if __name__ == "__main__":
    main()
