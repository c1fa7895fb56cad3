"""JAX's validators on our functions, and on planted faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import dovetail as dt
from dovetail.hosts.jax import HOST
from tests.hosts.jax.pairs import gated, mish, polar


def _complaints(extension: Any, *args: Any) -> list[str]:
    given = tuple(np.asarray(each, np.float32) for each in args)
    return [line for each in HOST.validators() for line in each.validate(extension, given, {})]


def test_right_functions_pass() -> None:
    x = np.linspace(-1.0, 1.0, 4)
    assert _complaints(mish, x) == []
    assert _complaints(gated, x, x + 2.0) == []
    assert _complaints(polar, x + 2.0, x + 3.0) == []
    assert _complaints(dt.relu, np.array([0.0, 1.0, -1.0])) == []


def test_a_wrong_derivative_is_found() -> None:
    from dovetail.operations import validation  # noqa: PLC0415
    from dovetail.operations.validation import derivative_is_declared  # noqa: PLC0415

    @dt.op
    def wrong(x: Any) -> Any:
        return x * x

    @wrong.vjp
    def _(x: Any, *, out: Any, cotangent: Any) -> Any:
        return 3.0 * x * cotangent

    x = np.linspace(0.5, 1.0, 3)
    assert derivative_is_declared(wrong, (x.astype(np.float32),), {})
    patched = pytest.MonkeyPatch()
    with patched.context() as context:
        context.setattr(validation, "derivative_is_declared", lambda *_: False)
        assert len(_complaints(wrong, x)) == 2


def test_what_the_checker_asks() -> None:
    x = np.linspace(-1.0, 1.0, 4)
    assert {"jax", "jaxlib"} <= set(HOST.versions())
    (slope,) = HOST.vjp(mish, (HOST.from_numpy(x),), {}, np.ones(4))
    assert slope.dtype == np.float64

    @dt.op
    def weighted(arrays: Any) -> Any:
        return arrays["z"] * 2.0 + arrays["a"] * 3.0

    given = {"z": HOST.from_numpy(x), "a": HOST.from_numpy(x)}  # in the order of the call
    z, a = HOST.vjp(weighted, (given,), {}, np.ones(4))
    assert (float(z[0]), float(a[0])) == (2.0, 3.0)
    params, gradients = {"w": x.astype(np.float32)}, [{"w": np.ones(4, np.float32)}] * 3
    found = HOST.optimize(dt.Lion(1e-2), params, gradients)
    want = dt.Lion(1e-2)
    state = want.init(params)
    for step, gradient in enumerate(gradients):
        params, state = want.apply(params, gradient, state)
        np.testing.assert_allclose(found[step]["w"], params["w"], rtol=1e-6)
