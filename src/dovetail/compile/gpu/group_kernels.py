"""Kernels that update many tensors in one launch: a block for each chunk of a tensor.

`update_kernel` is an update of flat memory (flat_plan.py). A block reads which piece of which
tensor is its own, the addresses of that tensor's arrays, and the step; it divides by the loss
scale, does nothing where the flag says that a gradient overflowed, and counts the step. Each chunk
has a count of its own, so that no block reads what another one writes.

For clipping by the norm, `square_kernel` leaves the sum of squares of each chunk, and
`factor_kernel` makes of these, in a fixed order, what gradients are multiplied by. `write_kernel`
writes words into a table: they are its arguments, so nothing is copied from the CPU's memory.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from dovetail.compile.flat_plan import FlatPlan
from dovetail.compile.gpu.exchange import ExchangeWriter, Total
from dovetail.compile.gpu.kernel_writer import GLOBAL, KernelWriter, Parameter
from dovetail.compile.gpu.kernels import printed
from dovetail.compile.gpu.printer import NestPrinter
from dovetail.compile.gpu.schedule import ACCESS_BYTES, schedule_of, shape_of
from dovetail.compile.gpu.target import Target, ptx_of
from dovetail.compile.loops import Nest
from dovetail.compile.scalar.operations import literal, memory_type, widen
from dovetail.graph.dtypes import DType, float32, float64

PARAM, GRADIENT = 0, 1  # roles
STEP, NORM_FACTOR, INVERSE_SCALE = 0, 1, 2  # the scalars that every update begins with
CHUNK_WORDS = 3  # of a chunk: its tensor, its first element, its length
WRITTEN = 128  # words that one launch writes
_SQUARES_THREADS, _FACTOR_THREADS = 256, 512


@dataclass(frozen=True, eq=False)
class GroupKernel:
    """A kernel, the names of its parameters in order, and the threads of a block."""

    name: str
    parameters: tuple[str, ...]
    threads: int
    ptx: str


class _ChunkWriter(ExchangeWriter):
    """Reads the tables: which chunk this block has, and what belongs to it."""

    def kernel(self, name: str) -> str:
        """The text of the kernel."""
        raise NotImplementedError

    def table(self, name: str) -> str:
        """The address of a table of this launch, or 0."""
        return self._given(f"%{name}", Parameter("buffer", name=name))

    def float_of(self, name: str) -> str:
        """A number of this launch, as float64."""
        return self._given(f"%{name}", Parameter("scalar", name=name))

    def count_of(self, name: str) -> str:
        """A count of this launch."""
        return self._given(f"%{name}", Parameter("launch", name=name))

    def at(self, table: str, index: str, kind: str = "i64") -> str:
        """The place of an element of a table."""
        return self.integer(f"getelementptr {kind}, {GLOBAL} {table}, i64 {index}")

    def read_at(self, table: str, index: str, kind: str = "i64") -> str:
        note = ", align 8" if kind == "i64" else ""
        return self.integer(f"load {kind}, {GLOBAL} {self.at(table, index, kind)}{note}")

    def open_chunk(self) -> None:
        """The chunk of this block: `item`, `offset` and `length`."""
        self.chunk = KernelWriter.special(self, "ctaid.x")
        first = self.integer(f"mul i64 {self.chunk}, {CHUNK_WORDS}")
        found = [
            self.read_at(self.table("chunks"), self.integer(f"add i64 {first}, {word}"))
            for word in range(CHUNK_WORDS)
        ]
        self.item, self.offset, self.length = found

    def leave_if_overflowed(self) -> None:
        """The kernel ends here where the flag of an overflow is set."""
        flag, slot = self.table("found_inf"), self.alloca("float")
        self.store("float", literal(0.0, float32), slot)
        given = self.when(self.integer(f"icmp ne {GLOBAL} {flag}, null"))
        self.store("float", self.read_at(flag, "0", "float"), slot)
        self.otherwise(given)
        value = self.load("float", slot)
        # NaN is an overflow, too.
        fine = self.integer(f"fcmp oeq float {value}, {literal(0.0, float32)}")
        leave, work = self.label("leave"), self.label("work")
        self.line(f"br i1 {fine}, label %{work}, label %{leave}")
        self.begin(leave)
        self.line("ret void")
        self.begin(work)

    def inverse_scale(self) -> str:
        """As GradScaler.unscale_: the reciprocal of the loss scale, rounded to float32."""
        scale, slot = self.table("grad_scale"), self.alloca("double")
        self.store("double", literal(1.0, float64), slot)
        given = self.when(self.integer(f"icmp ne {GLOBAL} {scale}, null"))
        wide = self.integer(f"fpext float {self.read_at(scale, '0', 'float')} to double")
        exact = self.integer(f"fdiv double {literal(1.0, float64)}, {wide}")
        narrow = self.integer(f"fptrunc double {exact} to float")
        self.store("double", self.integer(f"fpext float {narrow} to double"), slot)
        self.otherwise(given)
        return self.load("double", slot)

    def address_of(self, role: int, itemsize: int) -> str:
        """The first element of this chunk, of an array of its tensor."""
        if role == GRADIENT:
            word = self.read_at(self.table("gradients"), self.item)
        else:
            row = self.integer(f"mul i64 {self.item}, {self.count_of('stride')}")
            word = self.read_at(self.table("bases"), self.integer(f"add i64 {row}, {role}"))
        moved = self.integer(f"mul i64 {self.offset}, {itemsize}")
        address = self.integer(f"add i64 {word}, {moved}")
        return self.integer(f"inttoptr i64 {address} to {GLOBAL}")


class _UpdatePrinter(NestPrinter, _ChunkWriter):
    """The nest of an update, of which a block has one chunk."""

    def __init__(self, plan: FlatPlan, target: Target, wide: bool) -> None:
        kernel, nest = plan.kernel, plan.kernel.nest
        sizes = [buffer.dtype.itemsize for buffer in kernel.buffers]
        aligned = [ACCESS_BYTES if wide else size for size in sizes]
        schedule = schedule_of(nest, kernel.words, aligned, target)
        super().__init__(nest, schedule)
        self.plan, self.sizes = plan, sizes
        self.numbers = shape_of(nest, schedule, kernel.words).numbers
        self.numbers["lanes_log2"] = schedule.threads.bit_length() - 1  # a block has a whole row

    def word(self, position: int) -> str:
        if position in self.plan.lengths:
            return self.length
        return str(self.plan.kernel.words[position])

    def launched(self, name: str) -> str:
        return str(self.numbers[name])

    def special(self, name: str) -> str:
        if name.startswith("ctaid"):
            return "0"
        return "1" if name.startswith("nctaid") else super().special(name)

    def buffer(self, number: int) -> str:
        return self.starts[number]

    def scalar(self, number: int) -> str:
        node = self.plan.kernel.scalars[number]
        if node.op != "input":
            return literal(node.attr("value"), float64)
        place = self.plan.floats.index(node)
        return self.first[place] if place in self.first else self.float_of(f"float{place}")

    def kernel(self, name: str) -> str:
        self.open_chunk()
        self.leave_if_overflowed()
        counter = self.at(self.table("steps"), self.chunk, "float")
        old = self.integer(f"load float, {GLOBAL} {counter}")
        self.step = self.integer(f"fadd float {old}, {literal(1.0, float32)}")
        self.barrier()  # every thread has read the count
        factor, slot = self.table("factor"), self.alloca("double")
        self.store("double", literal(1.0, float64), slot)
        given = self.when(self.integer(f"icmp ne {GLOBAL} {factor}, null"))
        self.store("double", self.read_at(factor, "0", "double"), slot)
        self.otherwise(given)
        self.first = {
            STEP: self.integer(f"fpext float {self.step} to double"),
            NORM_FACTOR: self.load("double", slot),
            INVERSE_SCALE: self.inverse_scale(),
        }
        self.starts = [
            self.address_of(role, size)
            for role, size in zip(self.plan.roles, self.sizes, strict=True)
        ]
        self.counter = counter
        return super().kernel(name)

    def define_kernel(self, name: str) -> str:
        """At the end, one thread counts the step: of the chunk, and of the tensor by its first."""
        first = self.when(self.integer(f"icmp eq i64 {self.thread}, 0"))
        self.line(f"store float {self.step}, {GLOBAL} {self.counter}")
        whole = self.when(self.integer(f"icmp eq i64 {self.offset}, 0"))
        row = self.integer(f"add i64 {self.item}, 1")
        last = self.integer(f"mul i64 {row}, {self.count_of('stride')}")
        word = self.read_at(self.table("bases"), self.integer(f"sub i64 {last}, 1"))
        counted = self.integer(f"inttoptr i64 {word} to {GLOBAL}")
        self.line(f"store float {self.step}, {GLOBAL} {counted}")
        self.otherwise(whole)
        self.otherwise(first)
        return super().define_kernel(name)


class _SquarePrinter(_ChunkWriter):
    """The sum of squares of a chunk of a gradient, in float64."""

    def __init__(self, nest: Nest, dtype: DType) -> None:
        super().__init__(nest, _SQUARES_THREADS)
        self.dtype = dtype

    def kernel(self, name: str) -> str:
        self.open_exchange()
        self.open_chunk()
        inverse, bound = self.inverse_scale(), self.float_of("bound")
        below = self.integer(f"fneg double {bound}")
        start, kind = self.address_of(GRADIENT, self.dtype.itemsize), memory_type(self.dtype)
        total = self.alloca("double")
        self.store("double", literal(0.0, float64), total)
        loop = self.count_loop(self.thread, self.length, str(self.threads))
        value = widen(self.code, self.dtype, self.read_at(start, loop[0], kind))
        if self.dtype is not float64:
            value = self.integer(f"fpext float {value} to double")
        value = self.integer(f"fmul double {value}, {inverse}")
        value = self._chosen("olt", value, below)
        value = self._chosen("ogt", value, bound)
        square = self.integer(f"fmul double {value}, {value}")
        added = self.integer(f"fadd double {self.load('double', total)}, {square}")
        self.store("double", added, total)
        self.close_loop(loop)
        (found,) = self.block_totals([Total("sum", float64, self.load("double", total), 0)])
        first = self.when(self.integer(f"icmp eq i64 {self.thread}, 0"))
        self.line(f"store double {found}, {GLOBAL} "
                  f"{self.at(self.table('partials'), self.chunk, 'double')}")  # fmt: skip
        self.otherwise(first)
        return self.define_kernel(name)

    def _chosen(self, condition: str, value: str, limit: str) -> str:
        beyond = self.integer(f"fcmp {condition} double {value}, {limit}")
        return self.integer(f"select i1 {beyond}, double {limit}, double {value}")


class _FactorPrinter(_ChunkWriter):
    """What gradients are multiplied by so that their norm is at most the limit."""

    def __init__(self, nest: Nest) -> None:
        super().__init__(nest, _FACTOR_THREADS)

    def kernel(self, name: str) -> str:
        self.open_exchange()
        total = self.alloca("double")
        self.store("double", literal(0.0, float64), total)
        loop = self.count_loop(self.thread, self.count_of("count"), str(self.threads))
        part = self.read_at(self.table("partials"), loop[0], "double")
        added = self.integer(f"fadd double {self.load('double', total)}, {part}")
        self.store("double", added, total)
        self.close_loop(loop)
        (found,) = self.block_totals([Total("sum", float64, self.load("double", total), 0)])
        self.code.declared.add("declare double @llvm.sqrt.f64(double)")
        norm, limit = self.integer(f"call double @llvm.sqrt.f64(double {found})"), "limit"
        within = self.integer(f"fcmp ole double {norm}, {self.float_of(limit)}")  # NaN is larger
        divisor = f"select i1 {within}, double {self.float_of(limit)}, double {norm}"
        factor = self.integer(f"fdiv double {self.float_of(limit)}, {self.integer(divisor)}")
        first = self.when(self.integer(f"icmp eq i64 {self.thread}, 0"))
        self.line(f"store double {factor}, {GLOBAL} {self.table('factor')}")
        self.otherwise(first)
        return self.define_kernel(name)


class _WritePrinter(_ChunkWriter):
    """Words that are arguments, into a table."""

    def __init__(self, nest: Nest) -> None:
        super().__init__(nest, threads=32)

    def kernel(self, name: str) -> str:
        table = self.table("table")
        for number in range(WRITTEN):  # all threads of a warp store the same
            word = self.count_of(f"word{number}")
            self.line(f"store i64 {word}, {GLOBAL} {self.at(table, str(number))}, align 8")
        return self.define_kernel(name)


_NOTHING = Nest(0, 0, 0, 0)  # of a kernel that is written without one


def _made(writer: _ChunkWriter, target: Target) -> GroupKernel:
    made = printed(writer, writer.kernel)
    names = tuple(parameter.name for parameter in made.parameters)
    return GroupKernel(made.name, names, writer.threads, ptx_of(made.ir, target))


@functools.lru_cache(maxsize=512)
def update_kernel(plan: FlatPlan, target: Target, wide: bool) -> GroupKernel:
    """The kernel of an update. `wide`: all addresses are divisible by 16."""
    return _made(_UpdatePrinter(plan, target, wide), target)


def square_kernel(plan: FlatPlan, target: Target) -> GroupKernel:
    """The kernel that sums the squares of an update's gradient."""
    return _square_kernel(plan.inputs[GRADIENT].dtype, target)


@functools.lru_cache(maxsize=64)
def _square_kernel(dtype: DType, target: Target) -> GroupKernel:
    return _made(_SquarePrinter(_NOTHING, dtype), target)


@functools.lru_cache(maxsize=16)
def factor_kernel(target: Target) -> GroupKernel:
    """The kernel that makes the factor of clipping by the norm."""
    return _made(_FactorPrinter(_NOTHING), target)


@functools.lru_cache(maxsize=16)
def write_kernel(target: Target) -> GroupKernel:
    """The kernel that writes `WRITTEN` words."""
    return _made(_WritePrinter(_NOTHING), target)
