"""Convolutions with a kernel for each channel: sums over windows, with the channels in vectors.

The array needs no border: elements of windows outside of it are left out. Few channels are
computed for several neighbouring pixels at once, as if these were one pixel of more channels.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from dovetail.compile.cpu import runtime, threads
from dovetail.compile.cpu.depthwise_tiles import (
    MOST_TAPS,
    Row,
    gradient_address,
    most_pixels,
    tile_address,
)
from dovetail.compile.cpu.entry_points import entry_point
from dovetail.compile.cpu.vector_writer import Lanes, covering, lanes
from dovetail.compile.tiled_convolution import MOST_GRADIENTS, TASK
from dovetail.graph.node import Array, Node, Shape


def convolve(node: Node, operands: Sequence[Array], out: Array) -> None:
    """Write the convolution into `out`."""
    x, kernel = operands
    lows, steps, gaps = map(node.ints, ("lows", "steps", "dilations"))
    _convolve(x, kernel[..., 0, :], out, lows, steps, gaps)


def input_gradient(node: Node, operands: Sequence[Array], out: Array) -> None:
    """Write the gradient by the array, or a transposed convolution, into `out`.

    Elements whose positions have the same remainder by the step meet the same elements of the
    kernel: they are a convolution of their own, whose windows are at steps of 1.
    """
    y, kernel = operands
    rank = len(node.ints("steps"))
    lows, steps, gaps = map(node.ints, ("lows", "steps", "dilations"))
    sizes = zip(out.shape[1:-1], kernel.shape[:rank], lows, steps, gaps, strict=True)
    each_axis = [list(_parts(*each)) for each in sizes]
    for parts in itertools.product(*each_axis):
        to = out[(slice(None), *(part.places for part in parts))]
        own = kernel[(*(part.elements for part in parts), 0)]
        before, between = tuple(part.low for part in parts), tuple(part.gap for part in parts)
        _convolve(y, own, to, before, (1,) * rank, between)


def kernel_gradient(node: Node, operands: Sequence[Array], out: Array) -> None:
    """Write the gradient by the kernel into `out`."""
    x, y = map(with_channels_together, operands)
    if not out.size or not x.size or not y.size:
        out[...] = 0
        return
    lows, steps, gaps = map(node.ints, ("lows", "steps", "dilations"))
    call = _gradient(_windows(x, out.shape[:-2], y, lows, steps, gaps))
    sums = np.zeros((call.tasks, *out.shape[:-2], call.together, x.shape[-1]), x.dtype)
    call.run(x, y, sums)
    out[..., 0, :] = sums.sum(axis=(0, -2))


def channels_are_together(x: Array) -> bool:
    """Whether the channels of a pixel follow each other, and pixels are whole elements apart."""
    size = x.itemsize
    return x.strides[-1] == size and not any(stride % size for stride in x.strides)


def with_channels_together(x: Array) -> Array:
    """The array, or a copy whose channels are."""
    return x if channels_are_together(x) else np.ascontiguousarray(x)


@dataclass(frozen=True)
class _Part:
    """Positions with the same remainder, and the elements of the kernel that they meet."""

    places: slice
    elements: slice  # backwards
    low: int
    gap: int


def _parts(extent: int, window: int, low: int, step: int, gap: int) -> Iterator[_Part]:
    """The parts of an axis of a transposed convolution.

    Element t of the kernel leads from result j to position j * step + t * gap - low.
    """
    every = step // math.gcd(step, gap)  # of these elements, one leads to such a position
    for start in range(min(step, extent)):
        meeting = [t for t in range(min(every, window)) if (start + low - t * gap) % step == 0]
        if not meeting:
            yield _Part(slice(start, None, step), slice(0, 0), 0, 1)
            continue
        (first,) = meeting
        last = first + (window - 1 - first) // every * every
        stop = first - every if first >= every else None
        yield _Part(
            slice(start, None, step),
            slice(last, stop, -every),
            -((start + low - last * gap) // step),
            gap * every // step,
        )


def _convolve(x: Array, kernel: Array, out: Array, lows: Shape, steps: Shape, gaps: Shape) -> None:
    """Write the convolution of each channel of `x` with that of the kernel into `out`."""
    if not out.size or not x.size or not kernel.size:
        out[...] = 0
        return
    x = with_channels_together(x)
    to = out if channels_are_together(out) else np.empty(out.shape, out.dtype)
    call = _forward(_windows(x, kernel.shape[:-1], to, lows, steps, gaps))
    several = np.concatenate([kernel] * call.together, axis=-1) if call.together > 1 else kernel
    call.run(x, np.ascontiguousarray(several), to)
    if to is not out:
        out[...] = to


class _Axis(NamedTuple):
    """What runtime/depthwise.c reads of an axis; strides are in elements."""

    results: int
    extent: int
    low: int
    step: int
    gap: int
    window: int
    stride: int
    output_stride: int

    @property
    def inner(self) -> int:
        """The windows that are all in the array."""
        first = max(0, -(-self.low // self.step))
        return max(0, min(self.results, -(-self._beyond // self.step)) - first)

    @property
    def _beyond(self) -> int:
        return self.extent + self.low - (self.window - 1) * self.gap

    def ends(self, row: Row, pixels: int, larger: int) -> tuple[Row, Row] | None:
        """The first and the last tile, if windows in all others are in the array."""
        first, last = pixels + (larger > 0), self.results - pixels
        if first * self.step < self.low or (last - 1) * self.step >= self._beyond:
            return None
        begin = replace(row, first=max(0, self.low))
        if (self.results - 1) * self.step < self._beyond:
            return begin, row
        end = self.extent + self.low - last * self.step
        return (replace(begin, end=end), row) if last == 0 else (begin, replace(row, end=end))


class _Windows(NamedTuple):
    """How windows of an array and the results lie in memory; space has three dimensions."""

    form: Lanes
    batch: int
    channels: int
    axes: tuple[_Axis, ...]
    example_step: int
    output_example: int

    @property
    def together(self) -> int:
        """The pixels that are computed as one."""
        axis, channels = self.axes[2], self.channels
        beside = axis.stride == axis.output_stride == channels and axis.step == 1
        return _together(axis.inner, channels, self.form.count) if beside else 1

    @property
    def row(self) -> Row:
        """A row of the kernel, beside pixels that are computed as one."""
        axis = self.axes[2]
        return Row(axis.window, self.together * axis.step, axis.gap)

    @property
    def rows(self) -> int:
        """The rows of the result."""
        return self.batch * self.axes[0].results * self.axes[1].results

    @property
    def rows_at_once(self) -> int:
        """The rows that are worth a task."""
        window = math.prod(axis.window for axis in self.axes)
        return max(1, TASK // (self.axes[2].results * self.channels * window))

    def call(self, name: str, **others: int) -> _Call:
        """A call of a function of runtime/depthwise.c."""
        planes, rows, columns = self.axes
        axes = np.array(self.axes, np.int64)
        together = self.together
        column = together * self.channels
        words = runtime.words(
            "Depthwise",
            size=self.form.align,
            channels=self.channels,
            together=together,
            batch=self.batch,
            axes=axes.ctypes.data,
            example_step=self.example_step,
            output_example=self.output_example,
            plane_gap=planes.gap * planes.stride,
            row_gap=rows.gap * rows.stride,
            column_gap=columns.gap * columns.stride,
            column_stride=columns.stride,
            kernel_plane=rows.window * columns.window * column,
            kernel_row=columns.window * column,
            kernel_column=column,
            pixel_step=together * columns.step * columns.stride,
            output_step=together * columns.output_stride,
            **others,
        )
        tasks = -(-self.rows // others["rows_at_once"])
        return _Call(name, np.array(words, np.int64), axes, together, tasks)


@dataclass(frozen=True)
class _Call:
    """A call for arrays of one layout."""

    name: str
    words: Array
    axes: Array  # to which the words point
    together: int
    tasks: int

    def run(self, *arrays: Array) -> None:
        """Call the function."""
        address, pool = runtime.load("depthwise").address(self.name), threads.parallel_for_address()
        entry_point(len(arrays))(address, self.words.ctypes.data, 0, pool, 0, *arrays)


def _windows(x: Array, window: Shape, y: Array, lows: Shape, steps: Shape, gaps: Shape) -> _Windows:
    size, lead = x.itemsize, 3 - len(window)
    in_x, in_y = ([n // size for n in array.strides[:-1]] for array in (x, y))
    own = zip(
        y.shape[1:-1], x.shape[1:-1], lows, steps, gaps, window, in_x[1:], in_y[1:], strict=True
    )
    axes = (*[_Axis(1, 1, 0, 1, 1, 1, 0, 0)] * lead, *itertools.starmap(_Axis, own))
    return _Windows(lanes(size), y.shape[0], x.shape[-1], axes, in_x[0], in_y[0])


@functools.lru_cache(maxsize=1024)
def _forward(windows: _Windows) -> _Call:
    form, axis = windows.form, windows.axes[2]
    row = windows.row if axis.window <= MOST_TAPS else None
    most = most_pixels(form, row)
    pixels, larger = covering(axis.results, most)
    ends = axis.ends(row, pixels, larger) if row and windows.together == 1 else None
    if ends is None:
        pixels, larger = covering(axis.inner // windows.together, most)
    return windows.call(
        "dovetail_depthwise",
        pixels=pixels,
        larger=larger,
        tile=tile_address(form, pixels, row),
        larger_tile=tile_address(form, pixels + 1, row) if larger else 0,
        rest=0 if ends else tile_address(form, 1, row),
        single=0 if ends else tile_address(form, 1),
        first_tile=tile_address(form, pixels + (larger > 0), ends[0]) if ends else 0,
        last_tile=tile_address(form, pixels, ends[1]) if ends else 0,
        rows_at_once=windows.rows_at_once,
    )


@functools.lru_cache(maxsize=1024)
def _gradient(windows: _Windows) -> _Call:
    row = windows.row
    taps, larger = covering(row.taps, MOST_TAPS)

    def address(taps: int) -> int:
        return gradient_address(windows.form, replace(row, taps=taps))

    return windows.call(
        "dovetail_depthwise_gradient",
        pixels=taps,
        larger=larger,
        tile=address(taps),
        larger_tile=address(taps + 1) if larger else 0,
        rest=0,
        single=address(1),
        first_tile=0,
        last_tile=0,
        rows_at_once=max(windows.rows_at_once, -(-windows.rows // MOST_GRADIENTS)),
    )


@functools.lru_cache(maxsize=4096)
def _together(pixels: int, channels: int, count: int) -> int:
    """How many pixels to compute as one, so that a row of few channels takes the fewest vectors.

    With 12 or 20 channels in vectors of 16, pixels one by one are a fifth faster.
    """

    def vectors(several: int) -> int:
        whole, rest = divmod(pixels, several)
        return whole * -(-several * channels // count) + -(-rest * channels // count)

    most = min(pixels, max(1, 8 * count // channels))
    return min(range(1, most + 1), key=vectors, default=1) if 2 * channels <= count else 1
