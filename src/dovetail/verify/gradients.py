"""Gradients, forward mode and second order in float64, against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from dovetail.extension.pullback import vjp
from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import float32, float64
from dovetail.graph.node import Array
from dovetail.language.tree import map_leaves
from dovetail.verify.calls import Call, run
from dovetail.verify.compare import first_index
from dovetail.verify.context import Context
from dovetail.verify.differences import SECOND_STEP, STEP, Differences, Displacement
from dovetail.verify.reference import WIDE
from dovetail.verify.sample import is_real
from dovetail.verify.samples import points
from dovetail.verify.verdict import Verdict, fail, not_applicable, passed, require_same_bits

TOLERANCE = 1e-6  # relative, of first derivatives; the differences are good to about 1e-10
SECOND_TOLERANCE = 1e-4
FLOOR = 1e-9  # absolute, as a share of the largest derivative
SECOND_FLOOR = 1e-7
MAX_POINTS = 512  # of a pointwise function

REMEDY = (
    "the derivative is not that of the function: if the definition declares a vjp, correct it, or "
    "mark it @name.vjp(surrogate=True) if it differs on purpose; otherwise report this example"
)
Derivative = tuple[Any, Array, Array, Array]  # index, computed, expected, where that is known
Group = tuple[str, list[Derivative]]  # the derivatives of one array, which share a scale


class Differentiated:
    """A call in float64, with weights for its outputs and a direction for its arguments."""

    def __init__(self, context: Context, call: Call) -> None:
        sample = call.sample
        rng = context.rng()
        if call.reference.pointwise:
            sample = points(sample, call.reference, min(context.budget.points, MAX_POINTS), rng)
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

    @property
    def cotangents(self) -> list[Array]:
        """The cotangent of each leaf of the arguments, computed on the host."""
        return run(self.context.host, self.call.vjp, (self.call.sample.args, self.weights))

    @property
    def output_tangents(self) -> list[Array]:
        """The tangent of each output by forward mode, computed on the host."""
        return run(self.context.host, self.call.jvp, (self.call.sample.args, self.tangents))

    def real(self) -> list[tuple[int, str]]:
        """The leaves that a derivative is taken with respect to, and their names."""
        sample = self.call.sample
        return [(i, sample.paths[i]) for i, leaf in enumerate(sample.leaves) if is_real(leaf)]


def _reverse(each: Differentiated) -> Iterator[Group]:
    got = each.cotangents
    for leaf, path in each.real():
        chosen = each.differences.indices(leaf, each.context.budget.elements, each.rng)
        found = [(i, got[leaf][i], *each.differences.first(leaf, i)) for i in chosen]
        yield f"the gradient with respect to {path}", found


def _second(each: Differentiated) -> Iterator[Group]:
    args = (each.call.sample.args, each.weights, each.tangents)
    got = run(each.context.host, each.call.second, args)
    for leaf, path in each.real():
        chosen = each.differences.indices(leaf, each.context.budget.elements // 2, each.rng)
        second = each.differences.second
        found = [(i, got[leaf][i], *second(leaf, i, each.direction)) for i in chosen]
        yield f"the second derivative with respect to {path}", found


def _forward(each: Differentiated) -> Iterator[Group]:
    expected, known = each.differences.tangent(each.direction)
    for number, got in enumerate(each.output_tangents):
        if is_real(got) and got.size:
            yield f"the tangent of output {number}", [(..., got, expected[number], known[number])]


def gradient(context: Context) -> Verdict:
    """Reverse mode against central differences of order six."""
    return _compared(context, _reverse, "gradient")


def second_order(context: Context) -> Verdict:
    """The gradient of the gradient against mixed differences of the value."""
    step = SECOND_STEP**2
    return _compared(context, _second, "second", SECOND_TOLERANCE, SECOND_FLOOR, step)


def forward_mode(context: Context) -> Verdict:
    """Tangents by forward mode against differences along the same direction."""
    return _compared(context, _forward, "forward mode")


def _compared(
    context: Context, derivatives: Callable[[Differentiated], Iterator[Group]], suffix: str,
    tolerance: float = TOLERANCE, floor: float = FLOOR, step: float = STEP,
) -> Verdict:  # fmt: skip
    worst, elements, surrogate = 0.0, 0, False
    for call in context.target.calls:
        each = Differentiated(context, call)
        if not each.real():
            continue
        if each.call.reference.surrogate:
            surrogate = True
            if derivatives is _forward:
                _check_transposed(each)
            continue
        noise = each.differences.noise(step)
        for name, found in derivatives(each):
            scale = max((_largest(right, known) for _, _, right, known in found), default=0.0)
            for index, got, right, known in found:
                off = np.abs(np.asarray(got, WIDE) - right)
                allowed = tolerance * np.abs(right) + floor * max(scale, 1e-3) + noise
                wrong = known & ~(off <= allowed)
                elements += int(np.sum(known))
                if np.any(wrong):
                    _fail(each, name, index, got, right, wrong, suffix)
                least = 1e-3 * max(scale, 1.0)
                share = np.where(known, off / np.maximum(np.abs(right), least), 0)
                worst = max(worst, float(np.max(share, initial=0.0)))
    if surrogate and not elements:
        return not_applicable("a surrogate is declared, which differs from the maths on purpose")
    if not elements:
        return not_applicable("no real argument where finite differences give a derivative")
    return passed(
        f"{elements} elements, relative error at most {worst:.1e}", "",
        **{"worst relative error": worst, "elements": elements},
    )  # fmt: skip


def _largest(values: Array, known: Array) -> float:
    return float(np.max(np.where(known, np.abs(values), 0.0), initial=0.0))


def _fail(
    each: Differentiated, name: str, index: Any, got: Array, right: Array, wrong: Array,
    suffix: str,
) -> NoReturn:  # fmt: skip
    sample = each.call.sample
    at = first_index(np.broadcast_to(wrong, np.shape(got)))
    if each.differences.pointwise:
        sample, index = sample.at(at), (0,) * len(at)
    elif index is ...:
        index = at
    expected, value = float(right[at]), float(got[at])
    weighted = suffix != "forward mode" and np.size(leaves_of(each.weights)[0]) > 1
    text = f"{name} is {value:.9g}, expected {expected:.9g}"
    case = each.call.with_sample(sample).case(expected, value, index, f" [{suffix}]")
    fail(text + (", with random weights of the outputs" if weighted else ""), REMEDY, case)


def _check_transposed(each: Differentiated) -> None:
    """The two modes of a surrogate must be each other's transpose."""
    forward = _product(each.output_tangents, leaves_of(each.weights))
    reverse = _product(each.cotangents, leaves_of(each.tangents))
    if not abs(forward - reverse) <= 1e-9 * max(abs(forward), abs(reverse), 1.0):
        fail(
            f"forward mode of the surrogate gives {forward:.9g}, its reverse mode {reverse:.9g}",
            "the surrogate has to be linear in its cotangent", each.call.case(reverse, forward),
        )  # fmt: skip


