"""Find the product that is missing in a basket.

Run: `python examples/products/train.py`, or with `--quick`. The protocol is in README.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.command import Result, Run, parser
from common.frameworks import losses

import dovetail as dt
from products import data, model, pictures
from products.data import Shop

BAR = 0.17
STEPS = 20


def main() -> int:
    """The exit status."""
    run = Run(parser(__doc__ or "", FOLDER).parse_args())
    shop, options = data.load(), run.options
    if options.host:
        return compare(run, shop)
    train, test = data.split(shop)
    data.check_apart(shop, train, test)
    x = data.rows(shop, train)
    run.console.print(f"{len(train)} baskets to train on, {len(test)} to test on")
    trained = model.train(x, epochs=30 if options.quick else model.EPOCHS)
    options.output.mkdir(parents=True, exist_ok=True)
    trained.save(options.output / "products.dovetail")
    pictures.draw_neighbours(shop, x, trained.get_weights()["layers.0.kernel"], options.output)

    count = options.runs or (2 if options.quick else 5)
    found, popular, together = [], [], []
    for seed in range(options.seed, options.seed + count):
        hidden = data.hide(shop, test, seed)
        found.append(data.hit_rate(trained.predict(hidden.rest), hidden))
        popular.append(data.hit_rate(data.popularity(x, hidden), hidden))
        together.append(data.hit_rate(data.together(x, hidden), hidden))
    result = Result(
        f"HR@10 of the product that is hidden, mean of {count} seeds", True,
        float(np.mean(found)), float(np.std(found, ddof=1)) if count > 1 else None,
        float(np.mean(together)), BAR, run.seconds,
        {"HR@10 by popularity": float(np.mean(popular))},
    )  # fmt: skip
    return run.finish(result)


def compare(run: Run, shop: Shop) -> int:
    """20 steps on the embedded host and in a framework, on the products that sell best."""
    x = data.rows(shop, data.split(shop)[0])
    best = np.argsort(-x.sum(0), kind="stable")[: 50 if run.options.quick else 500]
    x = np.ascontiguousarray(x[:, best])
    rng = np.random.default_rng(run.options.seed)
    batches = [(x[rows], x[rows]) for rows in (rng.choice(len(x), 64) for _ in range(STEPS))]
    embedded, other = (
        losses(host, model.made(x.shape[1]), dt.mean_squared_error, dt.Adam, {"lr": 1e-2}, batches)
        for host in (None, run.options.host)
    )
    return run.compare(embedded, other)


if __name__ == "__main__":
    sys.exit(main())
