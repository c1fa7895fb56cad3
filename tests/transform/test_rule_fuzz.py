"""Every rule of every table, on random expressions made from its own pattern."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from dovetail.graph.dtypes import float32, float64
from dovetail.graph.node import Node
from dovetail.graph.primitives.row import input_node
from dovetail.graph.primitives.structure import max_, min_
from dovetail.transform import stabilise as stabilising
from dovetail.transform.derivative import vjp
from dovetail.transform.rewrite import Rewriter, Rule

from .rule_comparison import (
    differences,
    draw,
    in_own_type,
    inputs_of,
    is_limit,
    is_right,
    lost_slopes,
    same_bits,
    with_values_of,
)
from .rule_examples import RULES
from .rule_instances import instances

STABILISING = {rule.name for rule in (*stabilising.RULES, *stabilising.NORM_RULES)}
WANTED = int(os.environ.get("DOVETAIL_FUZZ", "6"))  # expressions for each rule
Fired = tuple[Node, Node, list[Node], np.random.Generator]


def fired(rule: Rule, wanted: int, seed: int = 0) -> Iterator[Fired]:
    """Expressions that the rule changes, what it makes of them, and what its pattern captured."""
    rewriter = Rewriter([rule])
    rng = np.random.default_rng([seed, zlib.crc32(rule.name.encode())])
    found = 0
    for attempt in range(60 * wanted):
        dtype = float32 if attempt % 2 else float64
        for before, builder in instances(rule, rng, dtype, 1):
            count = Counter[str]()
            (after,) = rewriter([before], count)
            if count[rule.name]:
                found += 1
                yield before, after, list(builder.captured.values()), rng
        if found >= wanted:
            return


def complaints(
    rule: Rule, before: Node, after: Node, captured: list[Node], rng: np.random.Generator
) -> list[str]:
    """What the rewrite breaks."""
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    found: list[str] = []
    nodes = inputs_of([before, after])
    for special in (False, False, True, True):
        values = with_values_of(captured, draw(nodes, rng, special))
        if rule.kind == "exact":
            written, mine = in_own_type([before, after], values)
            same = same_bits(written, mine)
            if rule.pattern.primitive in (max_, min_):  # NumPy's zeros are equal
                same |= written == mine
            if not same.all():
                found.append(f"exact, but {written} becomes {mine} for {values}")
        elif not special:
            found += [f"{text} for {values}" for text in differences(before, after, values, rng)]
        else:
            found += [
                f"{text} for {values}" for text in _of_special(rule, before, after, values, rng)
            ]
    return [*found, *_of_gradients(before, after, rng)]


def _of_special(
    rule: Rule, before: Node, after: Node, values: dict, rng: np.random.Generator
) -> Iterator[str]:
    written, mine = in_own_type([before, after], values)
    if written.dtype.kind != "f":
        if not np.array_equal(written, mine):
            yield f"{written} becomes {mine}"
        return
    close = np.isclose(mine, written, rtol=1e-4, atol=1e-5, equal_nan=True)
    for index in np.argwhere(~close):
        at = tuple(int(i) for i in index)
        a, b = float(written[at]), float(mine[at])
        mended = rule.name in STABILISING and not np.isfinite(a)
        if mended and (is_limit(before, at, b, values, rng) or is_right(before, at, b, values)):
            continue
        yield f"{at}: special: written {a}, found {b}"


def _of_gradients(before: Node, after: Node, rng: np.random.Generator) -> Iterator[str]:
    """The derivatives are expressions like any other."""
    nodes = inputs_of([before, after])
    wrt = [node for node in nodes if node.dtype.is_floating]
    if not before.dtype.is_floating or not wrt:
        return
    weights = input_node("weights", before.shape, before.dtype)
    pairs = list(zip(vjp([before], wrt, [weights]), vjp([after], wrt, [weights]), strict=True))
    for moderate in (True, False):
        values = draw(nodes, rng, False, moderate)
        values |= draw([weights], rng, False, moderate=True)
        if np.isnan(in_own_type([before], values)[0]).any():
            continue  # there the function is not defined
        for theirs, mine in pairs:
            for text in lost_slopes(theirs, mine, values, rng):
                yield f"gradient: {text} for {values}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_breaks_nothing(rule: Rule) -> None:
    count = 0
    for before, after, captured, rng in fired(rule, WANTED):
        found = complaints(rule, before, after, captured, rng)
        assert not found, f"{rule.name}: {before} becomes {after}: {found[0]}"
        count += 1
    assert count, f"no expression fires {rule.name}"
