"""Predict the stars that people give films, and find the film that they rate next.

Run: `python examples/films/train.py`, or with `--quick`. The protocol is in README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.command import Result, Run, parser
from common.frameworks import losses
from rich.progress import Progress

import dovetail as dt
from films import data, pictures, ranking, ratings
from films.data import Films

BAR = 0.85
STEPS = 20


def main() -> int:
    """The exit status."""
    run = Run(parser(__doc__ or "", FOLDER).parse_args())
    films = data.load()
    if run.options.host:
        return compare(run, films)
    run.options.output.mkdir(parents=True, exist_ok=True)
    with Progress(console=run.console) as progress:
        found, floors = stars(run, films, progress)
        more = next_films(run, films, progress)
    result = Result(
        f"root mean squared error of stars, {len(found)} of 5 random folds", False,
        float(np.mean(found)), float(np.std(found, ddof=1)) if len(found) > 1 else None,
        float(np.mean(floors)), BAR, run.seconds, more,
    )  # fmt: skip
    return run.finish(result)


def stars(run: Run, films: Films, progress: Progress) -> tuple[list[float], list[float]]:
    """The errors of the model and of damped biases on each fold; writes ratings.dovetail."""
    options = run.options
    folds = data.folds(films)[: 1 if options.quick else min(options.runs or 5, 5)]
    task = progress.add_task("stars", total=len(folds))
    found, floors = [], []
    for train, test in folds:
        data.check_apart(films, train, test)
        model = ratings.train(
            films, train, seed=options.seed, epochs=8 if options.quick else ratings.EPOCHS
        )
        predicted = model.predict(films.inputs(test))
        if not found:
            model.save(options.output / "ratings.dovetail")
        found.append(data.rmse(predicted, films, test))
        floors.append(data.rmse(data.damped_biases(films, train, test), films, test))
        progress.update(task, advance=1, description=f"stars: error {np.mean(found):.4f}")
    return found, floors


def next_films(run: Run, films: Films, progress: Progress) -> dict[str, float]:
    """The figures of the next film; writes next.dovetail and the picture."""
    options, count = run.options, len(films.titles)
    pasts = ranking.leave_out(ranking.in_order(films))
    ranking.check_apart(pasts)
    seeds = range(options.seed, options.seed + (1 if options.quick else options.runs or 5))
    task = progress.add_task("the next film", total=len(seeds))
    found = []
    for seed in seeds:
        model = ranking.train(
            pasts, count, seed=seed, epochs=2 if options.quick else ranking.EPOCHS,
            rows=50_000 if options.quick else None,
        )  # fmt: skip
        found.append(ranking.figures(ranking.scores(model, pasts.before, count), pasts.last))
        if len(found) == 1:
            model.save(options.output / "next.dovetail")
            pictures.draw_neighbours(films, model.get_weights()["next.table"][1:], options.output)
        hits = np.mean(found, axis=0)[0]
        progress.update(task, advance=1, description=f"the next film: HR@10 {hits:.3f}")
    more = {}
    for column, name in enumerate(("HR@10", "NDCG@10")):
        values = [each[column] for each in found]
        more[f"{name} of the next film"] = float(np.mean(values))
        if len(values) > 1:
            more[f"spread of {name} over seeds"] = float(np.std(values, ddof=1))
    floors = {"popularity": ranking.popularity}
    if not options.quick:
        floors["item-kNN"] = ranking.nearest_items
    for name, floor in floors.items():
        hits, gain = ranking.figures(floor(pasts, count), pasts.last)
        more |= {f"HR@10 by {name}": hits, f"NDCG@10 by {name}": gain}
    return more


def compare(run: Run, films: Films) -> int:
    """20 steps of the model of ratings on the embedded host and in a framework."""
    train = data.folds(films)[0][0]
    model = ratings.made(
        films, train, seed=run.options.seed, factors=4 if run.options.quick else ratings.FACTORS
    )
    rng = np.random.default_rng(run.options.seed)
    batches = [
        (films.inputs(rows), films.stars[rows])
        for rows in (rng.choice(train, 100 if run.options.quick else 1000) for _ in range(STEPS))
    ]
    embedded, other = (
        losses(host, model, dt.mean_squared_error, dt.Adam, {"lr": 0.01}, batches)
        for host in (None, run.options.host)
    )
    return run.compare(embedded, other)


if __name__ == "__main__":
    sys.exit(main())
