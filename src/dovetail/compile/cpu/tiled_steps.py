"""Steps of native programs that convolve by tiles (compile/tiled_convolution.py)."""

from __future__ import annotations

import math
from functools import partial

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.convolution_tiles import Tiles, gradient_address, tile_address, tiles
from dovetail.compile.cpu.convolve import TASK, Window
from dovetail.compile.cpu.vector_writer import covering
from dovetail.compile.steps import LibraryCall
from dovetail.compile.tiled_convolution import tiled_gradient


class TiledStep:
    """The addresses of a step: of its function and of its words, which it keeps alive."""

    def __init__(self, step: LibraryCall) -> None:
        x, other = step.operands
        size, node = x.buffer.dtype.itemsize, step.node
        form = tiles(size, step.buffer.shape[-1])
        if node.primitive is tiled_gradient:
            window, made = step.buffer.shape[1:-1], self._gradient
        else:
            window, made = other.extents[1:-1], self._conv
        self._window = Window(node, size, row_major(x.extents, size), window)
        name, self.words = made(step, form)
        self.kernel = runtime.load("convolution").address(name)

    def _conv(self, step: LibraryCall, form: Tiles) -> tuple[str, object]:
        result = step.buffer.shape
        words = self._window.words(
            result,
            channels=form.channels,
            parts=covering(result[-2], form.most),
            tile=partial(tile_address, form),
            rows_at_once=max(1, TASK // self._window.products(result)),
            output_step=result[-1],
        )
        return "dovetail_convolve_packed", words

    def _gradient(self, step: LibraryCall, form: Tiles) -> tuple[str, object]:
        result = step.operands[1].extents
        rows = math.prod(result[:-2])
        words = self._window.words(
            result,
            channels=form.channels,
            parts=covering(self._window.inputs, form.most),
            tile=partial(gradient_address, form),
            rows_at_once=-(-rows // step.buffer.shape[0]),
            output_step=result[-1],
        )
        return "dovetail_convolve_gradient", words
