"""Losses in code that XLA compiled, which cannot raise."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.hosts.test_labels import LOGITS, LOSSES


def test_where_xla_compiled_the_call_the_loss_is_nan() -> None:
    for loss in LOSSES:
        compiled = tf.function(lambda p, y: loss(p, y, reduction="none"), jit_compile=True)  # noqa: B023
        for wrong in (-1, -100, 4):
            found = compiled(tf.constant(LOGITS), tf.constant([0, 3, wrong, 1, 0, 2])).numpy()
            assert np.isnan(found[2]) and np.isfinite(np.delete(found, 2)).all()
