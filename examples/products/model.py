"""What a basket says about each product: weights between products."""

from __future__ import annotations

from typing import Any

import dovetail as dt
from products.data import Array

STRENGTH = 20.0  # of L2, in units of one basket
EPOCHS = 100
RATE = 3e-3


class Between(dt.Layer):
    """x kernel, where no product speaks for itself: the diagonal of `kernel` counts as 0.

    (n, products) to (n, products). As in EASE (Steck 2019, arXiv:1905.03375), whose closed form is
    the optimum for squared errors and L2; here any loss and penalty will do, in every framework.
    Without `zero_diagonal` a product that is there is its own best sign, and learned as such.
    """

    products: int = dt.from_input(axis=-1)
    zero_diagonal: bool = True
    kernel = dt.Parameter("products", "products", init="zeros")

    def forward(self, x: Any) -> Any:
        """The scores of all products."""
        if not self.zero_diagonal:
            return x @ self.kernel
        places = dt.arange(self.products)
        return x @ dt.where(places[:, None] == places, 0.0, self.kernel)


def made(products: int, zero_diagonal: bool = True) -> dt.Sequential:
    """A model that is not trained; its weights are 0."""
    return dt.Sequential(dt.Input((products,)), Between(zero_diagonal=zero_diagonal))


def train(
    x: Array, epochs: int = EPOCHS, strength: float = STRENGTH, zero_diagonal: bool = True
) -> dt.Sequential:
    """A model of baskets (n, products), all of them in each step: nothing is left to chance."""
    model = made(x.shape[1], zero_diagonal)
    penalty = dt.L2(strength / x.size)
    model.compile(dt.Adam(RATE), dt.mean_squared_error, regularizers={"*.kernel": penalty})
    model.fit(x, x, batch_size=len(x), epochs=epochs, shuffle=False, verbose=0)
    return model
