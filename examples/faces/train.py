"""Name the people of ORL's photographs, and tell strangers' photographs apart.

Run: `python examples/faces/train.py`, or with `--quick`. The protocol is in README.md.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.command import Result, Run, parser
from common.frameworks import losses
from rich.progress import Progress

import dovetail as dt
from faces import data, model, pictures
from faces.data import Array, Faces
from faces.verification import Pairs, pairs, roc

BAR = 0.975
STEPS = 20


def main() -> int:
    """The exit status."""
    run = Run(parser(__doc__ or "", FOLDER).parse_args())
    faces = data.load()
    if run.options.host:
        return compare(run, faces)
    return quick(run, faces) if run.options.quick else full(run, faces)


def full(run: Run, faces: Faces) -> int:
    """20 splits of all people; then a quarter of the people unseen, four times."""
    options, settings = run.options, model.Settings()
    splits, folds = options.runs or 20, min(options.runs or 4, 4)
    found, floors = [], []
    with Progress(console=run.console) as progress:
        task = progress.add_task("splits", total=splits)
        for seed in range(options.seed, options.seed + splits):
            train, test = (faces.of(rows.ravel()) for rows in data.split(faces, seed))
            data.check_apart(train, test)
            trained = model.train(train, settings, seed)
            if not found:
                save(trained, options.output)
            found.append(model.accuracy(trained, test))
            floors.append(data.nearest_in_pixels(train, test))
            progress.update(task, advance=1, description=f"names {100 * np.mean(found):.2f} %")
        task = progress.add_task("unseen people", total=folds)
        tested = []
        for fold in range(folds):
            strangers = np.isin(faces.people, data.unseen(options.seed, fold))
            tested.append(verify(faces, strangers, settings, options.seed))
            progress.update(task, advance=1)
    more = show(run, faces, tested)
    result = Result(
        f"share of right names, mean of {splits} splits", True, float(np.mean(found)),
        float(np.std(found, ddof=1)) if splits > 1 else None, float(np.mean(floors)), BAR,
        run.seconds, more,
    )  # fmt: skip
    return run.finish(result)


def quick(run: Run, faces: Faces) -> int:
    """One network for both: three photographs of 30 people, and pairs of the other 10."""
    seed = run.options.seed
    settings = model.Settings()
    strange = data.unseen(seed, 0)
    train, test = (
        faces.of(np.delete(rows, strange, axis=0).ravel()) for rows in data.split(faces, seed, 3)
    )
    data.check_apart(train, test)
    trained = model.train(train, settings, seed)
    save(trained, run.options.output)
    rows = np.flatnonzero(np.isin(faces.people, strange))
    more = show(run, faces, [(rows, *both_pairs(trained, faces.of(rows)))])
    result = Result(
        "share of right names of 30 people, 3 photographs of each to train on", True,
        model.accuracy(trained, test), None, data.nearest_in_pixels(train, test), BAR,
        run.seconds, more,
    )  # fmt: skip
    return run.finish(result)


Tested = tuple[Array, Pairs, Pairs]  # rows, pairs by the network, pairs by their pixels


def verify(faces: Faces, strangers: Array, settings: model.Settings, seed: int) -> Tested:
    """Train on all photographs of the people who are no strangers, and pair the strangers'."""
    train, test = faces.of(np.flatnonzero(~strangers)), faces.of(np.flatnonzero(strangers))
    data.check_apart(train, test)
    return np.flatnonzero(strangers), *both_pairs(model.train(train, settings, seed), test)


def both_pairs(trained: dt.Sequential, test: Faces) -> tuple[Pairs, Pairs]:
    """The pairs of these photographs, by the network and by their pixels."""
    pixels = test.images.reshape(len(test), -1)  # whose cosine is their correlation
    return (
        pairs(model.vectors(trained, test.images), test.people),
        pairs(pixels, test.people),
    )


def show(run: Run, faces: Faces, tested: list[Tested]) -> dict[str, float]:
    """Draw the curves of all folds together and the hardest pairs of the first; the rates."""
    own, pixels = (
        roc(*(np.concatenate([getattr(each[kind], name) for each in tested])
              for name in ("likeness", "alike")))
        for kind in (1, 2)
    )  # fmt: skip
    rows, found, _ = tested[0]
    pictures.draw_roc({"network": own, "pixels": pixels}, run.options.output)
    pictures.draw_hardest(faces.images[rows], found, run.options.output)
    rates = [roc(each[1].likeness, each[1].alike).equal_error[0] for each in tested]
    more = {
        "equal error rate of unseen people": float(np.mean(rates)),
        "equal error rate by pixels": pixels.equal_error[0],
        "threshold of the cosine": own.equal_error[1],
    }
    if len(rates) > 1:
        more["spread of the equal error rate"] = float(np.std(rates, ddof=1))
    return more


def save(trained: dt.Sequential, folder: Path) -> None:
    """Write faces.dovetail, which predict.py loads."""
    folder.mkdir(parents=True, exist_ok=True)
    trained.save(folder / "faces.dovetail")


def compare(run: Run, faces: Faces) -> int:
    """20 steps on the embedded host and in a framework.

    Without what is drawn at random, which each framework draws in its own way.
    """
    settings = replace(model.Settings(), augment=False, width=4 if run.options.quick else 16)
    made = model.network(settings, run.options.seed)
    train = faces.of(data.split(faces, run.options.seed)[0].ravel())
    made.build(train.images.shape)
    rng = np.random.default_rng(run.options.seed)
    rows = [rng.integers(0, len(train), settings.batch) for _ in range(STEPS)]
    batches = [(train.images[each], train.people[each]) for each in rows]
    embedded, other = (
        losses(host, made, model.angular, dt.Adam, {"lr": 1e-3}, batches)
        for host in (None, run.options.host)
    )
    return run.compare(embedded, other)


if __name__ == "__main__":
    sys.exit(main())
