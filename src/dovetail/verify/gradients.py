"""Gradients, forward mode and second order in float64, against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from dovetail.extension.pullback import vjp
from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import float32, float64
from dovetail.language.tree import map_leaves
from dovetail.verify.compare import examined
from dovetail.verify.context import Context
from dovetail.verify.differences import Differences, Displacement
from dovetail.verify.programs import Call, run
from dovetail.verify.reference import WIDE
from dovetail.verify.sample import Array, is_real
from dovetail.verify.samples import points
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed

CLOSE = 1e-6  # relative, of first derivatives; the differences are good to about 1e-10
CLOSE_SECOND = 1e-4
FLOOR = 1e-9  # of the largest derivative, absolute
MOST = 512  # points of a pointwise function

REMEDY = (
    "the derivative differs from that of the maths: where the definition declares a vjp, correct "
    "it, or mark it @name.vjp(surrogate=True) if that is meant; else report it with this example"
)
FLOOR_SECOND = 1e-7
Look = Callable[["Differentiated", int], Iterator[tuple[Any, Array, Array, Array]]]


class Differentiated:
    """A call in float64, with weights for its outputs and a direction for its arguments."""

    def __init__(self, context: Context, call: Call) -> None:
        sample = call.sample
        rng = context.rng()
        if call.reference.pointwise:
            sample = points(sample, call.reference, min(context.budget.points, MOST), rng)
        self.call = call.with_sample(sample.cast(float64))
        self.weights = self.call.cotangents(rng)
        self.tangents = self.call.tangents(rng)
        self.differences = Differences(self.call, self.weights)
        self.rng = rng
        self.context = context

    @property
    def direction(self) -> Displacement:
        """The tangents, leaf by leaf; None for integers."""
        leaves = leaves_of(self.tangents)
        return [a.astype(WIDE) if is_real(a) else None for a in leaves]

    def real(self) -> list[int]:
        """The leaves that a derivative is taken with respect to."""
        return [i for i, leaf in enumerate(self.call.sample.leaves) if is_real(leaf)]


def _reverse(each: Differentiated, leaf: int) -> Iterator[tuple[Any, Array, Array, Array]]:
    got = run(each.context.host, each.call.vjp, (each.call.sample.args, each.weights))[leaf]
    for index in each.differences.indices(leaf, each.context.budget.elements, each.rng):
        yield index, got[index], *each.differences.first(leaf, index)


def _second(each: Differentiated, leaf: int) -> Iterator[tuple[Any, Array, Array, Array]]:
    args = (each.call.sample.args, each.weights, each.tangents)
    got = run(each.context.host, each.call.second, args)[leaf]
    for index in each.differences.indices(leaf, each.context.budget.elements // 2, each.rng):
        yield index, got[index], *each.differences.second(leaf, index, each.direction)


def gradient(context: Context) -> Verdict:
    """Reverse mode against central differences of order six."""
    return _each(context, _reverse, "the gradient", CLOSE, "gradient")


def second_order(context: Context) -> Verdict:
    """The gradient of the gradient against mixed differences of the value."""
    return _each(context, _second, "the second derivative", CLOSE_SECOND, "second", FLOOR_SECOND)


def _each(context: Context, look: Look, what: str, close: float, suffix: str,
          floor: float = FLOOR) -> Verdict:  # fmt: skip
    worst, elements, surrogate = 0.0, 0, False
    for call in context.subject.calls:
        each = Differentiated(context, call)
        if each.call.reference.surrogate:
            surrogate = True
            continue
        for leaf in each.real():
            found = list(look(each, leaf))
            scale = max((_largest(right, known) for _, _, right, known in found), default=0.0)
            for index, got, right, known in found:
                off = np.abs(np.asarray(got, WIDE) - right)
                limit = close * np.abs(right) + floor * max(scale, 1e-3)
                wrong = known & np.asarray(~(off <= limit))
                elements += int(np.sum(known))
                if np.any(wrong):
                    return _wrong(each, leaf, index, got, right, wrong, what, suffix)
                least = 1e-3 * max(scale, 1.0)
                share = np.where(known, off / np.maximum(np.abs(right), least), 0)
                worst = max(worst, float(np.max(share, initial=0.0)))
    if surrogate and not elements:
        return not_applicable("a surrogate is declared: it differs from the maths on purpose")
    if not elements:
        return not_applicable("no real argument with a derivative that differences can tell")
    return passed(
        f"{what} of {elements} elements is right to {worst:.1e}", "",
        **{"worst relative error": worst, "elements": elements},
    )  # fmt: skip


def _largest(values: Array, known: Array) -> float:
    return float(np.max(np.where(known, np.abs(values), 0.0), initial=0.0))


def _wrong(
    each: Differentiated, leaf: int, index: Any, got: Array, right: Array, wrong: Array,
    what: str, suffix: str,
) -> Verdict:  # fmt: skip
    sample, path = each.call.sample, each.call.sample.paths[leaf]
    if each.differences.pointwise:
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        sample = sample.at(place)
        got, right, index = got[place], right[place], (0,) * len(place)
    weight = "" if np.size(leaves_of(each.weights)[0]) == 1 else ", outputs weighted at random"
    text = f"{what} with respect to {path} is {float(got):.9g}, where {float(right):.9g} is right"
    case = each.call.with_sample(sample).case(float(right), float(got), index, f" [{suffix}]")
    return failed(text + weight, REMEDY, case)


def forward_mode(context: Context) -> Verdict:
    """Tangents by forward mode against differences along the same direction."""
    worst, elements = 0.0, 0
    for call in context.subject.calls:
        each = Differentiated(context, call)
        if not each.real():
            continue
        if each.call.reference.surrogate:
            verdict = _transposed(each)
            if verdict is not None:
                return verdict
            continue
        right, sure = each.differences.tangent(each.direction)
        got = run(context.host, each.call.jvp, (each.call.sample.args, each.tangents))
        for output, (mine, truth, known) in enumerate(zip(got, right, sure, strict=True)):
            if not is_real(mine) or not mine.size:
                continue
            scale = float(np.max(np.where(known, np.abs(truth), 0.0), initial=0.0))
            off = np.abs(mine.astype(WIDE) - truth)
            wrong = known & np.isfinite(truth) & ~(off <= CLOSE * np.abs(truth) + FLOOR * scale)
            elements += int(np.sum(known & np.isfinite(truth)))
            if np.any(wrong):
                place = tuple(int(i) for i in np.argwhere(np.broadcast_to(wrong, mine.shape))[0])
                sample = each.call.sample
                if each.differences.pointwise:
                    sample = sample.at(place)
                case = each.call.with_sample(sample).case(
                    float(truth[place]), float(mine[place]), place, " [forward mode]"
                )
                return failed(
                    f"the tangent of output {output} is {float(mine[place]):.9g}, "
                    f"where {float(truth[place]):.9g} is right",
                    REMEDY, case,
                )  # fmt: skip
            share = np.where(known & np.isfinite(truth), off / (np.abs(truth) + 1e-3 * scale), 0)
            worst = max(worst, float(np.nanmax(share, initial=0.0)))
    if not elements:
        return not_applicable("no tangents that differences can tell")
    return passed(
        f"{elements} tangents are right to {worst:.1e}", "", **{"worst relative error": worst}
    )


def _transposed(each: Differentiated) -> Verdict | None:
    """A surrogate has no maths to compare with; its two modes must be each other's transpose."""
    pulled = run(each.context.host, each.call.vjp, (each.call.sample.args, each.weights))
    pushed = run(each.context.host, each.call.jvp, (each.call.sample.args, each.tangents))
    there = _product(pushed, leaves_of(each.weights))
    back = _product(pulled, leaves_of(each.tangents))
    if abs(there - back) <= 1e-9 * max(abs(there), abs(back), 1.0):
        return None
    return failed(
        f"forward mode of the surrogate gives {there:.9g}, its reverse mode {back:.9g}",
        "the surrogate has to be linear in its cotangent", each.call.case(back, there),
    )  # fmt: skip


