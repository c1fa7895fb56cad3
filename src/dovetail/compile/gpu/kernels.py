"""The PTX of loop nests. A nest, its schedule and a chip have one text, whatever the sizes."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from dovetail.compile.gpu.exchange import ExchangeWriter
from dovetail.compile.gpu.kernel_writer import Parameter, module_text
from dovetail.compile.gpu.partials import FINISHING, FinishPrinter
from dovetail.compile.gpu.printer import NestPrinter
from dovetail.compile.gpu.schedule import MOST_PARAMETERS, Schedule
from dovetail.compile.gpu.target import Target, ptx_of
from dovetail.compile.loops import Nest
from dovetail.errors import UnsupportedError


@dataclass(frozen=True)
class Entry:
    """A kernel of a module: its name, its parameters in order, and the threads of a block.

    `finishes`: the reduction whose partial results it combines.
    """

    name: str
    parameters: tuple[Parameter, ...]
    threads: int
    finishes: int | None = None


@dataclass(frozen=True, eq=False)
class Module:
    """The PTX of a nest."""

    nest: str
    schedule: Schedule
    target: Target
    ptx: str
    entries: tuple[Entry, ...]


def print_module(nest: Nest, schedule: Schedule) -> tuple[str, tuple[Entry, ...]]:
    """The LLVM module of a nest, and its kernels."""
    digest = hashlib.sha256(f"{nest.text()}\n{schedule.text()}".encode()).hexdigest()
    name = f"dovetail_{digest[:16]}"
    printer = NestPrinter(nest, schedule)
    writers: list[ExchangeWriter] = [printer]
    kernels = [printer.kernel(name)]
    entries = [Entry(name, tuple(printer.parameters.values()), schedule.threads)]
    for number in range(len(nest.partials)):
        finish = FinishPrinter(nest, number)
        kernels.append(finish.kernel(f"{name}_finish{number}"))
        writers.append(finish)
        given = tuple(finish.parameters.values())
        entries.append(Entry(f"{name}_finish{number}", given, FINISHING, number))
    if len(printer.parameters) > MOST_PARAMETERS:
        raise UnsupportedError(
            f"a kernel with {len(printer.parameters)} buffers, sizes and strides has no GPU kernel",
            f"at most {MOST_PARAMETERS}, which a launch can pass",
            "compute it by the framework's own operations (the composite), or in several parts",
        )
    shared = [line for writer in writers for line in writer.shared_variables()]
    if any("@dynamic" in kernel for kernel in kernels):
        shared.append("@dynamic = external addrspace(3) global [0 x i8], align 16")
    notes = "\n".join([*shared, *printer.metadata])
    return module_text(writers, kernels, notes), tuple(entries)


Printed = tuple[str, tuple[Entry, ...]]


@functools.lru_cache(maxsize=4096)
def _module(
    text: str, schedule: Schedule, target: Target, printed: Callable[[], Printed]
) -> Module:
    ir, entries = printed()
    return Module(text, schedule, target, ptx_of(ir, target), entries)


class _Printed:
    """Prints a nest on demand; equal to any other, so that the text alone is the key."""

    def __init__(self, nest: Nest, schedule: Schedule) -> None:
        self.nest, self.schedule = nest, schedule

    def __call__(self) -> Printed:
        return print_module(self.nest, self.schedule)

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Printed)


def module_of(nest: Nest, schedule: Schedule, target: Target) -> Module:
    """The PTX of a nest; nests with the same text share it."""
    return _module(nest.text(), schedule, target, _Printed(nest, schedule))
