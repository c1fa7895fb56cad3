"""What a rewritten expression may give, element by element, beside the expression itself.

Three values are compared: that of the expression as it is written (`written`), in its own type,
that of the rewritten one (`found`), likewise, and that of the maths (`exact`), in many digits and
without a largest number. A rewrite may mend what overflows or cancels, never break what is right:

- what is finite stays finite, and as right as rounding allows;
- NaN stays NaN and infinity stays infinity, unless the maths has a number there;
- an exact rule gives the same bits, signs of zero included.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mpmath as mp
import numpy as np

from dovetail.graph.dtypes import DType, bool_
from dovetail.graph.node import Node, topological

from .exact_values import exact_values

DIGITS = 60, 750  # the second where the first do not tell
Values = dict[Node, np.ndarray]


def inputs_of(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in topological(nodes) if node.op == "input"]


def _elementwise(node: Node, args: Sequence[np.ndarray]) -> np.ndarray:
    """Of an element the same value wherever it stands, which NumPy does not see to.

    Its functions compute vectors of elements otherwise than what is left over at an end.
    """
    flat = [np.reshape(a.astype(np.float64) if a.dtype.kind == "f" else a, -1) for a in args]
    count = flat[0].size
    padded = [np.resize(a, count + -count % 16) if count else a for a in flat]
    assert node.primitive.evaluate is not None
    return np.reshape(node.primitive.evaluate(node, *padded)[:count], node.shape)


def in_own_type(outputs: Sequence[Node], values: Mapping[Node, Any]) -> list[np.ndarray]:
    """The outputs, every node rounded to its own type; float32 from float64, but for sums."""
    results: dict[Node, np.ndarray] = {}
    with np.errstate(all="ignore"):
        for node in topological(outputs):
            args = [results[arg] for arg in node.args]
            if node in values:
                found: Any = values[node]
            elif node.primitive.category == "elementwise":
                found = _elementwise(node, args)
            else:
                assert node.primitive.evaluate is not None
                found = node.primitive.evaluate(node, *args)
            results[node] = np.asarray(found).astype(node.dtype.numpy, copy=False)
    return [results[node] for node in outputs]


# Arguments.


def _magnitudes(rng: np.random.Generator, shape: tuple[int, ...], dtype: DType) -> np.ndarray:
    """Numbers of every size that the type has, in one array or near one size."""
    ends = np.finfo(dtype.numpy)
    low, high = math.log10(float(ends.smallest_subnormal)), math.log10(float(ends.max))
    kind = rng.integers(5)
    if kind == 0:
        exponents = rng.uniform(low, high, shape)
    elif kind == 1:
        exponents = rng.uniform(low, high) + rng.uniform(-1, 1, shape)
    elif kind == 2:
        exponents = rng.uniform(-2, 3, shape)
    elif kind == 3:
        exponents = np.full(shape, rng.choice([0.0, 2.0, high - 0.1, high / 2, low / 2]))
    else:
        exponents = rng.choice([-1.0, 0.0, 1.0], shape) * rng.uniform(0, high) + 0.1
    exponents = np.clip(exponents, low, high - 1e-3)
    signs = rng.choice([-1.0, 1.0], shape) if rng.random() < 0.6 else rng.choice([-1.0, 1.0])
    return np.asarray(signs * 10.0**exponents)


SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan)


def draw(
    nodes: Sequence[Node], rng: np.random.Generator, special: bool, moderate: bool = False
) -> Values:
    """Arguments: of every magnitude, or with infinities, NaN and zeros of both signs."""
    pool = rng.permutation(SPECIAL)[: int(rng.integers(1, 4))]
    values: Values = {}
    for node in nodes:
        if node.dtype is bool_:
            found: Any = rng.random(node.shape) < 0.5
        elif node.dtype.is_integer:
            name = str(node.attr("name"))
            bound = int(name[5:].split(".")[0]) if name.startswith("below") else 6
            found = rng.integers(-bound if bound != 6 else 0, bound, node.shape)
        elif moderate:
            found = rng.uniform(0.3, 2.0, node.shape) * rng.choice([-1.0, 1.0], node.shape)
        elif special:
            plain = rng.choice([-2.0, -0.5, 0.25, 1.0, 3.0], node.shape)
            found = np.where(rng.random(node.shape) < 0.5, rng.choice(pool, node.shape), plain)
        else:
            found = _magnitudes(rng, node.shape, node.dtype)
            zeros = rng.random(node.shape) < 0.05
            found = np.where(zeros, rng.choice([0.0, -0.0], node.shape), found)
        with np.errstate(all="ignore"):
            values[node] = np.asarray(found).astype(node.dtype.numpy)
    return values


# Comparison.


def with_values_of(captured: Sequence[Node], values: Values) -> Values:
    """The values, and those of what the pattern captured: the rule is not responsible for it.

    But for what is made of other captures, as -x beside x.
    """
    nodes = [
        node
        for node in captured
        if node.op != "input" and not set(topological([node])) & (set(captured) - {node})
    ]
    return {**values, **dict(zip(nodes, in_own_type(nodes, values), strict=True))}


def may_overflow(node: Node, values: Values) -> bool:
    """Whether a sum of the expression overflows in some order, which is any order's right."""
    sums = [each for each in topological([node]) if each.op in ("sum", "prod") and each.args]
    operands = in_own_type([each.args[0] for each in sums], values)
    for each, operand in zip(sums, operands, strict=True):
        wide = np.abs(np.asarray(operand, np.longdouble))
        with np.errstate(all="ignore"):
            total = np.sum(wide) if each.op == "sum" else np.prod(np.maximum(wide, 1))
        if operand.dtype.kind == "f" and total > np.finfo(operand.dtype).max / 2:
            return True
    return False


