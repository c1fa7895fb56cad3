"""Temporaries that the system has no memory for: an error of each framework that says so."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.pipeline import lower_graph

X = np.linspace(0.0, 1.0, 40, dtype=np.float32).reshape(8, 5)
COMPILING = {  # the modules that have programs compiled
    "torch": "dovetail.hosts.torch.native",
    "tensorflow": "dovetail.hosts.tensorflow.native",
    "jax": "dovetail.hosts.jax.ffi",
}


def _array(host: str) -> Any:
    if host == "torch":
        return pytest.importorskip("torch").from_numpy(X)
    if host == "tensorflow":
        return pytest.importorskip("tensorflow").constant(X)
    return pytest.importorskip("jax.numpy").asarray(X)


@pytest.mark.parametrize("host", COMPILING)
def test_it_is_not_taken_for_an_index_out_of_range(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = _array(host)

    def without_memory(*args: Any, **options: Any) -> Any:
        return replace(lower_graph(*args, **options), arena_bytes=1 << 60)

    running = dt.op(lambda x: dt.cumulative_sum(dt.softmax(x), axis=-1))
    monkeypatch.setattr(importlib.import_module(COMPILING[host]), "lower_graph", without_memory)
    with pytest.raises(Exception, match="no memory for the temporaries"):
        np.asarray(running(x))
    monkeypatch.undo()
    other = dt.op(lambda x: dt.cumulative_sum(dt.softmax(x), axis=-1) * 2.0)
    found = np.asarray(other(x))  # what was computed since is right
    wide = X.astype(np.float64)
    right = np.exp(wide - wide.max(-1, keepdims=True))
    right = 2.0 * np.cumsum(right / right.sum(-1, keepdims=True), -1)
    np.testing.assert_allclose(found, right, rtol=1e-5)
