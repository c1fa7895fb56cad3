"""The PTX of loop nests. A nest, its schedule and a chip have one text, whatever the sizes."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dovetail.compile.gpu.exchange import ExchangeWriter
from dovetail.compile.gpu.kernel_writer import Parameter, module_text
from dovetail.compile.gpu.partials import FINISHING, FinishPrinter
from dovetail.compile.gpu.printer import NestPrinter
from dovetail.compile.gpu.schedule import MOST_PARAMETERS, Schedule
from dovetail.compile.gpu.target import Target, ptx_of
from dovetail.compile.loops import Nest
from dovetail.compile.on_demand import OnDemand
from dovetail.errors import UnsupportedError


@dataclass(frozen=True, eq=False)
class Module:
    """The PTX of one kernel: its name, its parameters in order, and the threads of a block.

    `finishes`: the reduction of the nest whose partial results it combines.
    """

    name: str
    parameters: tuple[Parameter, ...]
    threads: int
    ptx: str
    target: Target
    schedule: Schedule
    nest: str
    ir: str
    finishes: int | None = None


def print_kernel(nest: Nest, schedule: Schedule, finishes: int | None = None) -> Printed:
    """The LLVM module of a nest, or of the kernel that combines its partial results."""
    if finishes is None:
        printer = NestPrinter(nest, schedule)
        return printed(printer, printer.kernel)
    finish = FinishPrinter(nest, finishes)
    return printed(finish, finish.kernel)


@dataclass(frozen=True)
class Printed:
    """The IR of a kernel, its name, and its parameters in order."""

    ir: str
    name: str
    parameters: tuple[Parameter, ...]


def printed(writer: ExchangeWriter, print_as: Callable[[str], str]) -> Printed:
    """The module of one kernel."""
    kernel = print_as(_NAME)
    parameters = tuple(writer.parameters.values())
    if len(parameters) > MOST_PARAMETERS:
        raise UnsupportedError(
            f"a kernel with {len(parameters)} buffers, sizes and strides has no GPU kernel",
            f"at most {MOST_PARAMETERS}, which a launch can pass",
            "compute it by the framework's own operations (the composite), or in several parts",
        )
    shared = writer.shared_variables()
    if "@dynamic" in kernel:
        shared.append("@dynamic = external addrspace(3) global [0 x i8], align 16")
    ir = module_text([writer], [kernel], "\n".join([*shared, *writer.metadata]))
    # The same code for other words of another nest has the same text.
    names = {given: f"%parameter{number}" for number, given in enumerate(writer.parameters)}
    ir = re.sub(r"%[\w.]+", lambda found: names.get(found[0], found[0]), ir)
    name = f"dovetail_{hashlib.sha256(ir.encode()).hexdigest()[:16]}"
    return Printed(ir.replace(_NAME, name), name, parameters)


_NAME = "DOVETAIL_KERNEL"


@functools.lru_cache(maxsize=4096)
def compiled(
    text: str, schedule: Schedule, target: Target, print_all: OnDemand[Sequence[Printed]]
) -> tuple[Module, ...]:
    """The modules of what is printed: a kernel, then those that finish its sums. The same text with
    the same schedule is printed once.
    """
    made: list[Module] = []
    for number, each in enumerate(print_all(), -1):
        finishes = None if number < 0 else number
        threads = schedule.threads if number < 0 else FINISHING
        ptx = ptx_of(each.ir, target)
        made.append(Module(each.name, each.parameters, threads, ptx, target, schedule, text,
                           each.ir, finishes))  # fmt: skip
    return tuple(made)


def modules_of(nest: Nest, schedule: Schedule, target: Target) -> tuple[Module, ...]:
    """The kernel of a nest, then those that finish its sums; equal nests share them."""

    def print_all() -> list[Printed]:
        finishes = [None, *range(len(nest.partials))]
        return [print_kernel(nest, schedule, each) for each in finishes]

    return compiled(nest.text(), schedule, target, OnDemand(print_all))
