"""Every planted fault is found by its check."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dovetail.extension import dispatch
from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import float32
from dovetail.hosts.numpy.host import HOST
from dovetail.hosts.registry import REGISTRY, Registry
from dovetail.options import options
from dovetail.verify.check import run_check
from dovetail.verify.context import QUICK, Check, Context
from dovetail.verify.exhaustive import over
from dovetail.verify.targets import target_of
from tests.verify import definitions as made
from tests.verify.conftest import verdict_of
from tests.verify.faults import (
    Fault,
    Faulty,
    Inner,
    Second,
    changed,
    scaled,
    truncating,
    where_args,
    with_args,
    zero,
)


def nan_to_number(a: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(a), np.zeros((), a.dtype), a)


def infinity_to_max(a: np.ndarray) -> np.ndarray:
    limit = ml_dtypes.finfo(a.dtype).max
    return np.where(np.isinf(a), np.copysign(np.asarray(limit, a.dtype), a), a)


def overflow_at_89(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    result = inner(args, kwargs)
    return np.where(args[0] > 88.7, np.asarray(np.inf, result.dtype), result)


def one_half_wrong(a: np.ndarray) -> np.ndarray:
    if a.dtype != np.float16:
        return a
    bits = a.copy().view(np.uint16)
    bits.flat[0x3C00 % a.size] += 3
    return bits.view(np.float16)


def narrow(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """float64 computed in float32."""
    result = inner(tuple(a.astype(np.float32) if a.dtype == float else a for a in args), kwargs)
    return result.astype(np.result_type(*args)) if args[0].dtype == float else result


def as_if_contiguous(a: np.ndarray) -> np.ndarray:
    """The bytes of an array in memory order, ignoring its strides."""
    if a.flags.c_contiguous or not a.size:
        return a
    return np.ravel(a, order="K").reshape(a.shape)


def from_its_start(a: np.ndarray) -> np.ndarray:
    """Negative strides taken for positive ones."""
    return a[..., ::-1] if a.ndim and a.size and a.strides[-1] < 0 else a


def stride_zero_lost(a: np.ndarray) -> np.ndarray:
    if not a.size or not a.ndim or a.strides[0] or a.shape[0] == 1:
        return a
    wrong = np.array(a)
    wrong[1:] = 0
    return wrong


def tail_lost(a: np.ndarray) -> np.ndarray:
    """The remainder beyond vectors of 16 is left out."""
    result = np.array(a)
    if a.size > 32:
        result.reshape(-1)[a.size - a.size % 16 :] = 0
    return result


def sometimes() -> Callable[[np.ndarray], Any]:
    count = [0]

    def change(a: np.ndarray) -> Any:
        count[0] += 1
        result = np.array(a)
        if count[0] % 3 == 0 and a.size:
            result.flat[0] = np.nextafter(result.flat[0], np.asarray(9, a.dtype))
        return result

    return change


def by_threads(a: np.ndarray) -> Any:
    return np.nextafter(a, np.asarray(9, a.dtype)) if options().num_threads == 3 else a


def writes_input(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    result = inner(args, kwargs)
    first = leaves_of(args)[0]
    if first.flags.writeable and first.size:
        first.flat[0] += 1
    return result


def returns_input(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    result = inner(args, kwargs)
    given = leaves_of(args)[0]
    if given.shape == result.shape and given.dtype == result.dtype:
        return given[...]
    return result


def one_buffer() -> Fault:
    buffers: dict[Any, np.ndarray] = {}

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = inner(args, kwargs)
        buffer = buffers.setdefault((result.shape, result.dtype), result)
        buffer[...] = result
        return buffer

    return fault


def shared_scratch() -> Fault:
    """The arguments go through one scratch array, which other threads overwrite."""
    scratch: list[Any] = [None]

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        scratch[0] = args
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.002)
        return inner(scratch[0], kwargs)

    return fault


def gradient_at(place: float, value: float) -> Fault:
    """The gradient at one value of the argument."""

    def fault(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        x = leaves_of(args)[0]
        (found,) = inner(args, kwargs)
        return (np.where(x == place, np.asarray(value, found.dtype), found),)

    return fault


def first_wins(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A tie gives all of the gradient to the first."""
    (x, y), weights = args
    one, two = inner(args, kwargs)
    if x.shape != y.shape:
        return one, two
    return np.where(x == y, weights, one), np.where(x == y, np.zeros_like(two), two)