def _product(first: Sequence[Array], second: Sequence[Array]) -> float:
    return sum(float(np.sum(a * b)) for a, b in zip(first, second, strict=True) if is_real(a))


def in_float32(context: Context) -> Verdict:
    """The gradient that is trained with: float32, against the wide reference of its graph."""
    count = 0
    for call in context.subject.calls:
        each = call.sample.cast(float32)
        if call.reference.pointwise:
            each = points(each, call.reference, context.budget.points, context.rng()).cast(float32)
        there = call.with_sample(each)
        if not any(map(is_real, each.leaves)):
            continue
        weights = there.cotangents(context.rng(), ones=True)
        pulled = there.gradient(weights)
        seen = examined(
            pulled.reference, pulled.sample.leaves, pulled.on(context.host),
            context.budget.disturbances, context.rng(),
        )  # fmt: skip
        for leaf, found in enumerate(seen):
            got, want = found.got, found.expected
            count += got.size
            if found.wrong.any() and found.worst is not None:
                index = found.worst
                right, mine = float(want.value[index]), float(got[index])
                sample = each
                if call.reference.pointwise and got.shape == each.leaves[0].shape:
                    sample = each.at(index)
                return failed(
                    f"the gradient with respect to {each.paths[leaf]} is {mine:.9g} in float32, "
                    f"where {right:.9g} is right",
                    REMEDY, there.with_sample(sample).case(right, mine, index, " [gradient]"),
                )  # fmt: skip
    if not count:
        return not_applicable("no real arguments")
    return passed(f"{count} elements of float32 gradients as accurate as the formula allows")


