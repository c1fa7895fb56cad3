"""Images that are moved, turned, scaled, covered and lit at random, inside of the step's graph.

Inputs are (examples, rows, columns, channels), or have channels before space. Layers change their
input in training alone, each example by numbers of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.extension.layer import Layer
from dovetail.extension.op import op
from dovetail.extension.parameters import RandomKey
from dovetail.graph.dtypes import DType, float32, int64
from dovetail.graph.primitives.row import size as size_node
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened
from dovetail.language.operands import wrap
from dovetail.library.axes import channel_axis, check_input

__all__ = ["RandomAffine", "RandomContrast", "RandomErasing", "affine_warp"]

FILLS = ("nearest", "constant")


@op
def affine_warp(x: Any, matrix: Any, fill: str = "nearest", value: float = 0.0) -> Any:
    """out[n, i, j] = x[n] at matrix[n] (i, j, 1), interpolated linearly between four elements.

    `x` (n, rows, columns, channels); `matrix` (n, 2, 3), or (2, 3) for all: where an element of the
    output comes from, in rows and columns from the middle of the image. The identity is [[1, 0, 0],
    [0, 1, 0]]; [[1, 0, 2], [0, 1, 0]] moves the image up by two rows. Beyond the border lie the
    elements of the border (`fill="nearest"`), or `value` (`fill="constant"`). Differentiable in
    both arrays, as Jaderberg et al. 2015, arXiv:1506.02025, use it.
    """
    x, matrix = floating(x), floating(matrix)
    if x.ndim != 4 or matrix.shape not in ((2, 3), (x.shape[0], 2, 3)):
        raise ShapeError(
            "affine_warp", [x.shape, matrix.shape],
            "shapes (n, rows, columns, channels) and (n, 2, 3), or (2, 3)",
            "add the axis that is missing, for example x[..., None] for one channel",
        )  # fmt: skip
    if fill not in FILLS:
        raise ArgumentError("affine_warp", "fill", fill, " or ".join(f'"{each}"' for each in FILLS))
    n, rows, columns, channels = x.shape
    if 0 in x.shape:
        return x
    wide, numbers = widened(x), widened(matrix)
    numbers = dt.broadcast_to(numbers, (n, 2, 3))[..., None, None]
    lasts = [_number(extent, numbers.dtype) - 1.0 for extent in (rows, columns)]
    row, column = (
        dt.astype(dt.arange(extent), numbers.dtype) - 0.5 * last
        for extent, last in zip((rows, columns), lasts, strict=True)
    )
    places = [
        numbers[:, k, 0] * row[:, None] + numbers[:, k, 1] * column + numbers[:, k, 2] + 0.5 * last
        for k, last in enumerate(lasts)
    ]
    ends = [_ends(place, last, fill) for place, last in zip(places, lasts, strict=True)]
    width = _number(columns, int64)
    flat = dt.reshape(wide, (n, rows * columns, channels))
    total: Any = 0.0
    for row_place, row_weight, row_inside in ends[0]:
        for column_place, column_weight, column_inside in ends[1]:
            index = dt.reshape(row_place * width + column_place, (n, rows * columns, 1))
            there = dt.reshape(dt.take_along_axis(flat, index, axis=1), x.shape)
            if fill == "constant":
                there = dt.where((row_inside & column_inside)[..., None], there, value)
            total = total + (row_weight * column_weight)[..., None] * there
    return dt.astype(total, x.dtype)


def _number(extent: int, dtype: DType) -> Any:
    """A size as a value, so that another size compiles nothing again."""
    return wrap(size_node(extent, (), dtype))


def _ends(place: Any, last: Any, fill: str) -> list[tuple[Any, Any, Any]]:
    """Of the two elements that a place lies between: index, weight, and whether it exists."""
    beyond = 0.0 if fill == "nearest" else 1.0  # one step from the border all is `value`
    place = dt.clip(place, -beyond, last + beyond)
    low = dt.floor(dt.where(dt.isnan(place), 0.0, place))  # the weights of NaN are NaN
    found = []
    for index, weight in ((low, 1.0 - (place - low)), (low + 1.0, place - low)):
        inside = (index >= 0.0) & (index <= last)
        whole = dt.astype(dt.clip(index, 0.0, last), dt.int64)
        found.append((whole, weight, inside))
    return found


@affine_warp.samples
def _(rng: Any) -> Any:
    turned = np.array([[1.0, 0.3, 0.4], [-0.2, 0.9, -0.6]])
    return rng.normal(size=(2, 4, 6, 3)), turned + 0.05 * rng.normal(size=(2, 2, 3))


class _OfImages(Layer):
    """In training `_changed(x)`, otherwise x itself."""

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """x, changed at random in training."""
        check_input(self, x, 2)
        last = channel_axis(self) == -1
        return self._changed(x, last) if training else x

    def _changed(self, x: Any, last: bool) -> Any:
        """The images changed. `last`: their channels are the last axis."""
        raise NotImplementedError


class RandomAffine(_OfImages):
    """In training each image is turned, moved, scaled, sheared and flipped at random.

    The angle is uniform between `rotation` degrees either way, the shifts between `shift` of the
    image's rows and columns (one number, or two), the scale between 1 / (1 + zoom) and 1 + zoom
    with its logarithm uniform, the shear between `shear` degrees. `flip` mirrors half of the images
    left to right. The elements beyond the border are those of `affine_warp`. Otherwise x itself.
    (examples, rows, columns, channels), or channels before space.
    """

    rotation: float = 0.0
    shift: float | tuple[float, float] = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    flip: bool = False
    fill: str = "nearest"
    value: float = 0.0
    data_format: str = "channels_last"
    key = RandomKey()

    def _changed(self, x: Any, last: bool) -> Any:
        image = x if last else dt.moveaxis(x, 1, -1)
        warped = affine_warp(image, self._matrix(image), self.fill, self.value)
        return warped if last else dt.moveaxis(warped, -1, 1)

    def _matrix(self, image: Any) -> Any:
        """Where the elements of each image come from: (examples, 2, 3)."""
        n = image.shape[0]
        height, width = (_number(extent, float32) for extent in image.shape[1:3])
        draws = 2.0 * dt.random_uniform(self.key, (6, n)) - 1.0
        turn, down, right, size, slant, side = (draws[k] for k in range(6))
        shifts = self.shift if isinstance(self.shift, (tuple, list)) else (self.shift, self.shift)
        angle = turn * (math.pi / 180.0) * self.rotation
        cosine, sine = dt.cos(angle), dt.sin(angle)
        slope = dt.tan(slant * (math.pi / 180.0) * self.shear)
        scale = dt.exp(size * dt.log1p(self.zoom))
        sign = dt.where(side < 0.0, -1.0, 1.0) if self.flip else 1.0
        # Mirrored first, then sheared along the columns, turned, scaled and moved.
        parts = [
            scale * (cosine - sine * slope), -scale * sine * sign, down * shifts[0] * height,
            scale * (sine + cosine * slope), scale * cosine * sign, right * shifts[1] * width,
        ]  # fmt: skip
        return dt.reshape(dt.stack(parts, axis=1), (n, 2, 3))


class RandomErasing(_OfImages):
    """In training a rectangle of each image is covered with `value`, with probability `rate`.

    (examples, rows, columns, channels), or channels before space. Each side is uniform between 0
    and `size` of the image's. Otherwise x itself. Zhong et al. 2017, arXiv:1708.04896; DeVries &
    Taylor 2017, arXiv:1708.04552.
    """

    rate: float = 0.5
    size: float = 0.5
    value: float = 0.0
    data_format: str = "channels_last"
    key = RandomKey()

    def _changed(self, x: Any, last: bool) -> Any:
        n, (rows, columns) = x.shape[0], x.shape[1:3] if last else x.shape[2:]
        draws = dt.random_uniform(self.key, (5, n, 1))
        down = self._covered(draws[0], draws[1], rows)[:, :, None]
        across = self._covered(draws[2], draws[3], columns)[:, None, :]
        covered = down & across & (draws[4] < self.rate)[..., None]
        return dt.where(covered[..., None] if last else covered[:, None], self.value, floating(x))

    def _covered(self, middle: Any, side: Any, extent: int) -> Any:
        """Whether each position along an axis is inside: (examples, extent)."""
        place = (dt.arange(extent) + 0.5) / _number(extent, float32)
        return dt.abs(place - middle) < 0.5 * self.size * side


class RandomContrast(_OfImages):
    """In training each image becomes (x - mean) c + mean + b, with its own mean over its elements.

    (examples, rows, columns, channels), or channels before space. log c is uniform between
    log(1 + contrast) either way, b between `brightness`. Otherwise x.
    """

    contrast: float = 0.2
    brightness: float = 0.0
    data_format: str = "channels_last"
    key = RandomKey()

    def _changed(self, x: Any, last: bool) -> Any:
        wide = widened(x)
        draws = 2.0 * dt.random_uniform(self.key, (2, x.shape[0], 1, 1, 1)) - 1.0
        factor = dt.exp(draws[0] * dt.log1p(self.contrast))
        mean = dt.mean(wide, axis=(1, 2, 3), keepdims=True)
        lit = (wide - mean) * factor + mean + draws[1] * self.brightness
        return dt.astype(lit, floating(x).dtype)
