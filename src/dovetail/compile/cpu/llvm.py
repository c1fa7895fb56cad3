"""Loop nests as LLVM IR."""

from __future__ import annotations

from dovetail.compile.cpu.printer import Printer
from dovetail.compile.cpu.transposed import TransposedPrinter
from dovetail.compile.loops import Nest


def print_module(nest: Nest) -> str:
    """The LLVM module of a nest."""
    return (TransposedPrinter if nest.transposed else Printer)(nest).module()
