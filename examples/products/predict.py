"""What else belongs into a basket.

Run after train.py, with codes or names of products, or without for a basket that the model has not
seen: `python examples/products/predict.py "JUMBO BAG RED RETROSPOT" 22386`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.models import load_model
from rich.console import Console
from rich.table import Table

from products import data


def main() -> int:
    """The exit status."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("products", nargs="*", metavar="PRODUCT", help="a code, or a name")
    made.add_argument("--count", type=int, default=10, help="how many products")
    made.add_argument("--model", type=Path, default=FOLDER / "output" / "products.dovetail")
    options = made.parse_args()
    model = load_model(options.model)
    shop = data.load()
    if options.products:
        basket = np.array([shop.number(each) for each in options.products])
    else:
        basket = shop.baskets[data.split(shop)[1][0]]
    x = np.zeros((1, len(shop.codes)), np.float32)
    x[0, basket] = 1.0
    scores = np.where(x[0] > 0, -np.inf, model.predict(x)[0])
    table = Table("code", "product", "score", title="what may be missing", title_justify="left")
    for number in np.argsort(-scores, kind="stable")[: options.count]:
        table.add_row(shop.codes[number], shop.names[number], f"{scores[number]:.3f}")
    console = Console()
    console.print(
        "in the basket: " + "; ".join(shop.names[each] for each in basket[:8]), markup=False
    )
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
