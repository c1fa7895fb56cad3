"""Pictures of a definition: its values and slopes, its errors, and where it overflows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dovetail.errors import DovetailError
from dovetail.extension.op import op
from dovetail.extension.pullback import jvp
from dovetail.graph.dtypes import float32
from dovetail.hosts.registry import REGISTRY
from dovetail.pages.charts import Picture, curves, scatter
from dovetail.verify.calls import Call, run
from dovetail.verify.compare import compare, expectations
from dovetail.verify.context import is_unary
from dovetail.verify.envelope import SCALES, largest
from dovetail.verify.reference import LARGEST, WIDE

POINTS = 241
SAMPLES = 1500  # of errors
RANGE = 6.0  # where a function of one variable is drawn
ORDERS = 2  # derivatives that are drawn
X, Y, WHICH = "x", "value", "curve"


def function_picture(call: Call) -> Picture | None:
    """A function of one variable and its derivatives."""
    if not is_unary(call):
        return None
    low, high = _range(call)
    points = np.linspace(low, high, POINTS)
    functions: list[Any] = [call.plain]
    for _ in range(ORDERS):
        functions.append(_slope(functions[-1]))
    rows: list[dict[str, Any]] = []
    for order, function in enumerate(functions):
        try:
            (values,) = run(REGISTRY.named("numpy"), function,
                            call.sample.filled([points]).args)  # fmt: skip
        except DovetailError:
            break  # what is declared need not have a second derivative
        name = ("f", "f′", "f″")[order]  # noqa: RUF001
        rows += [{WHICH: name, X: float(x), Y: float(y)}
                 for x, y in zip(points, values.ravel(), strict=True)]  # fmt: skip
    text = (
        f"{call.function.name} and its derivatives from {low:g} to {high:g}, computed in float64. "
        f"At {high:g} the value is {rows[POINTS - 1][Y]:.4g}."
    )
    return curves("function", "Function and derivatives", text, rows, X, Y, WHICH)


def _slope(function: Any) -> Any:
    def slope(x: Any) -> Any:
        return jvp(function, (x,), (x * 0.0 + 1.0,))[1]

    return op(slope)


def _range(call: Call) -> tuple[float, float]:
    """Around zero, or where the function is defined."""
    for low, high in ((-RANGE, RANGE), (0.05, RANGE), (-0.98, 0.98), (0.02, 0.98), (1.02, RANGE)):
        variant = call.with_sample(call.sample.filled([np.linspace(low, high, 25)]))
        (values,) = variant.reference(variant.sample.leaves)
        if np.isfinite(values.astype(float)).all():
            return low, high
    leaf = call.sample.leaves[0]
    return float(leaf.min()), float(leaf.max())


def error_picture(call: Call, seed: int = 0) -> Picture:
    """The errors of float32 in ULP, over the arguments; of many outputs, over their values."""
    rng = np.random.default_rng(seed)
    unary = is_unary(call)
    if unary:
        low, high = _range(call)
        points = np.sort(rng.uniform(low, high, SAMPLES)).astype(np.float32)
        variant = call.with_sample(call.sample.filled([points]).cast(float32))
    else:
        variant = call.with_sample(call.sample.cast(float32))
    expected = expectations(variant.reference, variant.sample.leaves, 1, rng)
    x = "x" if unary else "value of the output"
    rows: list[dict[str, Any]] = []
    for got, want in zip(variant.on(REGISTRY.named("numpy")), expected, strict=True):
        if want.exact:
            continue
        found = compare(got, want)
        at = points if unary else np.asarray(want.value, np.float64).ravel()
        rows += [{x: float(place), "error in ULP": float(error)}
                 for place, error in zip(at, found.error.ravel(), strict=True)]  # fmt: skip
    sizes = [abs(row["error in ULP"]) for row in rows if np.isfinite(row["error in ULP"])]
    text = (
        f"{len(rows)} values in float32 beside {np.finfo(WIDE).nmant + 1}-bit arithmetic. One ULP "
        "is the distance between neighbouring numbers. The largest error is "
        f"{max(sizes, default=0.0):.2f} ULP, the mean size {np.mean(sizes or [0.0]):.2f}."
    )
    return scatter("error", "Errors in units of the last place", text, rows, x, "error in ULP")


def envelope_picture(call: Call) -> Picture:
    """How large the result is as arguments grow, and where float32 loses what it could hold."""
    rows = list(_unary_sizes(call) if is_unary(call) else _scaled_sizes(call))
    lost = [row for row in rows if row["state"] == "lost"]
    text = "The magnitude of the largest result as arguments grow, in float32. "
    if lost:
        first = min(row["|x|"] for row in lost)
        text += f"From |x| = {first:.3g} on a result is lost that float32 could hold."
    else:
        text += "Nothing is lost that float32 could hold."
    return scatter(
        "envelope", "Envelope of overflow", text, rows, "|x|", "|result|", "state",
        log=True, form=".0e",
    )  # fmt: skip


def _state(got: Any, exact: Any) -> tuple[str, float]:
    """What has become of the largest result, and its size in wide arithmetic."""
    with np.errstate(all="ignore"):
        exact = np.asarray(exact)
        sizes = np.abs(exact)
        held = np.isfinite(exact) & (sizes < WIDE(LARGEST["float32"]))
        lost = held & ~np.isfinite(np.asarray(got))
        size = float(np.max(np.where(held, sizes, 0), initial=0.0))
    if lost.any():
        return "lost", max(size, 1e-45)
    return ("finite" if held.all() else "too large for float32"), max(size, 1e-45)


def _unary_sizes(call: Call) -> Iterator[dict[str, Any]]:
    magnitudes = (10.0 ** np.linspace(-6, 38, 353)).astype(np.float32)
    for sign, side in ((1.0, ""), (-1.0, ", x < 0")):
        points = (sign * magnitudes).astype(np.float32)
        variant = call.with_sample(call.sample.filled([points]).cast(float32))
        (got,), (exact,) = (
            variant.on(REGISTRY.named("numpy")),
            variant.reference(variant.sample.leaves),
        )
        for x, one, other in zip(magnitudes, got.ravel(), exact.ravel(), strict=True):
            if np.isnan(other):
                continue  # not defined there
            state, size = _state(one, other)
            yield {"state": f"{state}{side}", "|x|": float(x), "|result|": size} | (
                {"state": "lost"} if state == "lost" else {}
            )


def _scaled_sizes(call: Call) -> Iterator[dict[str, Any]]:
    for scale in SCALES:
        variant = call.with_sample(call.sample.scaled(scale))
        exact = variant.reference(variant.sample.leaves)
        for number, (got, value) in enumerate(
            zip(variant.on(REGISTRY.named("numpy")), exact, strict=True)
        ):
            if value.dtype.kind == "f" and value.size:
                state, size = _state(got, value)
                name = state if number == 0 or state == "lost" else f"{state}, output {number}"
                yield {"state": name, "|x|": largest(variant.sample), "|result|": size}
