"""Gradients for saturating arguments and for rows of zeros."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dovetail.extension.base import Extension
from dovetail.graph.dtypes import float32
from dovetail.verify.calls import Call
from dovetail.verify.compare import first_index
from dovetail.verify.context import Context
from dovetail.verify.sample import Sample, is_real
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed

SCALES = (30.0, 200.0, 1e4)
SHARE = 0.25  # of a hyperparameter's default, for another exponent, slope or margin


def edges(context: Context) -> Verdict:
    """No gradient is NaN where the arguments and the result are finite."""
    checked = 0
    for call in context.target.calls:
        for each in _with_shares(call):
            for label, sample in _at_edges(each.sample.cast(float32)):
                variant = each.with_sample(sample)
                if not all(np.isfinite(out).all() for out in variant.on(context.host)):
                    continue
                checked += 1
                weights = variant.cotangents(context.rng(), ones=True)
                gradients = variant.gradient(weights).on(context.host)
                for path, found in zip(sample.paths, gradients, strict=False):
                    wrong = np.isnan(found) if is_real(found) else np.zeros(found.shape, bool)
                    if wrong.any():
                        index = first_index(wrong)
                        fail(
                            f"{label}, the gradient with respect to {path} is NaN but the "
                            f"result is finite",
                            "the infinite derivative of a power or quotient is multiplied by 0: "
                            "select its argument with dt.where before, and its result after",
                            variant.case("a number", np.nan, index, " [gradient]"),
                        )
    if not checked:
        return not_applicable("no real arguments for which the result is finite")
    return passed(f"no NaN in gradients for {checked} saturating or zero arguments")


def _with_shares(call: Call) -> Iterator[Call]:
    """The call, and for each hyperparameter a call with a share of its default."""
    yield call
    function: Any = call.function
    if not isinstance(function, Extension):
        return
    sample = call.sample
    for argument in function.signature.arguments:
        if argument.scalar and argument.name not in sample.settings and argument.default:
            settings = {**sample.settings, argument.name: SHARE * argument.default}
            yield call.with_sample(replace(sample, settings=settings))


def _at_edges(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Large arguments, for which a definition may be saturated; and rows of zeros."""
    free = [may and is_real(leaf) for may, leaf in zip(sample.free, sample.leaves, strict=True)]
    if not any(free):
        return
    for factor in SCALES:
        yield f"for arguments times {factor:.0f}", sample.scaled(factor)
    for number, (leaf, may) in enumerate(zip(sample.leaves, free, strict=True)):
        if may and leaf.ndim:
            zeroed = np.array(leaf)
            zeroed[:1] = 0.0
            label = f"for a first row of zeros in {sample.paths[number]}"
            yield label, sample.with_leaf(number, zeroed)
