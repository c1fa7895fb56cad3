"""`dt.resize` beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(2, 6, 5, 3))


@pytest.mark.parametrize("size", [(6, 5), (12, 10), (3, 7), (1, 1), (13, 2)])
@pytest.mark.parametrize("mode", ["bilinear", "corners", "nearest"])
def test_values_and_gradients_are_pytorchs(size: Any, mode: str) -> None:
    torch = pytest.importorskip("torch")
    options: dict[str, Any] = {
        "bilinear": {"mode": "bilinear", "align_corners": False},
        "corners": {"mode": "bilinear", "align_corners": True},
        "nearest": {"mode": "nearest-exact"},
    }[mode]
    method = "nearest" if mode == "nearest" else "bilinear"

    def ours(x: Any) -> Any:
        return dt.resize(x, size, method, align_corners=mode == "corners")

    tensor = torch.tensor(IMAGES, requires_grad=True)
    found = torch.nn.functional.interpolate(tensor.movedim(-1, 1), size, **options).movedim(1, -1)
    torch.sin(found).sum().backward()
    np.testing.assert_allclose(dt.op(ours)(IMAGES), found.detach(), rtol=1e-12, atol=1e-13)
    gradient = dt.grad(lambda x: dt.sum(dt.sin(ours(x))))(IMAGES)
    np.testing.assert_allclose(gradient, tensor.grad, rtol=1e-12, atol=1e-13)


def test_channels_first_and_integers() -> None:
    first = np.moveaxis(IMAGES, -1, 1)
    found = dt.resize(first, (4, 9), data_format="channels_first")
    np.testing.assert_array_equal(np.moveaxis(found, 1, -1), dt.resize(IMAGES, (4, 9)))
    whole = np.arange(12, dtype=np.int32).reshape(1, 12, 1)
    found = dt.resize(whole, 4, "nearest")
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found[0, :, 0], [1, 4, 7, 10])


def test_errors_say_what_was_wrong() -> None:
    with pytest.raises(ArgumentError, match=r"method of resize is str 'cubic'"):
        dt.resize(IMAGES, 3, "cubic")
    with pytest.raises(ArgumentError, match=r"size of resize is int 0"):
        dt.resize(IMAGES, 0)
    with pytest.raises(ArgumentError, match="align_corners of resize"):
        dt.resize(IMAGES, 3, "nearest", align_corners=True)
    with pytest.raises(ShapeError, match="at least one element"):
        dt.resize(np.ones((2, 0, 3)), 3)
