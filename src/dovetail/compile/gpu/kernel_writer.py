"""What all writers of GPU kernels have in common: parameters, threads, shared memory, shuffles.

Every parameter is a word of 64 bits, so that the arguments of a launch are an array of words. Only
the words that the code reads are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dovetail.compile.gpu.target import TRIPLE
from dovetail.compile.loops import HEADER, MOST_INLINED, Nest
from dovetail.compile.scalar import vectormath
from dovetail.compile.scalar.operations import Code, register_type
from dovetail.compile.scalar.writer import Writer
from dovetail.graph.dtypes import DType

WARP = 32
GLOBAL = "ptr addrspace(1)"
SHARED = "ptr addrspace(3)"

ParameterKind = Literal["buffer", "other", "partials", "status", "word", "scalar", "launch"]

# A remainder by repeated subtraction of the divisor times powers of two: every step is exact.
# NVPTX's own `frem` multiplies by a rounded quotient.
_REMAINDER = """
define internal double @dt_float_remainder(double %x, double %y) alwaysinline nounwind {
entry:
  %a = call double @llvm.fabs.f64(double %x)
  %b = call double @llvm.fabs.f64(double %y)
  %finite = fcmp olt double %a, 0x7FF0000000000000
  %positive = fcmp ogt double %b, 0.0
  %defined = and i1 %finite, %positive
  br i1 %defined, label %order, label %undefined
undefined:
  %zero = fmul double %x, 0.0
  %undefined.value = fdiv double %zero, 0.0
  ret double %undefined.value
order:
  %smaller = fcmp olt double %a, %b
  br i1 %smaller, label %same, label %up
same:
  ret double %x
up:
  %t = phi double [%b, %order], [%doubled, %higher]
  %half = fmul double %a, 0.5
  %below = fcmp ole double %t, %half
  br i1 %below, label %higher, label %down
higher:
  %doubled = fmul double %t, 2.0
  br label %up
down:
  %d = phi double [%t, %up], [%halved, %lower]
  %r = phi double [%a, %up], [%left, %lower]
  %more = fcmp oge double %d, %b
  br i1 %more, label %lower, label %done
lower:
  %fits = fcmp oge double %r, %d
  %difference = fsub double %r, %d
  %left = select i1 %fits, double %difference, double %r
  %halved = fmul double %d, 0.5
  br label %down
done:
  %result = call double @llvm.copysign.f64(double %r, double %x)
  ret double %result
}
"""


@dataclass(frozen=True)
class Parameter:
    """What a kernel is given at one place: a buffer, a word of the nest, a number of the launch.

    "other": the second memory of a buffer (loops.py).
    """

    kind: ParameterKind
    number: int = 0
    name: str = ""


class GpuCode(Code):
    """Instructions for NVPTX."""

    def rounded_to_bfloat16(self, x: str) -> str:
        return self.add(f"bitcast bfloat {self.add(f'fptrunc float {x} to bfloat')} to i16")

    def float_remainder(self, dtype: DType, x: str, y: str) -> str:
        kind = register_type(dtype)
        self.helpers.add(_REMAINDER)
        for name in ("fabs.f64(double)", "copysign.f64(double, double)"):
            self.declared.add(f"declare double @llvm.{name}")
        operands = [x, y]
        if kind == "float":
            operands = [self.add(f"fpext float {each} to double") for each in operands]
        given = ", ".join(f"double {each}" for each in operands)
        result = self.add(f"call double @dt_float_remainder({given})")
        return self.add(f"fptrunc double {result} to float") if kind == "float" else result


class KernelWriter(Writer):
    """Writes one kernel of a nest."""

    pointer = GLOBAL

    def __init__(self, nest: Nest, threads: int) -> None:
        super().__init__(nest)
        self.threads = threads
        self.cluster = 1  # blocks that share a row
        self.code = GpuCode("t")
        self.functions_called = False
        if nest.transcendental > MOST_INLINED:
            self.call_functions()
        self.parameters: dict[str, Parameter] = {}

    def call_functions(self) -> None:
        """Call elementary functions, of which there are many, instead of inlining them."""
        self.functions_called = True
        self.code.call = _call

    # Parameters.

    def _given(self, name: str, parameter: Parameter) -> str:
        self.parameters[name] = parameter
        return name

    def word(self, position: int) -> str:
        return self._given(f"%w{position}", Parameter("word", position))

    def buffer(self, number: int) -> str:
        return self._given(f"%b{number}", Parameter("buffer", number))

    def scalar(self, number: int) -> str:
        return self._given(f"%s{number}", Parameter("scalar", number))

    def partials(self) -> str:
        """The address of the memory for partial results."""
        return self._given("%partials", Parameter("partials"))

    def status(self) -> str:
        """The address of the word that says whether an index was out of bounds."""
        return self._given("%status", Parameter("status"))

    def launched(self, name: str) -> str:
        """A number that the schedule computes for each launch."""
        return self._given(f"%{name}", Parameter("launch", name=name))

    def count(self, name: str) -> str:
        """A count of the nest: its rows, its columns."""
        return self.word(HEADER.index(name))

    # Threads.

    def special(self, name: str) -> str:
        """A special register, as 64 bits."""
        function = f"llvm.nvvm.read.ptx.sreg.{name}"
        self.code.declared.add(f"declare i32 @{function}()")
        return self.integer(f"zext i32 {self.integer(f'call i32 @{function}()')} to i64")

    def barrier(self) -> None:
        """Every thread of the block waits for the others."""
        self.code.declared.add("declare void @llvm.nvvm.barrier0()")
        self.line("call void @llvm.nvvm.barrier0()")

    def cluster_barrier(self) -> None:
        """Every thread of the cluster waits for the others, and sees what they have stored."""
        for part in ("arrive", "wait"):
            name = f"@llvm.nvvm.barrier.cluster.{part}.aligned"
            self.code.declared.add(f"declare void {name}()")
            self.line(f"call void {name}()")

    def of_block(self, rank: str, place: str) -> str:
        """The address that a place of shared memory has in another block of the cluster.

        It is generic: LLVM 20 takes one in the space of shared memory for the own block's.
        """
        self.code.declared.add("declare ptr @llvm.nvvm.mapa(ptr, i32)")
        own = self.integer(f"addrspacecast {SHARED} {place} to ptr")
        number = self.integer(f"trunc i64 {rank} to i32")
        return f"ptr {self.integer(f'call ptr @llvm.nvvm.mapa(ptr {own}, i32 {number})')}"

    def open_checks(self) -> None:
        """Before the first index is checked."""
        self.allocas.append("  %bad = alloca i64")
        self.store("i64", "0", "%bad")

    def close_checks(self) -> None:
        """Say whether an index was out of bounds."""
        bad = self.integer(f"icmp ne i64 {self.load('i64', '%bad')}, 0")
        after = self.when(bad)
        self.line(f"store atomic i64 1, {self.pointer} {self.status()} monotonic, align 8")
        self.otherwise(after)

    def when(self, condition: str) -> str:
        """Begins code for the threads with this condition; end it with `otherwise`."""
        then, after = self.label("then"), self.label("after")
        self.line(f"br i1 {condition}, label %{then}, label %{after}")
        self.begin(then)
        return after

    def otherwise(self, after: str) -> None:
        """Ends what `when` has begun."""
        self.line(f"br label %{after}")
        self.begin(after)

    def exchanged(self, value: str, kind: str, offset: str, mask: str) -> str:
        """The value of the lane whose number differs by the bits of `offset`."""
        name = "@llvm.nvvm.shfl.sync.bfly.i32"
        self.code.declared.add(f"declare i32 {name}(i32, i32, i32, i32)")

        def moved(word: str) -> str:
            return self.integer(f"call i32 {name}(i32 {mask}, i32 {word}, i32 {offset}, i32 31)")

        whole = {"float": "i32", "double": "i64"}.get(kind, kind)
        word = value if whole == kind else self.integer(f"bitcast {kind} {value} to {whole}")
        if whole == "i64":
            low = moved(self.integer(f"trunc i64 {word} to i32"))
            upper = self.integer(f"lshr i64 {word}, 32")
            high = moved(self.integer(f"trunc i64 {upper} to i32"))
            upper = self.integer(f"shl i64 {self.integer(f'zext i32 {high} to i64')}, 32")
            found = self.integer(f"or i64 {upper}, {self.integer(f'zext i32 {low} to i64')}")
        elif whole == "i32":
            found = moved(word)
        else:
            found = moved(self.integer(f"zext {whole} {word} to i32"))
            found = self.integer(f"trunc i32 {found} to {whole}")
        return found if whole == kind else self.integer(f"bitcast {whole} {found} to {kind}")

    # The text.

    def define_kernel(self, name: str) -> str:
        """The text of the kernel, whose body has been written."""
        kinds = dict.fromkeys(("buffer", "other", "partials", "status"), GLOBAL) | {
            "scalar": "double"
        }
        given = ", ".join(
            f"{kinds.get(parameter.kind, 'i64')} {name}"
            for name, parameter in self.parameters.items()
        )
        body = "\n".join(["entry:", *self.allocas, *self.code.lines, "  ret void"])
        # One block of a multiprocessor suffices: for more, ptxas would rather spill registers.
        facts = {"maxntidx": self.threads, "minctasm": 1}
        if self.cluster > 1:
            facts |= {"cluster_dim_x": self.cluster, "cluster_dim_y": 1, "cluster_dim_z": 1}
        # Every LLVM reads these from metadata; LLVM 20 knows no attributes of functions for them.
        told = ", ".join(f'!"{fact}", i32 {number}' for fact, number in facts.items())
        note = self.new_metadata(f"!{{ptr @{name}, {told}}}")
        self.metadata.append(f"!nvvm.annotations = !{{{note}}}")
        return f"define ptx_kernel void @{name}({given}) nounwind {{\n{body}\n}}\n"


def _call(name: str, dtype: str, operands: str) -> str:
    kind = register_type_of(dtype)
    return f"call {kind} @{vectormath.symbol(name, dtype)}({operands})"


def register_type_of(dtype: str) -> str:
    """The LLVM type of a floating type of this name."""
    return vectormath.FORMATS[dtype].type


def module_text(writers: Sequence[KernelWriter], kernels: Sequence[str], shared: str) -> str:
    """A module of kernels, with the functions that they call."""
    functions: set[tuple[str, str]] = set()
    declared: set[str] = set()
    helpers: set[str] = set()
    for writer in writers:
        functions |= writer.code.functions
        declared |= writer.code.declared
        helpers |= writer.code.helpers
    text, needed = vectormath.library(functions)
    if any(writer.functions_called for writer in writers):
        text = text.replace(" alwaysinline ", " noinline ")
    parts = [f'target triple = "{TRIPLE}"', *sorted(declared | needed), shared, text,
             *sorted(helpers), *kernels]  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"
