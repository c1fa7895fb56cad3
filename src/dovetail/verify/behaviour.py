"""Checks of memory, threads, repetition and compilation."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import numpy as np

from dovetail.graph.dtypes import float32
from dovetail.graph.node import Array
from dovetail.options import options, override
from dovetail.verify.calls import Call
from dovetail.verify.context import Context
from dovetail.verify.sample import REJECTED, Sample, is_real
from dovetail.verify.shapes import elements, resized, sizes
from dovetail.verify.verdict import (
    Verdict,
    fail,
    not_applicable,
    passed,
    require_same_bits,
    same_bits,
)

MANY = 4  # threads, at least
ROW = 513  # elements of a row of the large arrays


def _parts(context: Context) -> list[Call]:
    return [
        each
        for call in context.target.calls
        for each in call.with_sample(call.sample.cast(float32)).with_gradient(context.rng())
    ]


def unmodified(context: Context) -> Verdict:
    """No input is written to."""
    for each in _parts(context):
        sample = each.sample.map(np.array)
        before = [np.array(leaf) for leaf in sample.leaves]
        each.with_sample(sample).on(context.host)
        for name, old, new in zip(each.input_names, before, sample.leaves, strict=True):
            require_same_bits(
                old, new, f"{each.what} has written into {name}",
                "work on a copy; a backward pass must not write to what it reads",
                each.case(old, new),
            )  # fmt: skip
    return passed("inputs are unchanged after calls and gradients")


def aliasing(context: Context) -> Verdict:
    """No output shares memory with an input, with another output, or with the next result."""
    for each in _parts(context):
        first = each.on(context.host)
        kept = [np.array(array) for array in first]
        second = each.on(context.host)
        inputs = zip(each.input_names, each.sample.leaves, strict=True)
        others = [*inputs, *((f"output {i} of the next call", out) for i, out in enumerate(second))]
        for number, out in enumerate(first):
            rest = [(f"output {i}", o) for i, o in enumerate(first) if i != number]
            for name, other in (*others, *rest):
                if out.size and np.may_share_memory(out, other) and np.shares_memory(out, other):
                    fail(
                        f"output {number} of {each.what} shares memory with {name}",
                        "return new memory: writing to one would change the other",
                        each.case("separate memory", f"memory of {name}"),
                    )
            require_same_bits(
                kept[number], out, f"output {number} of {each.what} changes in the next call",
                "every call needs its own memory", each.case(kept[number], out),
            )  # fmt: skip
    return passed("outputs share no memory")


def enlarged(context: Context, call: Call) -> Call | None:
    """The call with arrays large enough for many threads; None if its shapes are fixed."""
    sample = call.sample.cast(float32)
    extents = sizes(sample)
    rows = max(8, context.budget.large // ROW)
    for chosen in (dict.fromkeys(extents[1:], ROW) | dict.fromkeys(extents[:1], rows),
                   dict.fromkeys(extents[:1], rows), dict.fromkeys(extents, ROW)):  # fmt: skip
        if not chosen or sum(elements(sample, chosen)) > 8 * context.budget.large:
            continue
        other = _traced(call, resized(sample, chosen))
        if other is not None:
            return other
    return None


def _traced(call: Call, sample: Sample) -> Call | None:
    """The call with another sample; None if the definition refuses that."""
    other = Call(call.function, sample)
    try:
        _ = other.reference
    except REJECTED:
        return None
    return other


def _large(context: Context) -> list[Call]:
    """The value and the gradient of every call that can be enlarged."""
    large = [enlarged(context, call) for call in context.target.calls]
    return [
        each for call in large if call is not None for each in call.with_gradient(context.rng())
    ]


def threads(context: Context) -> Verdict:
    """The same bits on one thread and on many."""
    most = max(MANY, options().num_threads)
    large = _large(context)
    for each in large:
        with override(num_threads=1):
            alone = each.on(context.host)
        for count in (2, 3, most):
            with override(num_threads=count):
                together = each.on(context.host)
            _require_same(each, alone, together, f"on {count} threads")
    if not large:
        return not_applicable("its shapes cannot be made large")
    return passed(f"the same bits on 1, 2, 3 and {most} threads")


def repetition(context: Context) -> Verdict:
    """The same bits from run to run."""
    count = context.budget.repetitions
    for each in (*_large(context), *_parts(context)):
        first = each.on(context.host)
        for again in range(count):
            _require_same(each, first, each.on(context.host), f"in run {again + 2}")
    return passed(f"the same bits in {count + 1} runs")


def _require_same(call: Call, first: Sequence[Array], second: Sequence[Array], when: str) -> None:
    for number, (one, two) in enumerate(zip(first, second, strict=True)):
        if not same_bits(one, two):
            count = max(one.size, 1)
            if (one.shape, one.dtype) == (two.shape, two.dtype):
                count = int(np.sum(~((one == two) | ((one != one) & (two != two)))))
            fail(
                f"output {number} of {call.what} has other bits {when}, in {count} of {one.size} "
                f"elements",
                "partition work by size, never by the number of threads, and add in a fixed order",
                call.case(one, two),
            )


GROWTHS = ((40, 41, 57), (17, 18, 23), (6, 7, 11))
LARGEST = 2_000_000  # elements of one array; of more, kernels are chosen for the memory they need


def _growths(sample: Sample, extents: list[int]) -> Sequence[int]:
    """By how much all sizes grow, at three times; arrays of many dimensions grow by less."""
    for growths in GROWTHS if extents else ():
        grown = {extent: extent + growths[-1] for extent in extents}
        if max(elements(sample, grown), default=0) <= LARGEST:
            return growths
    return ()


def recompilation(context: Context) -> Verdict:
    """A new size is traced again and uses the same kernels."""
    checked = False
    for call in context.target.calls:
        sample = call.sample.cast(float32)
        extents = sizes(sample)
        seen: list[list[frozenset[str]]] = []
        for growth in _growths(sample, extents):
            other = _traced(call, resized(sample, {e: e + growth for e in extents}))
            if other is None:
                break
            seen.append([])
            for each in other.with_gradient(context.rng()):
                settings = dict(each.sample.settings)
                kernels = context.host.kernels(each.function, each.sample.args, settings)
                if kernels is None:
                    return not_applicable(f"the host {context.host.name} lists no kernels")
                seen[-1].append(kernels)
        if len(seen) < 3:
            continue
        checked = True
        for one, two, three in zip(*seen, strict=True):
            if new := three - one - two:
                fail(
                    f"{len(new)} kernels are compiled only because of another size",
                    "a size has become a constant: write dt.mean(x) instead of dt.sum(x) / n, and "
                    "pass numbers that follow from shapes as arrays or float hyperparameters",
                    call.case("the same kernels", "others"),
                )
    if not checked:
        return not_applicable("its sizes cannot change")
    return passed("no kernel is compiled only because of a new size")


def concurrency(context: Context) -> Verdict:
    """Calls from several threads at once do not disturb one another."""
    for each in _parts(context):
        rng = context.rng()
        calls = [each]
        for _ in range(7):
            calls.append(each.with_sample(each.sample.map(lambda a: _shuffled(a, rng))))  # noqa: B023
        alone = [call.on(context.host) for call in calls]
        with ThreadPoolExecutor(4) as pool:
            futures = [
                pool.submit(copy_context().run, calls[n % 8].on, context.host) for n in range(48)
            ]
            for number, future in enumerate(futures):
                result = future.result()
                _require_same(each, alone[number % 8], result, "in calls at the same time")
    return passed("48 calls from 4 threads at once give what each gives alone")


def _shuffled(array: Array, rng: np.random.Generator) -> Array:
    if not is_real(array) or not array.ndim:
        return array
    return rng.permuted(array.ravel()).reshape(array.shape)
