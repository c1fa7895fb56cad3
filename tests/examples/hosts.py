"""The predictions of a model that went to another framework."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

HOSTS = ("torch", "keras", "jax")


def predicted(model: Any, host: str, *inputs: Any) -> Any:
    """What the model says of these arrays in a framework, by `model.to`."""
    pytest.importorskip(host)
    moved = model.to(host)
    if host == "keras":
        keras = pytest.importorskip("keras")
        return keras.ops.convert_to_numpy(moved(*inputs, training=False))
    moved.eval()
    if host == "torch":
        torch = pytest.importorskip("torch")
        return moved(*map(torch.as_tensor, inputs)).detach().numpy()
    return np.asarray(moved(*inputs))
