"""Read licence plates: real ones with `--plates FILE`, otherwise synthetic ones alone.

Run: `python examples/plates/train.py --plates plates_us_48x96.npz`, or with `--quick`.
The protocol is in README.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.command import Result, Run, parser
from common.frameworks import losses
from rapidfuzz.distance import Levenshtein
from rich.progress import Progress

import dovetail as dt
from plates import data, model, pictures
from plates.data import Plates

BAR = 0.8  # with synthetic plates drawn for pretraining
REAL_BAR = 0.6  # with real plates only
HELD_OUT = 150
STEPS = 20


@dataclass(frozen=True)
class Amounts:
    """How much is drawn, and how often it is seen."""

    drawn: int = 12000
    passes: int = 3  # over the synthetic plates
    epochs: int = 80  # over the real plates, from random weights
    tuning: int = 30  # over the real plates, after the synthetic ones


@dataclass(frozen=True)
class Score:
    """How well texts were read."""

    exact: float  # the share without an error
    characters: float  # characters to change, over those there are


def score(read: list[str], right: tuple[str, ...]) -> Score:
    """Of texts that were read."""
    changes = sum(map(Levenshtein.distance, read, right))
    exact = np.mean([one == other for one, other in zip(read, right, strict=True)])
    return Score(float(exact), changes / sum(map(len, right)))


def main() -> int:
    """The exit status."""
    arguments = parser(__doc__ or "", FOLDER)
    arguments.add_argument(
        "--plates", type=Path, metavar="FILE", help="real plates (README.md says where they are)"
    )
    arguments.add_argument(
        "--validate", action="store_true", help="hold out of the training plates instead"
    )
    run = Run(arguments.parse_args())
    if run.options.host:
        return compare(run)
    if run.options.plates is not None:
        return real(run, data.load(run.options.plates), Amounts())
    return synthetic(run)


def real(run: Run, plates: Plates, amounts: Amounts) -> int:
    """Train on real plates only, and on synthetic plates before them; test on real ones."""
    options, settings = run.options, model.Settings()
    pretrained, only, greedy = [], [], []
    with Progress(console=run.console) as progress:
        for seed in range(options.seed, options.seed + (options.runs or 1)):
            rows, held_out = data.split(plates, HELD_OUT, seed)
            train, test = plates.of(rows), plates.of(held_out)
            if options.validate:
                rows, held_out = data.split(train, 100, seed)
                train, test = train.of(rows), train.of(held_out)
            data.check_apart(train, test)
            alone = model.network(settings, seed)
            watched = watch(progress, "real plates only", amounts.epochs)
            model.train(alone, train, settings, amounts.epochs, seed, callbacks=[watched])
            only.append(score(model.read(alone, test.images), test.texts))
            reader = pretrain(progress, settings, amounts, test, seed)
            unseen = score(model.read(reader, test.images), test.texts)
            watched = watch(progress, "real plates", amounts.tuning)
            model.train(
                reader, train, settings, amounts.tuning, seed, rate=0.5 * settings.rate,
                callbacks=[watched],
            )  # fmt: skip
            read = model.read(reader, test.images)
            pretrained.append(score(read, test.texts))
            best_alignments = model.read(reader, test.images, beam_width=None)
            greedy.append(score(best_alignments, test.texts))
    save(reader, options.output)
    pictures.draw_readings(test, read, options.output)
    floor = score(data.nearest_in_pixels(train, test), test.texts)
    more = {
        "character error rate": mean(pretrained, "characters"),
        "exact match without beam search": mean(greedy, "exact"),
        "exact match with real plates only (bar 0.6)": mean(only, "exact"),
        "character error rate with real plates only": mean(only, "characters"),
        "exact match before real plates (last run)": unseen.exact,
        "character error rate of the nearest plate in pixels": floor.characters,
    }
    return finish(run, "exact match, real plates", pretrained, floor, more)


def synthetic(run: Run) -> int:
    """Train and test on synthetic plates alone; with `--quick` on few, of three digits each."""
    options, settings, amounts = run.options, model.Settings(), Amounts()
    pattern, tested = None, HELD_OUT
    if options.quick:
        settings = replace(settings, width=8, hidden=24, rate=1e-2, batch=16, augment=False)
        amounts, pattern, tested = Amounts(drawn=600, passes=6), "D D D", 60
    found = []
    with Progress(console=run.console) as progress:
        for seed in range(options.seed, options.seed + (options.runs or 1)):
            test = data.drawn(tested, 1000 + seed, pattern)
            reader = pretrain(progress, settings, amounts, test, seed, pattern)
            read = model.read(reader, test.images)
            found.append(score(read, test.texts))
    save(reader, options.output)
    pictures.draw_readings(test, read, options.output)
    drawn = data.without_texts(data.drawn(500, options.seed, pattern), test)
    floor = score(data.nearest_in_pixels(drawn, test), test.texts)
    more = {
        "character error rate": mean(found, "characters"),
        "character error rate of the nearest plate in pixels": floor.characters,
    }
    return finish(run, "exact match, synthetic plates", found, floor, more)


def pretrain(
    progress: Progress, settings: model.Settings, amounts: Amounts, test: Plates, seed: int,
    pattern: str | None = None,
) -> dt.Sequential:  # fmt: skip
    """A network trained on synthetic plates, none with a text of the test."""
    reader = model.network(settings, seed)
    plates = data.without_texts(data.drawn(amounts.drawn, seed, pattern), test)
    data.check_apart(plates, test)
    watched = watch(progress, "synthetic plates", amounts.passes)
    model.train(reader, plates, settings, amounts.passes, seed, callbacks=[watched])
    return reader


def watch(progress: Progress, name: str, epochs: int) -> dt.LambdaCallback:
    """Progress over epochs."""
    task = progress.add_task(name, total=epochs)
    return dt.LambdaCallback(
        on_epoch_end=lambda epoch, logs: progress.update(
            task, advance=1, description=f"{name}, loss {logs['loss']:.3f}"
        )
    )


def mean(scores: list[Score], name: str) -> float:
    """The mean of one of their figures."""
    return float(np.mean([getattr(each, name) for each in scores]))


def finish(run: Run, metric: str, scores: list[Score], floor: Score, more: dict[str, float]) -> int:
    """Print the result. Texts of the test are never trained on, so copying one is never right."""
    spread = float(np.std([each.exact for each in scores], ddof=1)) if len(scores) > 1 else None
    value = mean(scores, "exact")
    return run.finish(Result(metric, True, value, spread, floor.exact, BAR, run.seconds, more))


def save(reader: dt.Sequential, folder: Path) -> None:
    """Write plates.dovetail, which predict.py loads."""
    folder.mkdir(parents=True, exist_ok=True)
    reader.save(folder / "plates.dovetail")


def compare(run: Run) -> int:
    """20 steps on the embedded host and in a framework, without what is drawn at random."""
    small = {"width": 4, "hidden": 8} if run.options.quick else {}
    settings = replace(model.Settings(), augment=False, batch=8, **small)
    made = model.network(settings, run.options.seed)
    plates = data.drawn(STEPS * settings.batch, run.options.seed)
    made.build(plates.images.shape)
    rows = np.arange(len(plates)).reshape(STEPS, settings.batch)
    batches = [(plates.images[each], plates.labels[each]) for each in rows]
    embedded, other = (
        losses(host, made, model.reading, dt.Adam, {"lr": 1e-3}, batches)
        for host in (None, run.options.host)
    )
    return run.compare(embedded, other)


if __name__ == "__main__":
    sys.exit(main())
