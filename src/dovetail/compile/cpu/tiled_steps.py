"""Steps of native programs that convolve by tiles (compile/tiled_convolution.py)."""

from __future__ import annotations

import math

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.convolution_tiles import tiles
from dovetail.compile.cpu.convolve import Window
from dovetail.compile.steps import LibraryCall
from dovetail.compile.tiled_convolution import tiled_gradient


class TiledStep:
    """The addresses of a step: of its function and of its words, which it keeps alive."""

    def __init__(self, step: LibraryCall) -> None:
        x, other = step.operands
        size, made = x.buffer.dtype.itemsize, step.buffer.shape
        is_gradient = step.node.primitive is tiled_gradient
        shape = made[1:-1] if is_gradient else other.extents[1:-1]
        self._window = Window(step.node, size, row_major(x.extents, size), shape)
        form, name = tiles(size, made[-1]), "dovetail_convolve_packed"
        if is_gradient:
            name, rows = "dovetail_convolve_gradient", math.prod(other.extents[:-2])
            self.words = self._window.gradient_words(form, other.extents, -(-rows // made[0]))
        else:
            self.words = self._window.tile_words(form, made, made[-1])
        self.kernel = runtime.load("convolution").address(name)