def backward(context: Context) -> Verdict:
    """`dt.vjp`: what was kept for the backward pass gives the gradient, and stays as it was."""
    looked = False
    for call in context.subject.calls:
        there = call.with_sample(call.sample.cast(float32))
        if not any(map(is_real, there.sample.leaves)) or context.host.name != "numpy":
            continue
        looked = True
        weights = there.cotangents(context.rng())
        args = map_leaves(np.array, there.sample.args)
        value, pullback = vjp(there.plain, *args)
        held = [*leaves_of(args), *leaves_of(value), *leaves_of(weights)]
        before = [np.array(array) for array in held]
        first = [np.array(a) for a in leaves_of(pullback(weights))]
        again = leaves_of(pullback(weights))
        names = [*there.sample.paths, *(f"output {i}" for i in range(len(leaves_of(value))))]
        names += ["the cotangent"] * (len(held) - len(names))
        for name, old, new in zip(names, before, held, strict=True):
            if not same_bits(old, new):
                return failed(
                    f"the backward pass has written into {name}",
                    "a backward pass must leave what it reads as it was", there.case(old, new),
                )  # fmt: skip
        direct = run(context.host, there.vjp, (there.sample.args, weights))
        for path, one, two, right in zip(there.sample.paths, first, again, direct, strict=True):
            scale = float(np.max(np.abs(right.astype(np.float64)), initial=0.0)) + 1e-30
            off = np.abs(one.astype(np.float64) - right.astype(np.float64))
            if not same_bits(one, two):
                return failed(
                    f"a second backward pass gives another gradient with respect to {path}",
                    "what was kept for the backward pass has changed in the first one",
                    there.case(one, two),
                )  # fmt: skip
            if not np.all(off <= 1e-4 * scale):
                return failed(
                    f"the gradient with respect to {path} from what was kept differs by "
                    f"{float(np.nanmax(off)):.3g} from the one of a single program",
                    REMEDY, there.case(right, one, suffix=" [vjp]"),
                )  # fmt: skip
    if not looked:
        return not_applicable("no real arguments")
    return passed("two backward passes over what was kept agree with the single program")


def same_bits(first: Any, second: Any) -> bool:
    """Whether two arrays are the same, bit by bit."""
    one, two = np.asarray(first), np.asarray(second)
    if one.shape != two.shape or one.dtype != two.dtype:
        return False
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(two).tobytes()