def not_reduced(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    weights = args[1]
    return tuple(np.broadcast_to(found, weights.shape).copy() for found in inner(args, kwargs))


def first_instead_of_sum(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    weights = args[1]
    result = inner(args, kwargs)
    return tuple(
        found if found.size == weights.size else found * (found.size / weights.size)
        for found in result
    )


def nan_when_far(inner: Inner, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    x = leaves_of(args)[0]
    (found,) = inner(args, kwargs)
    return (np.where((x < -20) & (x.dtype == np.float32), np.nan, found).astype(found.dtype),)


def sizes_are(size: int) -> Callable[[list[np.ndarray]], bool]:
    return lambda arrays: arrays[0].size == size


PLANTED: list[tuple[str, Any, str, Fault, str]] = [
    ("value off by 1e-5", made.bend, "value", scaled(1 + 1e-5), "float32 values"),
    ("zero output", made.bend, "value", zero, "float32 values"),
    ("value off by 1e-13", made.bend, "value", scaled(1 + 1e-13), "float64 values"),
    ("float64 computed in float32", made.bend, "value", narrow, "float64 values"),
    ("float32 cut off", made.bend, "value", truncating("float32"), "signed bias"),
    ("bfloat16 cut off", made.bend, "value", truncating("bfloat16"), "signed bias"),
    ("a half off by 3", made.bend, "value", changed(one_half_wrong), "half precisions"),
    ("NaN swallowed", made.bend, "value", changed(nan_to_number), "special values"),
    ("infinity to max", made.plain_exp, "value", changed(infinity_to_max), "special values"),
    ("overflow at 89", made.bend, "value", overflow_at_89, "envelope"),
    ("stride ignored", made.bend, "value", with_args(as_if_contiguous), "layouts"),
    ("negative stride ignored", made.bend, "value", with_args(from_its_start), "layouts"),
    ("stride 0 ignored", made.bend, "value", with_args(stride_zero_lost), "layouts"),
    ("gradient ignores strides", made.bend, "gradient", with_args(as_if_contiguous), "layouts"),
    ("wrong at size 1", made.bend, "value", where_args(sizes_are(1), lambda a: a + 1), "shapes"),
    ("wrong at empty", made.bend, "value",
     where_args(sizes_are(0), lambda a: np.zeros((1,), a.dtype)), "shapes"),
    ("wrong at 0-d", made.bend, "value",
     where_args(lambda a: a[0].ndim == 0, lambda a: a.reshape((1,))), "shapes"),
    ("the tail of a vector", made.bend, "value", changed(tail_lost), "shapes"),
    ("gradient wrong at size 1", made.bend, "gradient",
     where_args(sizes_are(1), lambda a: a + 1), "shapes"),
    ("float64 returned", made.bend, "value", changed(lambda a: a.astype(float)), "data types"),
    ("gradient of another type", made.bend, "gradient",
     changed(lambda a: a.astype(np.float64)), "data types"),
    ("output is the input", made.bend, "value", returns_input, "aliasing"),
    ("one buffer for all calls", made.bend, "value", one_buffer(), "aliasing"),
    ("input overwritten", made.bend, "value", writes_input, "inputs unmodified"),
    ("input overwritten in backward", made.bend, "gradient", writes_input, "inputs unmodified"),
    ("depends on threads", made.bend, "value", changed(by_threads), "threads"),
    ("race", made.rows, "value", changed(sometimes()), "repetition"),
    ("race in the gradient", made.rows, "gradient", changed(sometimes()), "repetition"),
    ("shared scratch", made.bend, "value", shared_scratch(), "concurrency"),
    ("gradient off by 0.1%", made.bend, "gradient", scaled(1.001), "gradient"),
    ("gradient zero", made.bend, "gradient", zero, "gradient"),
    ("gradient of rows off", made.rows, "gradient", scaled(1.001), "gradient"),
    ("gradient NaN far out", made.bend, "gradient", nan_when_far, "float32 gradient"),
    ("float32 gradient off", made.bend, "gradient", scaled(1 + 1e-4), "float32 gradient"),
    ("jvp zero", made.bend, "tangent", zero, "forward mode"),
    ("jvp off by 0.1%", made.bend, "tangent", scaled(1.001), "forward mode"),
    ("second derivative dropped", made.bend, "second", zero, "second order"),
    ("second derivative off by 1%", made.bend, "second", scaled(1.01), "second order"),
    ("relu'(0) = 1", made.hinge_at_zero, "gradient", gradient_at(0.0, 1.0), "kinks"),
    ("clip's interval open", made.held, "gradient", gradient_at(1.0, 0.0), "kinks"),
    ("ties to the first", made.larger, "gradient", first_wins, "kinks"),
    ("broadcast not reduced", made.product, "gradient", not_reduced, "broadcasting"),
    ("first instead of sum", made.product, "gradient", first_instead_of_sum, "broadcasting"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("definition", "target", "fault", "check"), [p[1:] for p in PLANTED],
    ids=[p[0] for p in PLANTED],
)  # fmt: skip
def test_a_fault_in_the_host(definition: Any, target: str, fault: Fault, check: str) -> None:
    assert verdict_of(check, definition).status == "passed"
    verdict = verdict_of(check, definition, Faulty(target, fault))
    assert verdict.status == "failed", verdict.summary
    assert verdict.remedy
    assert "Error:" not in verdict.summary or "wrong at empty" in check, verdict.summary
    assert verdict.case is not None and verdict.case.reproduce()


WRONG: list[tuple[Any, Any, str]] = [
    (made.overflows, made.bend, "envelope"),
    (made.misdeclared, made.well_declared, "declared derivative"),
    (made.misdeclared, made.well_declared, "gradient"),
    (made.size_inside, made.rows, "recompilation"),
    (made.unbiased, made.square, "reductions"),
    (made.sum_means_mean, made.square, "reductions"),
    (made.averages_by_itself, made.square, "reductions"),
    (made.Transposes, made.Scale, "parameters"),
    (made.Restless, made.Scale, "states"),
    (made.Stuck, made.Scale, "states"),
    (made.Forgets, made.Scale, "serialisation"),
    (made.Hidden, made.Scale, "rebuilding"),
    (made.Unseeded, made.Scale, "rebuilding"),
    (made.Ascends, made.Descent, "convergence"),
    (made.CountsFromZero, made.Descent, "step count"),
    (made.SkipsCount, made.Descent, "step count"),
    (made.IgnoresNorm, made.Descent, "clipping"),
    (made.IgnoresValue, made.Descent, "clipping"),
    (made.OnlyDown, made.Descent, "maximize"),
    (made.Drifts, made.Descent, "update rule"),
    (made.CountsFromZero, made.Descent, "update rule"),
    (made.TwiceInPlace, made.Descent, "in place"),
    (made.WritesInputs, made.Descent, "in place"),
    (made.LosesState, made.Descent, "state round trip"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "right", "check"), WRONG,
    ids=[f"{getattr(w, '__name__', w)}-{c}" for w, _, c in WRONG],
)  # fmt: skip
def test_a_definition_that_is_wrong(wrong: Any, right: Any, check: str) -> None:
    assert verdict_of(check, right).status == "passed"
    verdict = verdict_of(check, wrong)
    assert verdict.status == "failed", verdict.summary
    assert verdict.remedy and verdict.case is not None
    assert "Error:" not in verdict.summary, verdict.summary


def test_overflow_is_located() -> None:
    verdict = verdict_of("envelope", made.bend, Faulty("value", overflow_at_89))
    assert verdict.figures["finite to"] == pytest.approx(88.7, abs=1e-4)
    assert "softplus" in verdict.remedy or "overflows" in verdict.remedy
    assert verdict.case is not None and verdict.case.arrays["x"].size == 1


def test_nan_that_a_definition_swallows_is_its_meaning() -> None:
    """`where(x > 0, x, 0)` says 0 at NaN: the compiled result agrees with it."""
    assert verdict_of("special values", made.swallows).status == "passed"


def test_a_surrogate_is_reported_and_not_held_to_the_maths() -> None:
    verdict = verdict_of("declared derivative", made.straight_through)
    assert verdict.status == "passed" and "surrogate" in verdict.summary
    assert verdict_of("gradient", made.straight_through).status == "not applicable"


def test_another_host_that_disagrees() -> None:
    def right(inner: Inner, args: Any, kwargs: Any) -> Any:
        return inner(args, kwargs)

    assert verdict_of("host agreement", made.bend, HOST, Second(right)).status == "passed"
    off = Second(scaled(1 + 1e-5))
    verdict = verdict_of("host agreement", made.bend, HOST, off)
    assert verdict.status == "failed" and "second" in verdict.summary
    assert verdict_of("host validators", made.bend, HOST, Second(right), on=1).status == "passed"
    complaining = Second(right, complaints=("no fake tensor",))
    verdict = verdict_of("host validators", made.bend, HOST, complaining, on=1)
    assert verdict.status == "failed" and "no fake tensor" in verdict.summary
    steps = "steps on all hosts"
    assert verdict_of(steps, made.Descent, HOST, Second(right)).status == "passed"
    assert verdict_of(steps, made.Descent, HOST, Second(right, drift=0.1)).status == "failed"


def test_a_backward_pass_that_writes_into_its_arguments() -> None:
    class Writes(Faulty):
        def caller(self, extension: Any) -> Any:
            inner = super().caller(extension)
            if not extension.name.startswith("_backward"):
                return inner
            return lambda args, kwargs: writes_input(inner, args, kwargs)

    assert verdict_of("backward pass", made.bend).status == "passed"
    registry = Registry()
    registry.add(Writes("none", scaled(1.0)))
    dispatch.install(registry)
    try:
        verdict = verdict_of("backward pass", made.bend)
    finally:
        dispatch.install(REGISTRY)
    assert verdict.status == "failed" and "written into x" in verdict.summary


def test_one_wrong_value_among_all_of_float32() -> None:
    def fault(inner: Inner, args: Any, kwargs: Any) -> Any:
        result = inner(args, kwargs)
        return np.where(args[0] == np.float32(1.25), np.float32(7), result).astype(result.dtype)

    first = int(np.float32(1.25).view(np.uint32)) - 5000
    target = target_of(made.bend, np.random.default_rng(0))
    for host, status in ((HOST, "passed"), (Faulty("value", fault), "failed")):
        context = Context(target, host, (host,), QUICK, 0)
        one = Check("some of float32", (), lambda c: over(c, first, first + 10_000))
        verdict = run_check(one, context)
        assert verdict.status == status, verdict.summary
    assert verdict.case is not None
    assert verdict.case.arrays["x"].tolist() in (1.25, [1.25], [[1.25]])


def test_a_failing_example_is_shrunk() -> None:
    def fault(inner: Inner, args: Any, kwargs: Any) -> Any:
        result = inner(args, kwargs)
        rows = np.any(args[0] > 1.0, axis=-1, keepdims=True)
        return np.where(rows, result * result.dtype.type(1.01), result)

    verdict = verdict_of("float32 values", made.rows, Faulty("value", fault))
    assert verdict.status == "failed" and verdict.case is not None
    (x,) = verdict.case.arrays.values()
    assert x.shape == (1, 1) and x[0, 0] == np.float32(1.1)
    scope: dict[str, Any] = {"np": np, "rows": made.rows}
    exec(verdict.case.reproduce(), scope)
    assert scope["x"].dtype == float32.numpy


def test_planted_faults_are_many() -> None:
    assert len(PLANTED) + len(WRONG) >= 30
    assert len({p[0] for p in PLANTED}) == len(PLANTED)
