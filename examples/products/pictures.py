"""What goes with the products that sell best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from common.pictures import figure, write

from products.data import Array, Shop

NEAREST = 7


def draw_neighbours(shop: Shop, x: Array, kernel: Array, folder: Path) -> list[Path]:
    """Bars of the largest weights of four products that are in the most baskets."""
    drawn, axes = figure(2, 2, (11.0, 5.6))
    for product, place in zip(np.argsort(-x.sum(0), kind="stable")[:4], axes.flat, strict=True):
        weights = kernel[product].copy()
        weights[product] = -np.inf
        nearest = np.argsort(-weights)[:NEAREST]
        heights = np.arange(NEAREST)[::-1]
        place.barh(heights, weights[nearest], color="#4c78a8", height=0.7)
        place.set_yticks(heights, [shop.names[each].capitalize() for each in nearest], fontsize=8)
        name = shop.names[product].capitalize()
        place.set_title(name, fontsize=10, loc="left", fontweight="bold")
        place.tick_params(axis="x", labelsize=7)
    drawn.suptitle("What a product in the basket says about others: weights", fontsize=10)
    return write(drawn, folder, "neighbours")
