"""Images that are changed at random, against SciPy's interpolation and statistics of many draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

import dovetail as dt
from dovetail.errors import ArgumentError, ShapeError
from dovetail.library import augmentation

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(3, 7, 6, 2))
MATRICES = np.array([[1.0, 0.3, 0.4], [-0.2, 0.9, -0.6]]) + 0.2 * RNG.normal(size=(3, 2, 3))
MIDDLE = np.array([3.0, 2.5])


@pytest.mark.parametrize(("fill", "mode"), [("nearest", "nearest"), ("constant", "grid-constant")])
def test_affine_warp_against_scipy(fill: str, mode: str) -> None:
    found = dt.affine_warp(IMAGES, MATRICES, fill, 0.5)
    outside = 0
    for n, channel in np.ndindex(3, 2):
        linear, shift = MATRICES[n, :, :2], MATRICES[n, :, 2]
        right = ndimage.affine_transform(
            IMAGES[n, ..., channel], linear, MIDDLE + shift - linear @ MIDDLE,
            order=1, mode=mode, cval=0.5,
        )  # fmt: skip
        np.testing.assert_allclose(found[n, ..., channel], right, atol=1e-13)
        outside += int((right == 0.5).sum())
    assert (outside > 5) == (fill == "constant")


def test_one_matrix_moves_all_images() -> None:
    up = dt.affine_warp(IMAGES, np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), "constant")
    np.testing.assert_allclose(up[:, :-2], IMAGES[:, 2:], atol=1e-13)
    assert (up[:, -2:] == 0).all()
    pixels = RNG.integers(0, 255, (2, 4, 4, 1)).astype(np.uint8)
    mirrored = dt.affine_warp(pixels, np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]))
    assert mirrored.dtype == np.float32
    np.testing.assert_allclose(mirrored, pixels[:, :, ::-1], atol=1e-4)


def test_the_gradient_by_the_matrix_is_that_of_differences() -> None:
    weights = RNG.normal(size=IMAGES.shape)

    def total(matrix: Any) -> Any:
        return dt.sum(dt.affine_warp(IMAGES, matrix) * weights)

    gradient = dt.grad(total)(MATRICES)
    for place in np.ndindex(3, 2, 3):
        step = np.zeros_like(MATRICES)
        step[place] = 1e-7
        slope = (total(MATRICES + step) - total(MATRICES - step)) / 2e-7
        np.testing.assert_allclose(gradient[place], slope, atol=2e-5)


def test_what_affine_warp_refuses() -> None:
    with pytest.raises(ShapeError, match="one channel"):
        dt.affine_warp(IMAGES[..., 0], MATRICES)
    with pytest.raises(ShapeError, match="affine_warp"):
        dt.affine_warp(IMAGES, MATRICES[:2])
    with pytest.raises(ArgumentError, match="constant"):
        dt.affine_warp(IMAGES, MATRICES, "wrap")
    assert dt.affine_warp(IMAGES[:0], MATRICES[:0]).shape == (0, 7, 6, 2)
    bad = MATRICES.copy()
    bad[1, 0, 2] = np.nan
    found = dt.affine_warp(IMAGES, bad)
    assert np.isnan(found[1]).all() and np.isfinite(found[[0, 2]]).all()


def changed(layer: Any, images: Any) -> Any:
    """The images after one call in training; without training they are as they were."""
    np.testing.assert_array_equal(layer(images), images)
    return layer(images, training=True)


LAYERS = [
    lambda order: dt.RandomAffine(
        20.0, (0.2, 0.1), 0.2, 10.0, flip=True, data_format=order, seed=0
    ),
    lambda order: dt.RandomErasing(1.0, 0.8, -3.0, data_format=order, seed=0),
    lambda order: dt.RandomContrast(0.3, 0.2, data_format=order, seed=0),
]


@pytest.mark.parametrize("make", LAYERS)
def test_both_orders_of_axes_and_every_example_its_own_change(make: Any) -> None:
    images = np.broadcast_to(IMAGES[:1].astype(np.float32), (40, 7, 6, 2))
    first, last = make("channels_first"), make("channels_last")
    first.build((None, 2, 7, 6))
    last.build((None, 7, 6, 2))
    first.set("key", last.key)
    found = changed(last, images)
    np.testing.assert_allclose(
        changed(first, np.moveaxis(images, -1, 1)), np.moveaxis(found, -1, 1), atol=1e-6
    )
    assert len(np.unique(found.reshape(40, -1), axis=0)) > 25
    with pytest.raises(ShapeError):
        last(images[0])


def test_random_affine_draws_what_its_fields_say() -> None:
    size = 9
    grid = np.stack(np.meshgrid(*[np.arange(size) - 4.0] * 2, indexing="ij"), -1)
    images = np.broadcast_to(grid.astype(np.float32), (600, size, size, 2))

    def steps(**fields: Any) -> tuple[Any, Any]:
        found = dt.RandomAffine(seed=1, **fields)(images, training=True)
        middle = found[:, 4, 4]
        return middle, np.stack([found[:, 5, 4] - middle, found[:, 4, 5] - middle], 1)

    middle, axes = steps(rotation=10.0)
    angle = np.degrees(np.arctan2(axes[:, 0, 1], axes[:, 0, 0]))
    assert -10 <= angle.min() < -9.5 and 9.5 < angle.max() <= 10
    np.testing.assert_allclose(np.linalg.det(axes), 1.0, atol=1e-5)
    np.testing.assert_allclose(middle, 0.0, atol=1e-5)

    middle, axes = steps(shift=(0.2, 0.1))
    np.testing.assert_allclose(np.abs(middle).max(0), [0.2 * size, 0.1 * size], rtol=0.02)
    np.testing.assert_allclose(axes, np.broadcast_to(np.eye(2), axes.shape), atol=1e-5)

    _, axes = steps(zoom=0.25)
    scale = axes[:, 0, 0]
    np.testing.assert_allclose([scale.min(), scale.max()], [0.8, 1.25], rtol=0.01)
    np.testing.assert_allclose(axes[:, 1, 1], scale, atol=1e-5)

    _, axes = steps(shear=15.0, flip=True)
    assert 0.4 < (axes[:, 1, 1] < 0).mean() < 0.6
    slope = math.tan(math.radians(15.0))
    np.testing.assert_allclose(np.abs(axes[:, 0, 1]).max(), slope, rtol=0.02)


def test_random_erasing_and_contrast() -> None:
    images = RNG.uniform(1.0, 2.0, size=(800, 8, 9, 1)).astype(np.float32)
    erased = dt.RandomErasing(0.3, 0.5, 0.0, seed=0)(images, training=True)
    covered = erased == 0.0
    # A side under one element covers none at some places.
    assert 0.2 < covered.any((1, 2, 3)).mean() <= 0.3
    assert covered.any(1).sum(1).max() <= 5 and covered.any(2).sum(1).max() <= 5
    assert (erased[~covered] == images[~covered]).all()

    lit = dt.RandomContrast(0.5, 0.1, seed=0)(images, training=True)
    factor = lit.std((1, 2, 3)) / images.std((1, 2, 3))
    np.testing.assert_allclose([factor.min(), factor.max()], [1 / 1.5, 1.5], rtol=0.02)
    moved = lit.mean((1, 2, 3)) - images.mean((1, 2, 3))
    np.testing.assert_allclose([moved.min(), moved.max()], [-0.1, 0.1], atol=2e-3)


def test_a_model_trains_through_them() -> None:
    model = dt.Sequential(
        dt.RandomAffine(rotation=5.0), dt.RandomErasing(), dt.RandomContrast(),
        dt.Flatten(), dt.Dense(2), seed=0,
    )  # fmt: skip
    model.compile(dt.Adam(0.005), "sparse_categorical_cross_entropy")
    images = RNG.normal(size=(64, 6, 5, 1)).astype(np.float32)
    labels = (images.mean((1, 2, 3)) > 0).astype(int)
    losses = model.fit(images, labels, batch_size=16, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    assert augmentation.__all__ == [
        "RandomAffine", "RandomContrast", "RandomErasing", "affine_warp",
    ]  # fmt: skip
