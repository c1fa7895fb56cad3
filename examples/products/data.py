"""A week of a shop's invoices: how it is read and divided, and trivial methods."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common.data import DataError, check_leak, checked

Array = npt.NDArray[Any]

FILE = Path(__file__).parent / "data" / "online_retail_week.csv.gz"
SHA256 = "4c45320cb9f30fda13747768ddbb59ca3543e8e89136ec1f69b8c859932b8cdf"
ORIGIN = "Online Retail, UCI Machine Learning Repository; every copy of this project has it"


@dataclass(frozen=True)
class Shop:
    """Baskets in the order of their times, each an array of numbers of products."""

    baskets: list[Array]
    invoices: list[str]
    codes: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.baskets)

    def number(self, product: str) -> int:
        """The product of this code or name; a part of the name will do if no other has it."""
        if product in self.codes:
            return self.codes.index(product)
        found = [n for n, name in enumerate(self.names) if product.lower() in name.lower()]
        exact = [n for n in found if self.names[n].lower() == product.lower()]
        if len(exact or found) == 1:
            return (exact or found)[0]
        said = "; ".join(f"{self.codes[n]} {self.names[n]}" for n in found[:8]) or "no product"
        raise DataError(f"{product!r} is the name of {said}.\n  Give one code or name.")


def load(file: Path = FILE) -> Shop:
    """Baskets of two products or more; without cancelled lines, postage, samples and the like."""
    with gzip.open(checked(file, SHA256, ORIGIN), "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if _sold(row)]
    codes = tuple(sorted({row["StockCode"] for row in rows}))
    place = {code: number for number, code in enumerate(codes)}
    names = {row["StockCode"]: row["Description"].strip() for row in reversed(rows)}
    baskets: dict[str, dict[int, None]] = {}  # a dict keeps the order of the lines
    times: dict[str, datetime] = {}
    for row in rows:
        baskets.setdefault(row["InvoiceNo"], {})[place[row["StockCode"]]] = None
        times[row["InvoiceNo"]] = datetime.strptime(row["InvoiceDate"], "%m/%d/%y %H:%M")
    kept = sorted((times[each], each) for each, found in baskets.items() if len(found) > 1)
    invoices = [each for _, each in kept]
    return Shop([np.array([*baskets[each]]) for each in invoices], invoices, codes,
                tuple(names[code] for code in codes))  # fmt: skip


def _sold(row: dict[str, str]) -> bool:
    """Whether a line sells a product: codes of products begin with five digits."""
    cancelled = row["InvoiceNo"].startswith("C") or int(row["Quantity"]) <= 0
    return row["StockCode"][:5].isdigit() and not cancelled


def split(shop: Shop, validation: bool = False) -> tuple[list[int], list[int]]:
    """The first 80 % of the baskets and the last 20 %; for validation, the first 80 % of those."""
    count = len(shop) * 4 // 5
    if validation:
        return list(range(count * 4 // 5)), list(range(count * 4 // 5, count))
    return list(range(count)), list(range(count, len(shop)))


def check_apart(shop: Shop, train: list[int], test: list[int]) -> None:
    """Raise DataError if a basket to test on is also trained on."""
    check_leak([shop.invoices[n] for n in train], [shop.invoices[n] for n in test], "baskets")


@dataclass(frozen=True)
class Hidden:
    """Baskets without one of their products, (baskets, products) of 0 and 1, and that product."""

    rest: Array
    product: Array


def hide(shop: Shop, baskets: list[int], seed: int) -> Hidden:
    """Take a product out of each basket, at random."""
    rng = np.random.default_rng(seed)
    rest = rows(shop, baskets)
    product = np.array([rng.choice(shop.baskets[n]) for n in baskets])
    rest[np.arange(len(baskets)), product] = 0.0
    return Hidden(rest, product)


def rows(shop: Shop, baskets: list[int]) -> Array:
    """The baskets as rows of 0 and 1 over all products."""
    found = np.zeros((len(baskets), len(shop.codes)), np.float32)
    for row, number in zip(found, baskets, strict=True):
        row[shop.baskets[number]] = 1.0
    return found


def hit_rate(scores: Array, hidden: Hidden, k: int = 10) -> float:
    """The share of hidden products among the k best of all that are not in the rest of the basket.

    Of equal scores half are counted as better.
    """
    found = np.where(hidden.rest > 0, -np.inf, scores)
    own = np.take_along_axis(found, hidden.product[:, None], axis=1)
    rank = (found > own).sum(1) + 0.5 * ((found == own).sum(1) - 1)
    return float((rank < k).mean())


def popularity(x: Array, hidden: Hidden) -> Array:
    """The first floor: in how many baskets a product was, for every basket alike."""
    return np.tile(x.sum(0), (len(hidden.rest), 1))


def together(x: Array, hidden: Hidden) -> Array:
    """The second floor: in how many baskets a product was with each product of the rest."""
    counts = x.T @ x
    np.fill_diagonal(counts, 0.0)
    return hidden.rest @ counts
