"""Convolutions by tiles: sums over windows in registers, without a copy of the windows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from dovetail.compile.cpu import dot_tiles, runtime, threads
from dovetail.compile.cpu.convolution_tiles import Tiles, gradient_address, tile_address, tiles
from dovetail.compile.cpu.entry_points import entry_point
from dovetail.compile.cpu.vector_writer import covering, lanes
from dovetail.graph.node import Array, Node, Shape

TASK = 1 << 18  # products that are worth a task
MOST_GRADIENTS = 16  # of a kernel, which tasks add up and which are added up in turn


def convolve(node: Node, operands: Sequence[Array], out: Array) -> None:
    """Write the convolution of an array that has its border into `out`."""
    x, kernel = operands
    if not out.size or not kernel.size:
        out[...] = 0
        return
    x = with_channels_together(x)
    groups = node.integer("groups")
    outputs = out.shape[-1] // groups
    window = Window(node, x.itemsize, x.strides, kernel.shape[:-1])
    vectors = lanes(x.itemsize)
    dots = dot_tiles.are_fewer(vectors, len(window.offsets), window.inputs, outputs)
    compute = _dots if dots else _by_tiles
    for own, made in _channels(groups, kernel.shape[-2], outputs):
        compute(window, x[..., own], kernel[..., made], out[..., made], out.shape[-1])


def _by_tiles(window: Window, x: Array, kernel: Array, out: Array, output_step: int) -> None:
    """Vectors of channels out."""
    form = tiles(x.itemsize, out.shape[-1])
    packed = np.empty(math.prod(kernel.shape[:-1]) * _filled(form, out.shape[-1]), x.dtype)
    words = window.tile_words(form, out.shape, output_step)
    run("convolution", "dovetail_convolve", words, x, np.ascontiguousarray(kernel), out, packed)


def _dots(window: Window, x: Array, kernel: Array, out: Array, output_step: int) -> None:
    """Vectors of channels in."""
    form, outputs = lanes(x.itemsize), out.shape[-1]
    words = window.words(
        out.shape,
        channels=outputs,
        parts=covering(out.shape[-2], dot_tiles.most_pixels(outputs)),
        tile=partial(dot_tiles.tile_address, form, results=outputs),
        rows_at_once=max(1, TASK // window.products(out.shape)),
        output_step=output_step,
    )
    packed = np.ascontiguousarray(kernel.reshape(-1, outputs).T)
    run("convolution", "dovetail_convolve_packed", words, x, packed, out)


def kernel_gradient(node: Node, operands: Sequence[Array], out: Array) -> None:
    """Write the gradient by the kernel into `out`, of an array that has its border."""
    x, cotangent = operands
    if not x.size or not cotangent.size or not out.size:
        out[...] = 0
        return
    x = with_channels_together(x)
    groups = node.integer("groups")
    outputs = out.shape[-1] // groups
    form = tiles(x.itemsize, outputs)
    channels = _filled(form, outputs)
    whole = np.zeros((*cotangent.shape[:-1], channels), x.dtype) if channels > outputs else None
    window = Window(node, x.itemsize, x.strides, out.shape[:-1])
    result = (*cotangent.shape[:-1], channels)
    rows = math.prod(result[:-2])
    at_once = max(1, TASK // window.products(result), -(-rows // MOST_GRADIENTS))
    words = window.gradient_words(form, result, at_once)
    sums = np.empty((-(-rows // at_once), *out.shape[:-1], channels), x.dtype)
    for own, made in _channels(groups, out.shape[-2], outputs):
        if whole is None:
            given = np.ascontiguousarray(cotangent[..., made])
        else:
            given = whole
            given[..., :outputs] = cotangent[..., made]
        run("convolution", "dovetail_convolve_gradient", words, x[..., own], given, sums)
        out[..., made] = sums.sum(axis=0)[..., :outputs]


def _filled(form: Tiles, outputs: int) -> int:
    """The channels out of whole tiles."""
    return -(-outputs // form.channels) * form.channels


def _channels(groups: int, inputs: int, outputs: int) -> list[tuple[slice, slice]]:
    """The channels in and out of each group, of which each has so many."""
    return [
        (slice(n * inputs, (n + 1) * inputs), slice(n * outputs, (n + 1) * outputs))
        for n in range(groups)
    ]


def channels_are_together(x: Array) -> bool:
    """Whether the channels of a pixel follow each other, and pixels are whole elements apart."""
    size = x.itemsize
    return x.strides[-1] == size and not any(stride % size for stride in x.strides)


def with_channels_together(x: Array) -> Array:
    """The array, or a copy whose channels are."""
    return x if channels_are_together(x) else np.ascontiguousarray(x)


def run(source: str, name: str, words: Array, *arrays: Array) -> None:
    """Call a function of the runtime that has the signature of a kernel."""
    address = runtime.load(source).address(name)
    pool = threads.parallel_for_address()
    entry_point(len(arrays))(address, words.ctypes.data, 0, pool, 0, *arrays)


@dataclass
class Window:
    """How the elements of windows lie in an array, in elements; space has three dimensions.

    `size`: the bytes of an element; `strides`: those of the array, in bytes.
    """

    node: Node
    size: int
    strides: tuple[int, ...]
    shape: Shape  # of the kernel, without channels out

    def __post_init__(self) -> None:
        *window, inputs = self.shape
        ones = (1,) * (3 - len(window))
        example, *between = (stride // self.size for stride in self.strides[:-1])
        between = [0] * len(ones) + between
        steps, gaps = ((*ones, *self.node.ints(name)) for name in ("steps", "dilations"))
        self.steps = example, *(n * stride for n, stride in zip(steps, between, strict=True))
        apart = [n * stride for n, stride in zip(gaps, between, strict=True)]
        window = [*ones, *window]
        if apart[2] == inputs:  # neighbours in memory: one sum over both
            window[2], inputs = 1, window[2] * inputs
        self.inputs = inputs
        places = itertools.product(*map(range, window))
        found = [sum(n * gap for n, gap in zip(place, apart, strict=True)) for place in places]
        self.offsets = np.array(found, np.int64)

    def products(self, result: Shape) -> int:
        """The products for a row of the result."""
        return result[-2] * result[-1] * len(self.offsets) * self.inputs

    def tile_words(self, form: Tiles, result: Shape, output_step: int) -> Any:
        """Those of a convolution by tiles of channels out."""
        return self.words(
            result,
            channels=form.channels,
            parts=covering(result[-2], form.most),
            tile=partial(tile_address, form),
            rows_at_once=max(1, TASK // self.products(result)),
            output_step=output_step,
        )

    def gradient_words(self, form: Tiles, result: Shape, rows_at_once: int) -> Any:
        """Those of the gradient by the kernel, for a cotangent with the channels of whole tiles."""
        return self.words(
            result,
            channels=form.channels,
            parts=covering(self.inputs, form.most),
            tile=partial(gradient_address, form),
            rows_at_once=rows_at_once,
            output_step=result[-1],
        )

    def words(
        self, result: Shape, *, channels: int, parts: tuple[int, int],
        tile: Callable[[int], int], rows_at_once: int, output_step: int,
    ) -> Any:  # fmt: skip
        """The words that runtime/convolution.c reads.

        `parts`: the pixels of a tile, or its channels in, and how many tiles have one more;
        `tile`: the address of the function for so many.
        """
        pixels, larger = parts
        batch, *space, outputs = result
        planes, rows, columns = (*(1,) * (3 - len(space)), *space)
        example, plane, row, column = self.steps
        words = runtime.words(
            "Convolution",
            size=self.size,
            batch=batch,
            planes=planes,
            rows=rows,
            columns=columns,
            taps=len(self.offsets),
            offsets=self.offsets.ctypes.data,
            inputs=self.inputs,
            outputs=outputs,
            example_step=example,
            plane_step=plane,
            row_step=row,
            column_step=column,
            channels=channels,
            pixels=pixels,
            larger=larger,
            tile=tile(pixels),
            larger_tile=tile(pixels + 1) if larger else 0,
            rows_at_once=rows_at_once,
            output_step=output_step,
        )
        return np.array(words, np.int64)
