"""Behaviour that has nothing to do with numbers: memory, threads, repetition, compilation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

import numpy as np

from dovetail.errors import DovetailError
from dovetail.graph.dtypes import float32
from dovetail.language.tree import map_leaves
from dovetail.options import options, override
from dovetail.verify.context import Context
from dovetail.verify.gradients import same_bits
from dovetail.verify.programs import Call, run
from dovetail.verify.sample import Array, is_real
from dovetail.verify.shapes import resized, sizes
from dovetail.verify.verdict import Verdict, failed, not_applicable, passed

MANY = 4  # threads, at least
ROW = 513  # elements of a row of the large arrays


def programs(context: Context) -> list[tuple[str, Call, Any, tuple[Any, ...]]]:
    """(what, call, function, arguments) of the value and of the gradient of every call."""
    found: list[tuple[str, Call, Any, tuple[Any, ...]]] = []
    for call in context.subject.calls:
        there = call.with_sample(call.sample.cast(float32))
        found.append(("the call", there, there.function, there.sample.args))
        if any(map(is_real, there.sample.leaves)):
            weights = there.cotangents(context.rng())
            found.append(("the gradient", there, there.vjp, (there.sample.args, weights)))
    return found


def _settings(call: Call, function: Any) -> dict[str, Any]:
    return dict(call.sample.settings) if function is call.function else {}


def unmodified(context: Context) -> Verdict:
    """No input is written to."""
    for what, call, function, args in programs(context):
        own = map_leaves(np.array, args)
        before = _leaves(map_leaves(np.array, own))
        run(context.host, function, own, **_settings(call, function))
        for number, (old, new) in enumerate(zip(before, _leaves(own), strict=True)):
            if not same_bits(old, new):
                paths = [*call.sample.paths, *["the cotangent"] * len(before)]
                return failed(
                    f"{what} has written into {paths[number]}",
                    "work on a copy; a backward pass must not reuse what it has read",
                    call.case(old, new),
                )
    return passed("inputs are as they were, after calls and gradients")


def aliasing(context: Context) -> Verdict:
    """No output shares memory with an input, with another output, or with the next result."""
    for what, call, function, args in programs(context):
        settings = _settings(call, function)
        first = run(context.host, function, args, **settings)
        kept = [np.array(array) for array in first]
        second = run(context.host, function, args, **settings)
        inputs = list(zip([*call.sample.paths, *["the cotangent"] * 99], _leaves(args)))  # noqa: B905
        others = [(f"output {i} of the next call", out) for i, out in enumerate(second)]
        for number, out in enumerate(first):
            mine = [(f"output {i}", o) for i, o in enumerate(first) if i != number]
            for name, other in (*inputs, *others, *mine):
                if out.size and np.may_share_memory(out, other) and np.shares_memory(out, other):
                    return failed(
                        f"output {number} of {what} shares memory with {name}",
                        "return fresh memory: whoever changes one changes the other",
                        call.case("memory of its own", f"memory of {name}"),
                    )
        for number, (old, new) in enumerate(zip(kept, first, strict=True)):
            if not same_bits(old, new):
                return failed(
                    f"output {number} of {what} changes when it is called again",
                    "every call needs memory of its own", call.case(old, new),
                )  # fmt: skip
    return passed("outputs share no memory")


def _leaves(tree: Any) -> list[Array]:
    found: list[Array] = []
    map_leaves(lambda leaf: found.append(leaf), tree)
    return found


def enlarged(context: Context, call: Call) -> Call | None:
    """The call with arrays large enough for many threads; None where its shapes are fixed."""
    sample = call.sample.cast(float32)
    extents = sizes(sample)
    rows = max(8, context.budget.large // ROW)
    for chosen in (dict.fromkeys(extents[1:], ROW) | dict.fromkeys(extents[:1], rows),
                   dict.fromkeys(extents[:1], rows), dict.fromkeys(extents, ROW)):  # fmt: skip
        bigger = resized(sample, chosen)
        if not chosen or sum(leaf.size for leaf in bigger.leaves) > 8 * context.budget.large:
            continue
        other = Call(call.function, bigger)
        try:
            _ = other.reference
        except (DovetailError, ValueError, IndexError, TypeError):
            continue
        return other
    return None


def threads(context: Context) -> Verdict:
    """The same bits on one thread and on many."""
    most = max(MANY, options().num_threads)
    looked = False
    for what, large, function, args in _large(context):
        looked = True
        settings = _settings(large, function)
        with override(num_threads=1):
            alone = run(context.host, function, args, **settings)
        for count in (2, 3, most):
            with override(num_threads=count):
                together = run(context.host, function, args, **settings)
            verdict = _same(what, large, alone, together, f"on {count} threads")
            if verdict is not None:
                return verdict
    if not looked:
        return not_applicable("its shapes cannot be made large")
    return passed(f"the same bits on 1, 2, 3 and {most} threads")


def repetition(context: Context) -> Verdict:
    """The same bits from run to run."""
    count = context.budget.repetitions
    for what, call, function, args in (*_large(context), *programs(context)):
        settings = _settings(call, function)
        first = run(context.host, function, args, **settings)
        for again in range(count):
            verdict = _same(
                what, call, first, run(context.host, function, args, **settings),
                f"in run {again + 2}",
            )  # fmt: skip
            if verdict is not None:
                return verdict
    return passed(f"the same bits in {count + 1} runs")


def _large(context: Context) -> list[tuple[str, Call, Any, tuple[Any, ...]]]:
    found: list[tuple[str, Call, Any, tuple[Any, ...]]] = []
    for call in context.subject.calls:
        large = enlarged(context, call)
        if large is None:
            continue
        found.append(("the call", large, large.function, large.sample.args))
        if any(map(is_real, large.sample.leaves)):
            weights = large.cotangents(context.rng())
            found.append(("the gradient", large, large.vjp, (large.sample.args, weights)))
    return found


def _same(
    what: str, call: Call, first: list[Array], second: list[Array], when: str
) -> Verdict | None:
    for number, (one, two) in enumerate(zip(first, second, strict=True)):
        if not same_bits(one, two):
            differ = _different(one, two)
            return failed(
                f"output {number} of {what} has other bits {when} at {differ} of {one.size} places",
                "cut work by size, never by the number of threads, and add up in a fixed order",
                call.case(one, two),
            )
    return None


def _different(one: Array, two: Array) -> int:
    if one.shape != two.shape or one.dtype != two.dtype:
        return max(one.size, 1)
    return int(np.sum(~((one == two) | ((one != one) & (two != two)))))


def recompilation(context: Context) -> Verdict:
    """A new size is a new trace of the same kernels."""
    looked = False
    for call in context.subject.calls:
        sample = call.sample.cast(float32)
        extents = sizes(sample)
        if not extents:
            continue
        seen: list[frozenset[str]] = []
        for growth in (40, 41, 57):
            bigger = resized(sample, {e: e + growth for e in extents})
            other = Call(call.function, bigger)
            try:
                _ = other.reference
            except (DovetailError, ValueError, IndexError, TypeError):
                break
            for function, args in _compiled(context, other):
                kernels = context.host.kernels(function, args, _settings(other, function))
                if kernels is None:
                    return not_applicable(f"the host {context.host.name} does not tell")
                seen.append(kernels)
        pairs = len(seen) // 3
        if not pairs or len(seen) % 3:
            continue
        looked = True
        for number in range(pairs):
            new = seen[2 * pairs + number] - seen[number] - seen[pairs + number]
            if new:
                return failed(
                    f"{len(new)} kernels are compiled anew for another size alone",
                    "a size has become a constant: write dt.mean(x) instead of dt.sum(x) / n, and "
                    "pass numbers that follow from shapes as arrays or float hyperparameters",
                    other_case(call),
                )
    if not looked:
        return not_applicable("its sizes cannot change")
    return passed("no kernel is compiled for a new size alone")


def _compiled(context: Context, call: Call) -> list[tuple[Any, tuple[Any, ...]]]:
    found: list[tuple[Any, tuple[Any, ...]]] = [(call.function, call.sample.args)]
    if any(map(is_real, call.sample.leaves)):
        found.append((call.vjp, (call.sample.args, call.cotangents(context.rng()))))
    return found


def other_case(call: Call) -> Any:
    """The call as an example of what is compiled."""
    return call.case("the same kernels", "others")


def concurrency(context: Context) -> Verdict:
    """Calls from several threads at once do not disturb one another."""
    for what, call, function, args in programs(context):
        settings = _settings(call, function)
        rng = context.rng()
        shuffled = partial(_shuffled, rng=rng)
        inputs = [map_leaves(shuffled, args) if number else args for number in range(8)]
        alone = [run(context.host, function, each, **settings) for each in inputs]

        def work(number: int) -> list[Array]:
            return run(context.host, function, inputs[number % 8], **settings)  # noqa: B023

        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(copy_context().run, work, n) for n in range(48)]
            for number, future in enumerate(futures):
                verdict = _same(
                    what, call, alone[number % 8], future.result(), "in calls at the same time"
                )
                if verdict is not None:
                    return verdict
    return passed("48 calls from 4 threads at once give what each gives alone")


def _shuffled(array: Array, rng: np.random.Generator) -> Array:
    if not is_real(array) or not array.ndim:
        return array
    return rng.permuted(array.ravel()).reshape(array.shape)
