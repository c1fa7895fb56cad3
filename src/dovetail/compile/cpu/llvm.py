"""Loop nests as LLVM IR."""

from __future__ import annotations

from dovetail.compile.cpu.jammed import JammedPrinter
from dovetail.compile.cpu.printer import Printer
from dovetail.compile.cpu.transposed import TransposedPrinter
from dovetail.compile.loops import Nest


def print_module(nest: Nest) -> str:
    """The LLVM module of a nest."""
    if nest.transposed:
        return TransposedPrinter(nest).module()
    return (JammedPrinter if nest.jammed else Printer)(nest).module()
