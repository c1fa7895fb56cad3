"""Products with panels of a matrix (compile/panels.py), by the tiles of convolutions.

A product is a convolution of windows of one element: the pixels are the rows of the left matrix.
"""

from __future__ import annotations

import numpy as np

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.convolution_tiles import tile_address, tiles
from dovetail.compile.cpu.vector_writer import covering
from dovetail.compile.program import operand_layout
from dovetail.compile.steps import LibraryCall
from dovetail.graph.node import Node

TASK = 1 << 20  # multiply-adds that are worth a task
MOST_TASKS = 16


class PanelProduct:
    """The addresses of a product: of its function and of its words, which it keeps alive."""

    def __init__(
        self, step: LibraryCall, strides: dict[Node, tuple[int, ...]], *, one_thread: bool
    ) -> None:
        matrix, panels = step.operands
        (rows, columns), inner = step.buffer.shape, matrix.extents[1]
        size = step.buffer.dtype.itemsize
        offset, (down, _) = operand_layout(matrix, strides)
        form = tiles(size, columns)
        pixels, larger = covering(rows, form.most)
        self._offsets = np.zeros(1, np.int64)  # of the one element of a window
        tile = runtime.words(
            "Convolution",
            size=size,
            channels=form.channels,
            pixels=pixels,
            larger=larger,
            tile=tile_address(form, pixels),
            larger_tile=tile_address(form, pixels + 1) if larger else 0,
            batch=1,
            planes=1,
            rows=1,
            columns=rows,
            taps=1,
            offsets=self._offsets.ctypes.data,
            inputs=inner,
            outputs=columns,
            groups=1,
            example_step=0,
            plane_step=0,
            row_step=0,
            column_step=down // size,
            output_step=columns,
            rows_at_once=1,
        )
        self._tiles = np.array(tile, np.int64)
        count = -(-columns // form.channels)
        tasks = 1 if one_thread else min(count, MOST_TASKS, max(1, rows * inner * columns // TASK))
        words = runtime.words(
            "PanelProduct",
            tiles=self._tiles.ctypes.data,
            first_offset=offset,
            panels_offset=operand_layout(panels, strides)[0],
            columns_at_once=-(-count // tasks) * form.channels,
        )
        self.words = np.array(words, np.int64)
        self.kernel = runtime.load("convolution").address("dovetail_multiply_panels")
