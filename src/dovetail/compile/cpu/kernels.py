"""The machine code of loop nests."""

from __future__ import annotations

import functools

from dovetail.compile.cpu import native, shared_functions, tiles
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.loops import Nest
from dovetail.compile.on_demand import OnDemand


@functools.lru_cache(maxsize=4096)
def _kernel_address(text: str, printed: OnDemand[str]) -> int:
    ir = printed()
    shared_functions.define_in(ir)
    tiles.define_in(ir)
    return native.load(ir).address("kernel")


def kernel_address(nest: Nest) -> int:
    """The machine code of a nest; nests with the same text share it."""
    if nest.address is None:
        nest.address = _kernel_address(nest.text(), OnDemand(lambda: print_module(nest)))
    return nest.address
