"""The checker on functions of windows, whose arrays have many dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt
from dovetail.verify.sample import Sample
from dovetail.verify.shapes import LARGEST, shaped


@dt.op
def l2_pool(x: Any) -> Any:
    """The root of the mean square of windows. Hyvarinen & Koster 2007."""
    windows = dt.windows(x, (2, 2), strides=(2, 2))
    return dt.sqrt(dt.mean(windows * windows, axis=(-2, -1)) + 1e-6)


@dt.op
def response_normalised(x: Any, alpha: float = 1e-2) -> Any:
    """Each channel by its neighbours', with the exponent 1/2. Krizhevsky et al. 2012."""
    near = dt.windows(x * x, 3, axis=-1, padding="same")
    return x / dt.sqrt(1.0 + alpha * dt.sum(near, axis=-1))


def _images(rng: np.random.Generator) -> tuple[Any, ...]:
    return (rng.normal(size=(2, 8, 6, 3)),)


l2_pool.samples(_images)
response_normalised.samples(_images)


def test_functions_of_windows_pass() -> None:
    for extension in (l2_pool, response_normalised):
        report = dt.check(extension, quick=True, hosts=("numpy",))
        assert report.passed, report


def test_a_wrong_gradient_of_windows_is_found() -> None:
    wrong = dt.op(lambda x: l2_pool(x) * 1.0)
    wrong.samples(_images)

    @wrong.vjp
    def _(x: Any, *, out: Any, cotangent: Any) -> Any:
        spread = dt.resize(cotangent / out, x.shape[1:3], method="nearest")
        return x * spread / 4.01

    assert not dt.check(wrong, quick=True, hosts=("numpy",)).passed


def test_other_shapes_of_many_dimensions_stay_small() -> None:
    sample = Sample((np.ones((2, 8, 6, 3)),), {}, ("x",))
    found = [leaf.shape for other in shaped(sample) for leaf in other.leaves]
    assert (11, 11, 11, 11) in found and (2, 37, 6, 3) in found
    assert max(int(np.prod(shape)) for shape in found) <= LARGEST
