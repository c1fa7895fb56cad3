"""Losses: the reductions and the shapes."""

from __future__ import annotations

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.extension.loss import REDUCTIONS
from dovetail.graph.dtypes import float64
from dovetail.verify.calls import run
from dovetail.verify.context import Context
from dovetail.verify.verdict import Verdict, fail, passed

CLOSE = 1e-12


def reductions(context: Context) -> Verdict:
    """`mean` and `sum` reduce the losses of the examples, which `none` returns."""
    for call in context.target.calls:
        variant = call.with_sample(call.sample.cast(float64))
        args, settings = variant.sample.args, dict(variant.sample.settings)
        settings.pop("reduction", None)
        function = variant.function
        found = {
            how: run(context.host, function, args, **settings, reduction=how)[0]
            for how in REDUCTIONS
        }
        each = found["none"]
        shape = variant.sample.leaves[0].shape
        if each.shape != shape[: each.ndim] or (shape and not each.ndim):
            fail(
                f"the losses have shape {each.shape} for predictions of shape {shape}",
                "return the loss of each example: reduce over the axes of one example only, "
                "and leave the mean over examples to `reduction`",
                variant.case(shape[: max(each.ndim, 1)], each.shape),
            )
        for how, right in (("mean", each.mean()), ("sum", each.sum())):
            got = found[how]
            if got.shape != ():
                fail(
                    f"reduction={how!r} gives shape {got.shape}, not ()",
                    "leave the reduction to @dt.loss",
                    variant.case((), got.shape),
                )
            if not np.abs(got - right) <= CLOSE * max(abs(float(right)), 1.0):
                fail(
                    f"reduction={how!r} gives {float(got):.9g}, the {how} of the losses is "
                    f"{float(right):.9g}",
                    "leave the reduction to @dt.loss", variant.case(right, got),
                )  # fmt: skip
        default = run(context.host, function, args, **settings)[0]
        if not np.array_equal(default, found["mean"]):
            fail(
                f"the default reduction gives {default.tolist()!r}, the mean is "
                f"{found['mean'].tolist()!r}", "leave it to @dt.loss",
                variant.case(found["mean"], default),
            )  # fmt: skip
        try:
            run(context.host, function, args, **settings, reduction="median")
        except ArgumentError as refused:
            if refused.argument == "reduction":
                continue
            raise
        fail(
            "reduction='median' is accepted without an error",
            "leave the reduction to @dt.loss",
            variant.case("ArgumentError", "a number"),
        )
    return passed("mean and sum are those of the examples' losses; the default is the mean")
