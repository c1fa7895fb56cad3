"""Films for somebody: what comes next, and how many stars it will get.

Run after train.py: `python examples/films/predict.py --user 42`, or with films of your own in the
order in which you saw them: `... "Toy Story (1995)=5" "Matrix, The (1999)=4.5" "Heat (1995)=3"`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.data import DataError
from common.models import load_model
from rich.console import Console
from rich.table import Table

from films import data, ranking, ratings
from films.data import Array, Films


def main() -> int:
    """The exit status."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("rated", nargs="*", metavar="TITLE=STARS", help="films, the last one last")
    made.add_argument("--user", type=int, default=41, help="a user of MovieLens, from 0 to 609")
    made.add_argument("--count", type=int, default=10, help="how many films")
    made.add_argument("--models", type=Path, default=FOLDER / "output", metavar="FOLDER")
    options = made.parse_args()
    films = data.load()
    stars_of, next_of = (load_model(options.models / name) for name in FILES)
    if options.rated:
        past, stars = read(options.rated, films)
        user = ratings.meet(stars_of, past, stars)
    else:
        if not 0 <= options.user < films.users:
            raise DataError(f"there is no user {options.user}: they count to {films.users - 1}")
        user, past = options.user, ranking.in_order(films)[options.user]
    scores = ranking.scores(next_of, [past], len(films.titles))[0]
    best = np.argsort(-scores, kind="stable")[: options.count]
    given = np.full(len(best), user), best, np.zeros(len(best), np.int64)
    stars = stars_of.predict(given)
    table = Table(title=f"after {films.titles[past[-1]]}", title_justify="left")
    for heading in ("film", "score", "stars"):
        table.add_column(heading, justify="left" if heading == "film" else "right")
    for film, each in zip(best, stars, strict=True):
        table.add_row(films.titles[film], f"{scores[film]:.2f}", f"{each:.1f}")
    Console().print(table)
    return 0


FILES = ("ratings.dovetail", "next.dovetail")


def read(rated: list[str], films: Films) -> tuple[Array, Array]:
    """The numbers of films and their stars."""
    found = []
    for each in rated:
        title, _, given = each.rpartition("=")
        try:
            stars = float(given)
        except ValueError:
            stars = 0.0
        if not title or not 0.5 <= stars <= 5.0:
            raise DataError(f"{each!r} is no rating.\n  Write TITLE=STARS, with 0.5 to 5 stars.")
        found.append((films.number(title), stars))
    return np.array([film for film, _ in found]), np.array([stars for _, stars in found])


if __name__ == "__main__":
    sys.exit(main())
