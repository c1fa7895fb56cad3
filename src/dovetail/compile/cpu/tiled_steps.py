"""Steps of compiled code that convolve by tiles (compile/tiled_convolution.py)."""

from __future__ import annotations

import itertools
import operator
from functools import partial

import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import dot_tiles, runtime
from dovetail.compile.cpu.convolution_tiles import gradient_address, tile_address, tiles
from dovetail.compile.cpu.vector_writer import covering, lanes
from dovetail.compile.steps import LibraryCall
from dovetail.compile.tiled_convolution import TASK, tiled_gradient
from dovetail.graph.node import Node, Shape


class TiledStep:
    """The addresses of a step: of its function and of its words, which it keeps alive."""

    def __init__(self, step: LibraryCall) -> None:
        x, other = step.operands
        node, made = step.node, step.buffer.shape
        size, groups = x.buffer.dtype.itemsize, node.integer("groups")
        is_gradient = node.primitive is tiled_gradient
        # Of a group: the elements and channels in of its kernel, and its channels out.
        *window, inputs = made[2:-1] if is_gradient else other.extents[1:-1]
        result = other.extents if is_gradient else made
        outputs = result[-1] // groups
        batch, *space, _ = result
        planes, rows, columns = (*(1,) * (3 - len(space)), *space)
        tasks_of = batch * planes * rows
        (example, plane, row, column), offsets, inputs = _window(node, x.extents, window, inputs)
        products = columns * result[-1] * len(offsets) * inputs
        form = tiles(size, outputs)
        channels, tile, most = form.channels, partial(tile_address, form), form.most
        at_once = max(1, TASK // products)
        if is_gradient:
            tile, at_once = partial(gradient_address, form), -(-tasks_of // made[0])
        elif other.extents[-1] == 1:
            channels, most = outputs, dot_tiles.most_pixels(outputs)
            tile = partial(dot_tiles.tile_address, lanes(size), results=outputs)
        pixels, larger = covering(inputs if is_gradient else columns, most)
        self._offsets = np.array(offsets, np.int64)
        words = runtime.words(
            "Convolution",
            size=size,
            batch=batch,
            planes=planes,
            rows=rows,
            columns=columns,
            taps=len(offsets),
            offsets=self._offsets.ctypes.data,
            inputs=inputs,
            outputs=outputs,
            groups=groups,
            example_step=example,
            plane_step=plane,
            row_step=row,
            column_step=column,
            channels=channels,
            pixels=pixels,
            larger=larger,
            tile=tile(pixels),
            larger_tile=tile(pixels + 1) if larger else 0,
            rows_at_once=at_once,
            output_step=result[-1],
        )
        self.words = np.array(words, np.int64)
        name = "dovetail_convolve_gradient" if is_gradient else "dovetail_convolve"
        self.kernel = runtime.load("convolution").address(name)


def _window(
    node: Node, shape: Shape, window: list[int], inputs: int
) -> tuple[list[int], list[int], int]:
    """How the elements of windows lie in an array of this shape; space has three dimensions.

    The distances between examples and between windows along each axis, the offsets of the elements
    of a window, and how many channels follow each other at each.
    """
    ones = (1,) * (3 - len(window))
    example, *between = (*row_major(shape, 1)[:-1],)
    between = [0] * len(ones) + between
    steps, gaps = ((*ones, *node.ints(name)) for name in ("steps", "dilations"))
    apart = [n * stride for n, stride in zip(gaps, between, strict=True)]
    window = [*ones, *window]
    if apart[2] == inputs:  # neighbours in memory: one sum over both
        window[2], inputs = 1, window[2] * inputs
    places = itertools.product(*map(range, window))
    offsets = [sum(map(operator.mul, place, apart)) for place in places]
    return [example, *map(int.__mul__, steps, between)], offsets, inputs
