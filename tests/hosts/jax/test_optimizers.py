"""Optimizers as optax transformations: agreement, composition, schedules, traced numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")
optax: Any = pytest.importorskip("optax")

import jax.numpy as jnp  # noqa: E402

import dovetail as dt  # noqa: E402
from dovetail.errors import CallError, HostError, StructureError  # noqa: E402


def _params(dtype: Any = np.float32) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "kernel": jnp.asarray(rng.normal(size=(4, 3)).astype(dtype)),
        "rest": [jnp.asarray(rng.normal(size=5).astype(dtype)), jnp.asarray(dtype(0.5))],
    }


def _gradients(params: Any, step: int) -> Any:
    return jax.tree.map(lambda p: jnp.cos(3.0 * p + step).astype(p.dtype), params)


def _steps(transformation: Any, params: Any, count: int = 6) -> Any:
    state = transformation.init(params)
    update = jax.jit(transformation.update)
    for step in range(count):
        updates, state = update(_gradients(params, step), state, params)
        params = optax.apply_updates(params, updates)
    return params


def _close(got: Any, want: Any, tolerance: float = 2e-6) -> None:
    assert jax.tree.structure(got) == jax.tree.structure(want)
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (dt.SGD.jax(0.1), optax.sgd(0.1)),
        (dt.Adam.jax(1e-2), optax.adam(1e-2)),
        (dt.AdamW.jax(1e-2, weight_decay=0.1), optax.adamw(1e-2, weight_decay=0.1)),
        (dt.Lion.jax(1e-2, weight_decay=0.1), optax.lion(1e-2, weight_decay=0.1)),
    ],
)
def test_steps_are_those_of_optax(ours: Any, theirs: Any) -> None:
    eps = 1e-5  # the two add their epsilon in slightly different places
    _close(_steps(ours, _params()), _steps(theirs, _params()), eps)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Lion", "RMSprop", "Adagrad", "NAdam"])
def test_steps_are_those_of_the_numpy_host(name: str) -> None:
    optimizer = getattr(dt, name)(clip_norm=0.5, clip_value=0.4)
    with jax.enable_x64(True):
        params = _params(np.float64)
        got = _steps(optimizer.jax(), params)
        want = jax.tree.map(np.asarray, params)
        state = optimizer.init(want)
        for step in range(6):
            gradients = jax.tree.map(np.asarray, _gradients(want, step))
            want, state = optimizer.apply(want, gradients, state)
        _close(got, want, 1e-12)


def test_chain_schedules_and_counts() -> None:
    schedule = optax.cosine_decay_schedule(0.1, 5)
    chained = optax.chain(optax.clip_by_global_norm(0.5), dt.Lion.jax(learning_rate=schedule))
    theirs = optax.chain(
        optax.clip_by_global_norm(0.5), optax.lion(schedule, b1=0.9, b2=0.99, weight_decay=0.0)
    )
    _close(_steps(chained, _params()), _steps(theirs, _params()))
    after = optax.chain(dt.Adam.jax(0.1), optax.scale(0.5))
    _close(_steps(after, _params()), _steps(optax.adam(0.05), _params()), 1e-5)


def test_inject_hyperparams() -> None:
    params = _params()
    injected = optax.inject_hyperparams(dt.Lion.jax)(learning_rate=0.01, weight_decay=0.1)
    state = injected.init(params)
    assert float(state.hyperparams["learning_rate"]) == np.float32(0.01)
    compiled = jax.jit(injected.update)
    updates, state = compiled(_gradients(params, 0), state, params)
    want, _ = dt.Lion.jax(0.01, weight_decay=0.1).update(
        _gradients(params, 0), dt.Lion.jax(0.01).init(params), params
    )
    _close(updates, want)
    state.hyperparams["learning_rate"] = jnp.asarray(0.0)
    updates, _ = compiled(_gradients(params, 1), state, params)
    assert all(not np.any(each) for each in jax.tree.leaves(updates))
    scheduled = optax.inject_hyperparams(dt.AdamW.jax)(lr=optax.linear_schedule(0.1, 0.0, 4))
    plain = optax.adamw(optax.linear_schedule(0.1, 0.0, 4), weight_decay=dt.AdamW().weight_decay)
    _close(_steps(scheduled, params), _steps(plain, params), 1e-5)


def test_multi_transform_and_masks() -> None:
    params = _params()
    both = optax.multi_transform(
        {"fast": dt.SGD.jax(0.5), "slow": dt.Lion.jax(1e-3)}, {"kernel": "fast", "rest": "slow"}
    )
    got = _steps(both, params)
    _close(got["kernel"], _steps(optax.sgd(0.5), params)["kernel"])
    _close(got["rest"], _steps(dt.Lion.jax(1e-3), params)["rest"])
    masked = optax.masked(dt.SGD.jax(0.5), {"kernel": True, "rest": False})
    updates, _ = masked.update(params, masked.init(params), params)
    assert np.all(np.asarray(updates["rest"][0]) == np.asarray(params["rest"][0]))


def test_a_loop_of_steps_and_a_gradient_through_one() -> None:
    params = _params()
    tx = dt.Adam.jax(1e-2, clip_norm=1.0)

    def body(carry: Any, step: Any) -> Any:
        params, state = carry
        updates, state = tx.update(_gradients(params, 0), state, params)
        return (optax.apply_updates(params, updates), state), step

    (last, state), _ = jax.lax.scan(body, (params, tx.init(params)), jnp.arange(4))
    assert int(state.count) == 4
    assert all(np.all(np.isfinite(each)) for each in jax.tree.leaves(last))

    def after(rate: Any) -> Any:
        own = dt.SGD.jax(rate)
        updates, _ = own.update(_gradients(params, 0), own.init(params), params)
        return optax.apply_updates(params, updates)["kernel"].sum()

    want = -float(_gradients(params, 0)["kernel"].sum())
    assert abs(float(jax.grad(after)(jnp.asarray(0.1))) - want) < 1e-5


def test_half_precision_and_abstract_parameters() -> None:
    params = jax.tree.map(lambda p: p.astype(jnp.bfloat16), _params())
    got = _steps(dt.AdamW.jax(1e-2), params, 2)
    assert {each.dtype for each in jax.tree.leaves(got)} == {jnp.dtype(jnp.bfloat16)}
    shapes = jax.eval_shape(dt.AdamW.jax(1e-2).init, params)
    assert shapes.count.shape == ()


def test_errors_say_what_is_wrong() -> None:
    params = _params()
    tx = dt.Lion.jax(1e-2)
    state = tx.init(params)
    with pytest.raises(CallError, match="without the parameters"):
        tx.update(params, state)
    with pytest.raises(StructureError):
        tx.update({"kernel": params["kernel"]}, state, params)
    with pytest.raises(HostError, match="got a"):
        tx.init({"labels": jnp.arange(3)})
    with pytest.raises(CallError, match="no argument"):
        dt.Lion.jax(beta9=0.5)
    with pytest.raises(CallError, match="twice"):
        dt.Lion.jax(0.1, learning_rate=0.2)
