"""The machine code of loop nests."""

from __future__ import annotations

import functools
from collections.abc import Callable

from dovetail.compile.cpu import native, shared_functions, tiles
from dovetail.compile.cpu.llvm import print_module
from dovetail.compile.loops import Nest


@functools.lru_cache(maxsize=4096)
def _kernel_address(text: str, printed: Callable[[], str]) -> int:
    ir = printed()
    shared_functions.define_in(ir)
    tiles.define_in(ir)
    return native.load(ir).address("kernel")


class _Printed:
    """Prints a nest on demand; equal to any other, so that the text alone is the key."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest

    def __call__(self) -> str:
        return print_module(self.nest)

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Printed)


def kernel_address(nest: Nest) -> int:
    """The machine code of a nest; nests with the same text share it."""
    if nest.address is None:
        nest.address = _kernel_address(nest.text(), _Printed(nest))
    return nest.address
