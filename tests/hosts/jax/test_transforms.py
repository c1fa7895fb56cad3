"""Every way that JAX transforms a function, in float64, beside its own functions."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

jax: Any = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from tests.hosts.jax.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    focal,
    gated,
    mish,
    polar,
    quickly,
    scalar,
)

pytestmark = pytest.mark.usefixtures("wide", "way")  # each both ways
pairs = pytest.mark.parametrize("name", PAIRS)
Function = Callable[..., Any]
MODES = {count: list(product((jax.jacfwd, jax.jacrev), repeat=count)) for count in (2, 3)}


def _both(name: str, transform: Callable[[Function, list[Any]], Any], tolerance: float) -> None:
    """Compare in one compiled program each: dispatching every small step would take longer."""
    pair = PAIRS[name]
    args = pair.arguments()
    got, want = (
        quickly(lambda *given, f=function: transform(f, list(given)))(*args)
        for function in (pair.ours, pair.theirs)
    )
    assert_same(got, want, tolerance)


@pairs
def test_values(name: str) -> None:
    _both(name, lambda f, args: f(*args), 1e-12)


@pytest.mark.usefixtures("fresh")
def test_eager_values_and_derivatives() -> None:
    x, gate = PAIRS["broadcast"].arguments()
    theirs = PAIRS["broadcast"].theirs
    assert_same(gated(x, gate), theirs(x, gate))
    got = jax.value_and_grad(scalar(gated), argnums=(0, 1))(x, gate)
    assert_same(got, jax.value_and_grad(scalar(theirs), argnums=(0, 1))(x, gate))
    assert_same(jax.hessian(mish)(x[0]), jax.hessian(PAIRS["activation"].theirs)(x[0]))
    assert_same(jax.vmap(mish)(x), PAIRS["activation"].theirs(x))


@pairs
def test_reverse_mode(name: str) -> None:
    moving = PAIRS[name].moving

    def gradients(function: Function, args: list[Any]) -> Any:
        both = jax.value_and_grad(scalar(function), argnums=moving)(*args)
        count = len(moving)
        out, vjp = jax.vjp(lambda *given: function(*given, *args[count:]), *args[:count])
        return both, vjp(jax.tree.map(jnp.ones_like, out))

    _both(name, gradients, 1e-11)


@pairs
def test_forward_mode(name: str) -> None:
    count = len(PAIRS[name].moving)

    def tangents_of(function: Function, args: list[Any]) -> Any:
        def moving(*given: Any) -> Any:
            return function(*given, *args[count:])

        primals = args[:count]
        tangents = [jnp.cos(3 * x + n) for n, x in enumerate(primals)]
        value, linear = jax.linearize(moving, *primals)
        return jax.jvp(moving, primals, tangents), value, linear(*tangents)

    _both(name, tangents_of, 1e-11)


@pairs
def test_hessians_in_every_mix_of_modes(name: str) -> None:
    moving = PAIRS[name].moving
    mixes = MODES[2] if name in ("broadcast", "rows") else MODES[2][1:3]

    def hessians(function: Function, args: list[Any]) -> Any:
        total = scalar(function)
        return [outer(inner(total, moving), moving)(*args) for outer, inner in mixes]

    _both(name, hessians, 1e-10)


def test_third_derivatives() -> None:
    def thirds(function: Function, args: list[Any]) -> Any:
        found: list[Any] = []
        for modes in MODES[3][::2]:
            third = function
            for mode in modes:
                third = mode(third)
            found.append(third(args[0][0]))
        return found

    _both("activation", thirds, 1e-10)


@pairs
def test_vmap_of_everything(name: str) -> None:
    pair = PAIRS[name]
    batches = [pair.arguments(seed=seed) for seed in range(3)]
    stacked = [jnp.stack(each) for each in zip(*batches, strict=True)]
    rest = batches[0][1:]

    def mapped(function: Function) -> Any:
        def run(*given: Any) -> Any:
            return (
                jax.vmap(function)(*given),
                jax.vmap(jax.grad(scalar(function), argnums=pair.moving))(*given),
                jax.grad(scalar(jax.vmap(function)))(*given),
                jax.vmap(function, in_axes=(0, *[None] * len(rest)))(given[0], *rest),
            )

        return quickly(run)(*stacked)

    assert_same(mapped(pair.ours), mapped(pair.theirs), 1e-11)


def test_vmap_over_other_axes_and_numbers() -> None:
    x, gate = jnp.linspace(-1, 1, 12).reshape(3, 4), jnp.linspace(0.5, 1.5, 12).reshape(4, 3)
    theirs = PAIRS["broadcast"].theirs
    got = jax.vmap(gated, in_axes=(1, 0), out_axes=1)(x, gate)
    assert_same(got, jax.vmap(theirs, in_axes=(1, 0), out_axes=1)(x, gate))
    powers = jnp.array([1.0, 2.0, 3.5])
    got = jax.vmap(lambda p: gated(x, gate.T, power=p))(powers)
    assert_same(got, jax.vmap(lambda p: jnp.sin(x) ** 2 * gate.T**p)(powers))


@pairs
def test_scan_and_checkpoint(name: str) -> None:
    def looped(function: Function, args: list[Any]) -> Any:
        first, *rest = args

        def body(carry: Any, _: Any) -> Any:
            total = scalar(function)(carry, *rest)
            return carry * 0.5 + total * 0.001, total

        def run(start: Any) -> Any:
            last, totals = jax.lax.scan(body, start, None, 3)
            return totals.sum() + last.sum()

        kept = jax.checkpoint(scalar(function))
        return jax.value_and_grad(run)(first), jax.grad(kept)(first, *rest)

    _both(name, looped, 1e-10)


def test_control_flow() -> None:
    def run(function: Function, args: list[Any]) -> Any:
        x = args[0][0]
        repeated = jax.lax.fori_loop(0, 4, lambda _, c: function(c), x)
        chosen = jax.lax.cond(x[0] < 0, function, jnp.negative, x)
        mapped = jax.lax.map(function, x)
        return repeated, chosen, mapped

    _both("activation", run, 1e-12)


def test_outputs_without_derivatives() -> None:
    x, y = jnp.arange(3.0), jnp.arange(3.0)[::-1] + 0.5
    values, tangents = jax.jvp(polar, (x, y), (jnp.ones(3), jnp.ones(3)))
    assert values[2].dtype == bool
    assert tangents[2].dtype == jax.dtypes.float0


def test_numbers_are_differentiated_and_weak() -> None:
    x, gate = jnp.linspace(-1, 1, 4), jnp.linspace(0.5, 1.5, 4)

    def ours(power: Any) -> Any:
        return gated(x, gate, power=power).sum()

    def theirs(power: Any) -> Any:
        return (jnp.sin(x) ** 2 * gate**power).sum()

    power = jnp.asarray(2.5)
    for order in (jax.grad, lambda f: jax.jit(jax.grad(jax.grad(f))), jax.jacfwd):
        got, want = order(ours)(power), order(theirs)(power)
        assert abs(float(got - want)) < 1e-12
    small = gated(x.astype(jnp.bfloat16), gate.astype(jnp.bfloat16), power=power)
    assert small.dtype == jnp.bfloat16


def test_kinks_follow_the_conventions_in_both_modes() -> None:
    zero = jnp.zeros(1)
    for derivative in (jax.jacfwd, jax.jacrev):
        assert derivative(dt.relu)(zero) == 0
        assert derivative(dt.abs)(zero) == 0
        assert derivative(lambda x: dt.maximum(x, jnp.zeros(1)))(zero) == 0.5
        ties = derivative(lambda x: dt.max(x))(jnp.array([2.0, 2.0, 1.0]))
        assert_same(ties, jnp.array([0.5, 0.5, 0.0]))


def test_declared_derivatives_are_used_everywhere() -> None:
    @dt.op
    def binarised(x: Any) -> Any:
        return dt.where(x > 0.0, 1.0, -1.0) + 0.0 * x

    @binarised.vjp(surrogate=True)
    def _(x: Any, *, out: Any, cotangent: Any) -> Any:
        return cotangent * dt.where(dt.abs(x) <= 1.0, 1.0, 0.0)

    x = jnp.array([-2.0, -0.5, 0.5, 2.0])
    want = jnp.diag(jnp.array([0.0, 1.0, 1.0, 0.0]))
    for derivative in (jax.jacfwd, jax.jacrev):
        assert_same(derivative(binarised)(x), want)
        assert_same(jax.jit(derivative(binarised))(x), want)


def test_labels_take_part_in_jit_and_grad() -> None:
    pair = PAIRS["loss"]
    logits, labels = pair.arguments()
    got = jax.jit(jax.grad(focal))(logits, labels)
    assert_same(got, jax.grad(pair.theirs)(logits, labels), 1e-11)
    _, tangent = jax.jvp(lambda x: focal(x, labels), (logits,), (jnp.ones_like(logits),))
    assert tangent.shape == ()
