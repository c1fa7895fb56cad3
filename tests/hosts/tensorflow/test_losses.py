"""Losses in code that XLA compiled, which cannot raise, and losses beside TensorFlow's own."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import dovetail as dt
from tests.hosts.test_labels import LOGITS, LOSSES


def test_where_xla_compiled_the_call_the_loss_is_nan() -> None:
    for loss in LOSSES:
        compiled = tf.function(lambda p, y: loss(p, y, reduction="none"), jit_compile=True)  # noqa: B023
        for wrong in (-1, -100, 4):
            found = compiled(tf.constant(LOGITS), tf.constant([0, 3, wrong, 1, 0, 2])).numpy()
            assert np.isnan(found[2]) and np.isfinite(np.delete(found, 2)).all()


def test_ctc_is_that_of_tensorflow() -> None:
    rng = np.random.default_rng(3)
    logits = tf.constant(rng.normal(size=(3, 7, 5)), tf.float32)
    labels = tf.constant([[1, 2, 2], [4, 1, 0], [3, 3, 0]])  # repeated ones need a blank between
    frames, counts = tf.constant([7, 5, 7]), tf.constant([3, 2, 2])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        log_p = tf.nn.log_softmax(logits)
        ours = dt.ctc_loss(log_p, labels, frames, counts, reduction="none")
        theirs = tf.nn.ctc_loss(
            labels, logits, counts, frames, logits_time_major=False, blank_index=0
        )
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    np.testing.assert_allclose(
        tape.gradient(ours, logits), tape.gradient(theirs, logits), rtol=1e-4, atol=1e-6
    )
