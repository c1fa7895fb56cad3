"""Modules of Flax, folded: modules come back."""

from __future__ import annotations

import numpy as np
import pytest

import dovetail as dt

nnx = pytest.importorskip("flax.nnx")
RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("quick_measurement")


def test_a_module_is_folded() -> None:
    module = nnx.Sequential(
        nnx.Linear(6, 8, rngs=nnx.Rngs(0)),
        nnx.BatchNorm(8, rngs=nnx.Rngs(0), use_running_average=True), nnx.relu,
        nnx.Linear(8, 3, rngs=nnx.Rngs(1)),
    )  # fmt: skip
    module.layers[1].mean[...] = RNG.normal(size=8)
    module.layers[1].var[...] = RNG.uniform(0.3, 1.0, size=8)
    x = RNG.normal(size=(32, 6)).astype(np.float32)
    result = dt.improve.fold(module, validation=x)
    assert isinstance(result.changed, nnx.Module) and result.changed is not module
    expected, found = (np.asarray(each(x)) for each in (module, result.changed))
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert result.report.notes == ("1 folded into 0",)
    assert result.report.speed.keys() == {1, 256}