def same_bits(written: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Where two values are the same, to the sign of zero."""
    if written.dtype.kind != "f":
        return written == found
    nan = np.isnan(written) & np.isnan(found)
    return nan | ((written == found) & (np.signbit(written) == np.signbit(found)))


class _Rounding:
    """Moves what it is given by as much as a type may round it."""

    def __init__(self, rng: np.random.Generator, unit: float) -> None:
        self.rng, self.unit = rng, unit

    def __call__(self, value: Any) -> Any:
        if not mp.isfinite(value):
            return value
        step = float(self.rng.uniform(0.5, 1.0) * self.rng.choice([-1.0, 1.0]))
        return value * (1 + 2 * self.unit * mp.mpf(step))


def _ulp(value: Any, dtype: Any) -> Any:
    ends = np.finfo(dtype)
    size = abs(value)
    if size < float(ends.tiny):
        return mp.mpf(float(ends.smallest_subnormal))
    return size * 2 * float(ends.epsneg)


def _kind(value: float) -> str:
    if math.isfinite(value):
        return "finite"
    return "nan" if math.isnan(value) else f"{value}"


def _wrong(
    written: float, found: float, exact: Any, moved: Sequence[Any], dtype: Any
) -> str | None:
    """What is wrong with `found`, if anything."""
    if _kind(written) == _kind(found) != "finite":
        return None  # left as it was
    if mp.isnan(exact) and math.isnan(found) and not math.isfinite(written):
        return None  # a logarithm of what is below 0, and the like
    if not mp.isfinite(exact):  # no number in the maths: as IEEE 754 has it
        if _kind(written) != _kind(found) != _kind(float(exact)):
            return "not as IEEE 754 has it"
        close = not math.isfinite(found) or abs(written - found) <= 1e-3 * abs(written)
        return None if close else "another number"
    largest = float(np.finfo(dtype).max)
    if abs(exact) > largest * 0.999:
        beyond = abs(exact) > largest * 1.001
        right = _kind(found) == ("inf" if exact > 0 else "-inf")
        return "the maths is beyond the type" if beyond and not right else None
    if not math.isfinite(found):
        return "a finite number is lost"
    spread = max((abs(m - exact) for m in moved if mp.isfinite(m)), default=mp.mpf(0))
    allowed = 16 * spread + 16 * _ulp(exact, dtype)
    if math.isfinite(written):
        allowed = max(allowed, 2 * abs(mp.mpf(written) - exact))
    error = abs(mp.mpf(found) - exact)
    return None if error <= allowed else "digits are lost"


def lost_slopes(before: Node, after: Node, values: Values, rng: np.random.Generator) -> list[str]:
    """Where a derivative that was a number of some digits is none any more."""
    written, found = in_own_type([before, after], values)
    if same_bits(written, found).all():
        return []
    complaints: list[str] = []
    for digits in DIGITS:
        with mp.workdps(digits):
            rounding = _Rounding(rng, float(np.finfo(before.dtype.numpy).epsneg))
            exact, *moved = (
                exact_values([before], values, each)[0] for each in (None, rounding, rounding)
            )
            complaints = []
            for at in np.ndindex(written.shape):
                size = abs(exact[at])
                limit = float(np.finfo(before.dtype.numpy).max) / 1e3
                if not (math.isfinite(written[at]) and size < limit):
                    continue
                spread = max(abs(each[at] - exact[at]) for each in moved)
                spread = mp.inf if mp.isnan(spread) else spread
                written_error = abs(mp.mpf(float(written[at])) - exact[at])
                allowed = 1e-4 * size + 64 * spread + 16 * _ulp(exact[at], before.dtype.numpy)
                error = abs(mp.mpf(float(found[at])) - exact[at])
                if not error <= max(allowed, 2 * written_error):
                    complaints.append(
                        f"{at}: written {written[at]}, found {found[at]}, "
                        f"exact {mp.nstr(exact[at], 12)}"
                    )
        if not complaints:
            return []
    return complaints


def differences(before: Node, after: Node, values: Values, rng: np.random.Generator) -> list[str]:
    """What a reassociating rewrite breaks, in words; nothing where it is right."""
    written, found = in_own_type([before, after], values)
    if written.dtype.kind != "f":
        return [] if np.array_equal(written, found) else [f"{written} becomes {found}"]
    if same_bits(written, found).all():
        return []
    for digits in DIGITS:
        complaints = list(_complaints(before, written, found, values, rng, digits))
        if not complaints:
            return []
    return complaints


def _complaints(
    before: Node, written: Any, found: Any, values: Values, rng: np.random.Generator, digits: int
) -> Iterator[str]:
    dtype = before.dtype.numpy
    overflows = may_overflow(before, values)
    with mp.workdps(digits):
        rounding = _Rounding(rng, float(np.finfo(dtype).epsneg))
        (exact,) = exact_values([before], values)
        moved = [exact_values([before], values, rounding)[0] for _ in range(3)]
        for at in np.ndindex(written.shape):
            if same_bits(written[at], found[at]):
                continue
            if overflows and not (np.isfinite(written[at]) and np.isfinite(found[at])):
                continue
            several = [each[at] for each in moved]
            text = _wrong(float(written[at]), float(found[at]), exact[at], several, dtype)
            if text is None or (
                not mp.isfinite(exact[at])
                and not math.isfinite(written[at])
                and is_limit(before, at, float(found[at]), values, rng)
            ):
                continue
            yield (
                f"{at}: {text}: written {written[at]}, found {found[at]}, "
                f"exact {mp.nstr(exact[at], 12)}"
            )


def _near(value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Large numbers for infinities and small ones for zeros, each of another size."""
    if value.dtype.kind != "f":
        return value
    size = 10.0 ** rng.uniform(150, 250, value.shape)
    sign = np.where(np.signbit(value), -1.0, 1.0)
    return np.where(np.isinf(value), sign * size, np.where(value == 0, sign / size, value))


def is_right(before: Node, at: tuple[int, ...], found: float, values: Values) -> bool:
    """Whether `found` is what the maths has, which the expression overflows on its way to."""
    with mp.workdps(DIGITS[1]):
        exact = exact_values([before], values)[0][at]
        if not (mp.isfinite(exact) and math.isfinite(found)):
            return _kind(float(exact)) == _kind(found)
        return bool(abs(exact - found) <= 1e-4 * abs(exact))


def is_limit(
    before: Node, at: tuple[int, ...], found: float, values: Values, rng: np.random.Generator
) -> bool:
    """Whether the expression comes close to `found` near its infinite arguments, and near zeros.

    NaN is taken as right where there is no value near them at all.
    """
    inputs = {node: value for node, value in values.items() if not node.args}
    return any(
        _is_limit(before, at, found, given, rng, digits)
        for digits in DIGITS
        for given in (values, inputs)
    )


def _is_limit(
    before: Node, at: tuple[int, ...], found: float, values: Values,
    rng: np.random.Generator, digits: int,
) -> bool:  # fmt: skip
    with mp.workdps(digits):
        for _ in range(3):
            near = {node: _near(value, rng) for node, value in values.items()}
            value = exact_values([before], near)[0][at]
            if mp.isnan(value) or math.isnan(found):
                if mp.isnan(value) and math.isnan(found):
                    continue
                return False
            if math.isinf(found):
                if abs(value) < 100 or (value > 0) != (found > 0):
                    return False
            elif abs(value - found) > 1e-2 * (1 + abs(value)):
                return False
    return True
