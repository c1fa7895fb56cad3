"""Labels of losses on every host: out of range, and left out."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ShapeError
from dovetail.hosts.registry import REGISTRY

HOSTS = [name for name in ("torch", "jax", "tensorflow") if find_spec(name) is not None]
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(6, 4)).astype(np.float32)
LABELS = np.array([0, 3, -100, 1, -100, 2])
COUNTS = LABELS >= 0
BROKEN = np.where(COUNTS[:, None], LOGITS, np.float32(np.nan))
LOSSES = [dt.sparse_categorical_cross_entropy, dt.focal]
REFUSED = "(?i)out of range|outside"  # each framework in its own class, about our words


def on(host: str, loss: Any, logits: Any, labels: Any, **settings: Any) -> Any:
    there = REGISTRY.named(host)
    arrays = tuple(map(there.from_numpy, (logits, labels)))
    return there.to_numpy(there.call(loss, arrays, settings))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("host", HOSTS)
def test_labels_out_of_range_raise(host: str, loss: Any) -> None:
    for wrong in (-1, -100, 4):
        labels = np.array([0, 3, wrong, 1, 0, 2], np.int32)
        with pytest.raises(Exception, match=REFUSED):
            on(host, loss, LOGITS, labels)
        with pytest.raises(Exception, match=REFUSED):
            on(host, dt.grad(loss), LOGITS, labels)


@pytest.mark.parametrize("host", HOSTS)
def test_shapes_that_do_not_correspond_are_refused(host: str) -> None:
    with pytest.raises(ShapeError, match=r"\(6, 1\).*\(6,\)"):
        on(host, dt.mean_squared_error, LOGITS[:, :1], LOGITS[:, 0])


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("host", HOSTS)
def test_ignored_examples(host: str, loss: Any) -> None:
    kept = loss(LOGITS[COUNTS], LABELS[COUNTS], reduction="none")
    for reduction, expected in (("mean", kept.mean()), ("sum", kept.sum())):
        found = on(host, loss, BROKEN, LABELS, ignore_index=-100, reduction=reduction)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    settings = {"ignore_index": -100}
    there = REGISTRY.named(host)
    arrays = tuple(map(there.from_numpy, (BROKEN, LABELS)))
    found = there.to_numpy(there.call(dt.grad(loss), arrays, settings))
    right = dt.grad(loss)(LOGITS[COUNTS], LABELS[COUNTS])
    np.testing.assert_allclose(found[COUNTS], right, rtol=1e-5, atol=1e-7)
    assert (found[~COUNTS] == 0).all()
    assert np.isnan(on(host, loss, LOGITS, np.full(6, -100), ignore_index=-100))