def _product(first: Sequence[Array], second: Sequence[Array]) -> float:
    return sum(float(np.sum(a * b)) for a, b in zip(first, second, strict=True) if is_real(a))


def in_float32(context: Context) -> Verdict:
    """The float32 gradient, which training uses, against the reference of its graph."""
    count = 0
    for call in context.target.calls:
        sample = call.sample.cast(float32)
        if call.reference.pointwise:
            sample = points(sample, call.reference, context.budget.points, context.rng())
        variant = call.with_sample(sample.cast(float32))
        for each in variant.with_gradient(context.rng(), ones=True)[1:]:
            for name, found in zip(each.output_names, context.compared(each), strict=True):
                count += found.got.size
                if found.wrong.any():
                    index, right, got = found.example
                    if call.reference.pointwise and found.got.shape == sample.leaves[0].shape:
                        variant = variant.with_sample(variant.sample.at(index))
                    fail(
                        f"{name} is {got:.9g} in float32, expected {right:.9g}", REMEDY,
                        variant.case(right, got, index, " [gradient]"),
                    )  # fmt: skip
    if not count:
        return not_applicable("no real arguments")
    return passed(f"{count} elements of float32 gradients as accurate as the formula allows")


def backward(context: Context) -> Verdict:
    """`dt.vjp`: the backward pass gives the gradient and writes into nothing it has read."""
    checked = False
    for call in context.target.calls:
        variant = call.with_sample(call.sample.cast(float32))
        sample = variant.sample
        if not any(map(is_real, sample.leaves)) or context.host.name != "numpy":
            continue
        checked = True
        weights = variant.cotangents(context.rng())
        args = map_leaves(np.array, sample.args)
        value, pullback = vjp(variant.plain, *args)
        held = [*leaves_of(args), *leaves_of(value), *leaves_of(weights)]
        before = [np.array(array) for array in held]
        first = [np.array(a) for a in leaves_of(pullback(weights))]
        again = leaves_of(pullback(weights))
        names = [*sample.paths, *(f"output {i}" for i in range(len(leaves_of(value))))]
        names += ["the cotangent"] * (len(held) - len(names))
        for name, old, new in zip(names, before, held, strict=True):
            require_same_bits(
                old, new, f"the backward pass has written into {name}",
                "a backward pass must not change what it reads", variant.case(old, new),
            )  # fmt: skip
        direct = run(context.host, variant.vjp, (sample.args, weights))
        for path, one, two, right in zip(sample.paths, first, again, direct, strict=True):
            scale = float(np.max(np.abs(right.astype(np.float64)), initial=0.0)) + 1e-30
            off = np.abs(one.astype(np.float64) - right.astype(np.float64))
            require_same_bits(
                one, two, f"a second backward pass gives another gradient with respect to {path}",
                "the first backward pass has changed the residuals", variant.case(one, two),
            )  # fmt: skip
            if not np.all(off <= 1e-4 * scale):
                fail(
                    f"the gradient with respect to {path} from residuals differs by "
                    f"{float(np.nanmax(off)):.3g} from that of a single program",
                    REMEDY, variant.case(right, one, suffix=" [vjp]"),
                )  # fmt: skip
    if not checked:
        return not_applicable("no real arguments")
    return passed("two backward passes over the same residuals agree with a single program")
