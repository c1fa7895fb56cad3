"""Steps of native programs that are not kernels: loops and library calls.

Each is a function with the signature of a kernel, and the words that it reads (runtime/loop.c). A
library call that BLAS does not do, such as a sort, calls Python.
"""

from __future__ import annotations

import ctypes
import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import blas, native, panel_products, runtime, tiled_steps
from dovetail.compile.cpu.blas_library import gemm_address
from dovetail.compile.cpu.library import call_library
from dovetail.compile.cpu.memory import array_at
from dovetail.compile.panels import panel_matmul
from dovetail.compile.program import LoweredLoop, Program, operand_layout, touched
from dovetail.compile.side_by_side import SHORT_STEP, bytes_of_a_step
from dovetail.compile.steps import LibraryCall, Operand
from dovetail.compile.tiled_convolution import TILED
from dovetail.graph.node import Node
from dovetail.graph.primitives.structure import matmul

Strides = dict[Node, tuple[int, ...]]
Result = TypeVar("Result")


@functools.cache
def _loops() -> native.NativeModule:
    blas.one_thread()  # which loops call
    return runtime.load("loop")


class NativeLoop:
    """A loop: the addresses of its function and of its words.

    `program`: that of its body, or of a part of it, and `last`: that of the last part.
    `independent`: its steps are tasks.
    """

    def __init__(self, step: LoweredLoop, program: int, last: int, independent: bool) -> None:
        call, body = step.call, step.call.body
        ys, parts = call.buffers[body.carries :], step.parts
        self.step = step  # with the body, whose tables the words point to
        self._arrays = [
            np.array(values, np.int64)
            for values in (
                step.offsets,
                step.steps,
                [math.prod(y.shape[1:]) * y.dtype.itemsize for y in ys],
                [carry.nbytes for carry in call.buffers[: body.carries]],
                step.alike,
                () if parts is None else parts.strides,
            )
        ]
        names = ("offsets", "x_steps", "y_steps", "bytes", "alike", "part_strides")
        tables = {name: array.ctypes.data for name, array in zip(names, self._arrays, strict=True)}
        words = runtime.words(
            "Loop",
            length=call.length,
            reverse=call.reverse,
            program=program,
            parts=1 if parts is None else parts.count,
            last=last,
            carries=body.carries,
            constants=body.constants,
            xs=len(body.inputs) - body.first_x,
            ys=len(ys),
            threads=blas.threads_address() if multiplies(step.program) else 0,
            serial=calls_python(step.program) if parts else _has_short_steps(step.program),
            independent=independent,
            **tables,
        )
        self._words = np.array(words, np.int64)
        self.address = self._words.ctypes.data
        self.kernel = _loops().address("dovetail_run_loop")


class NativeLoops:
    """Loops that run at the same time: the addresses of their function and of their words."""

    def __init__(self, loops: Sequence[NativeLoop]) -> None:
        self._loops = loops
        counts = [len(touched(loop.step)) + 1 for loop in loops]  # and the status word
        self._arrays = [
            np.array([loop.address for loop in loops], np.int64),
            np.array([sum(counts[:number]) for number in range(len(loops))], np.int64),
        ]
        addresses, firsts = (array.ctypes.data for array in self._arrays)
        words = runtime.words("LoopGroup", count=len(loops), loops=addresses, firsts=firsts)
        self._words = np.array(words, np.int64)
        self.address = self._words.ctypes.data
        self.kernel = _loops().address("dovetail_run_loops")


# With fewer steps than this, the threads go to loops inside of the steps, if these have more.
FEW_STEPS = 8


def runs_in_parallel(step: LoweredLoop) -> bool:
    """Whether the steps of a loop are tasks for several threads. It depends on sizes alone."""
    length, program = step.call.length, step.program
    if step.call.body.carries or length < 2 or calls_python(program):
        return False
    if bytes_of_a_step(program) * length < SHORT_STEP:
        return False
    inside = [each for each in program.steps if isinstance(each, LoweredLoop)]
    return length >= FEW_STEPS or not any(
        each.call.length > length and runs_in_parallel(each) for each in inside
    )


def _has_short_steps(program: Program) -> bool:
    """Whether a step is too short to be shared by threads."""
    return bytes_of_a_step(program) < SHORT_STEP


def calls_python(program: Program) -> bool:
    """Whether a library call, also of a loop inside, is a call of Python."""
    return any(
        calls_python(step.program)
        if isinstance(step, LoweredLoop)
        else isinstance(step, LibraryCall) and not is_native(step, program)
        for step in program.steps
    )


def is_native(step: LibraryCall, program: Program) -> bool:
    """Whether compiled code makes a library call, on its operands as they lie."""
    if step.node.primitive is panel_matmul or step.node.primitive in TILED:
        return True
    return step.node.primitive is matmul and _product(step, program.strides) is not None


def multiplies(program: Program) -> bool:
    """Whether a program, or a loop in it, multiplies matrices by BLAS."""
    return any(
        multiplies(step.program)
        if isinstance(step, LoweredLoop)
        else isinstance(step, LibraryCall) and step.node.primitive is matmul
        for step in program.steps
    )


# Multiply-adds below which OpenBLAS' kernels for AVX-512 do not pack their operands. There, blocks
# of this size are as fast as the whole or faster, also on one thread. With kernels for AVX2, one
# thread takes up to a third longer for them; two threads take 0.5 to 0.7 of the time of the whole.
UNPACKED = 1_000_000
SMALL = 8_000_000  # products up to this are cut into such blocks; in larger ones packing pays
SHORTEST_SIDE = 16  # of a block
# Each block of a larger product packs its operands, so there are a few blocks for threads to share,
# and more only where they are large and not narrow: 64 x 256 by 256 x 1024 takes 1.2 times as long
# in four blocks as whole and 2.5 times in 32; 128 x 3200 by 3200 x 512 1.05 times in blocks of
# 128 x 128 and 1.7 times in blocks of 32 x 128.
FEW_BLOCKS = 4
LEAST_BLOCK = 1 << 22  # multiply-adds of each of the few
BLOCK = 1 << 24  # and of each of more
# 6400 x 256 by 256 x 1024 takes 1.06 to 1.08 times as long in 16 blocks as whole, and 1.10 to 1.14
# times in 64; 6400 x 1024 by 1024 x 256 1.03 to 1.08 and 1.15 to 1.28 times.
SOME_BLOCKS = 16
LARGE_BLOCK = 1 << 28  # multiply-adds of each of more than these
NARROW = 64  # the least h w / (h + w) of each of more
MOST_BLOCKS = 64


def blocks_of(count: int, rows: int, columns: int, inner: int) -> tuple[int, int]:
    """The rows and columns of the blocks that threads compute of a product.

    2, 4 or a multiple of 8 blocks give threads equal shares. They depend on the sizes alone, so
    that a result has the same bits on any number of threads.
    """
    work = rows * columns * inner
    down = across = 1
    while count * down * across < MOST_BLOCKS:
        height, width = rows // down, columns // across
        if max(height, width) < 2 * SHORTEST_SIDE:
            break
        halves = (2, 1) if height > width else (1, 2)
        height, width = height // halves[0], width // halves[1]
        if work <= SMALL:
            least, narrow = UNPACKED, False
        elif count * down * across < FEW_BLOCKS:
            least, narrow = LEAST_BLOCK, False
        else:
            least = BLOCK if count * down * across < SOME_BLOCKS else LARGE_BLOCK
            narrow = height * width < NARROW * (height + width)
        if work <= least * down * across or narrow:
            break
        down, across = down * halves[0], across * halves[1]
    return _cut(rows, down), _cut(columns, across)


def _cut(extent: int, parts: int) -> int:
    """The length of each of so many parts but the last; whole vectors where that is possible."""
    length = -(-extent // parts)
    whole = -(-max(length, 1) // 16) * 16
    return min(whole, extent) if -(-extent // whole) == parts else length


class NativeCall:
    """A library call: the addresses of its function and of its words."""

    def __init__(self, kernel: int, words: Any, kept: Any = None) -> None:
        self.kernel, self._words, self._kept = kernel, words, kept
        self.address = words.ctypes.data if words is not None else 0


def native_call(
    step: LibraryCall, strides: Strides, *, one_thread: bool, keeps_threads: bool
) -> NativeCall:
    """A library call for compiled code: by tiles, by BLAS, or else by Python.

    `strides` are those of the program's inputs. `one_thread`: it runs inside of a task.
    `keeps_threads`: it keeps BLAS on one thread itself, because what runs the program does not.
    """
    words = None
    if step.node.primitive is panel_matmul:
        made = panel_products.PanelProduct(step, strides, one_thread=one_thread)
        return NativeCall(made.kernel, made.words, made)
    if step.node.primitive in TILED:
        tiled = tiled_steps.TiledStep(step)
        return NativeCall(tiled.kernel, tiled.words, tiled)
    if step.node.primitive is matmul:
        threads = blas.threads_address() if keeps_threads else 0
        words = _product(step, strides, one_thread, threads)
    if words is not None:
        return NativeCall(_loops().address("dovetail_multiply"), words)
    function = _KERNEL(_in_python(step, strides))
    return NativeCall(ctypes.cast(function, ctypes.c_void_p).value or 0, None, function)


def _product(step: LibraryCall, strides: Strides, whole: bool = False, threads: int = 0) -> Any:
    """The words of a product that BLAS does on its operands as they lie; else None.

    `whole`: it is not cut into blocks for threads. `threads`: those of BLAS, if it keeps them.
    """
    shape, dtype = step.buffer.shape, step.buffer.dtype  # the node's sizes may be those of others
    gemm = gemm_address(dtype.name)
    if gemm is None:
        return None
    found: dict[str, int] = {}
    for name, operand in zip(("first", "second"), step.operands, strict=True):
        matrix = _matrix(operand, strides)
        if matrix is None:
            return None
        found |= {f"{name}_{field}": value for field, value in matrix.items()}
    address, bits = gemm
    count, inner = math.prod(shape[:-2]), step.operands[0].extents[-1]
    block_rows, block_columns = shape[-2:]
    if not whole:
        block_rows, block_columns = blocks_of(count, block_rows, block_columns, inner)
    words = runtime.words(
        "Product",
        multiply=address,
        wide=bits == 64,
        is_double=dtype.itemsize == 8,
        count=count,
        rows=shape[-2],
        columns=shape[-1],
        inner=inner,
        block_rows=max(1, block_rows),
        block_columns=max(1, block_columns),
        threads=threads,
        **found,
    )
    return np.array(words, np.int64)


def _matrix(operand: Operand, given: Strides) -> dict[str, int] | None:
    """How BLAS reads the matrices of an operand, if it can; their number does not matter."""
    size = operand.buffer.dtype.itemsize
    offset, strides = operand_layout(operand, given)
    *lead, rows, columns = operand.extents
    *between, down, along = strides
    pairs = [(n, stride) for n, stride in zip(lead, between, strict=True) if n != 1]
    step = pairs[-1][1] if pairs else 0
    expected = step
    for extent, stride in reversed(pairs):  # as one dimension
        if stride != expected:
            return None
        expected *= extent
    for transposed, (unit, other, least, others) in enumerate(
        ((along, down, columns, rows), (down, along, rows, columns))
    ):
        far = least * size if others == 1 else other
        if (unit == size or least == 1) and far % size == 0 and far >= least * size:
            return {
                "offset": offset, "step": step, "transposed": transposed, "stride": far // size,
            }  # fmt: skip
    return None


_KERNEL = ctypes.CFUNCTYPE(
    None, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)


def _in_python(step: LibraryCall, strides: Strides) -> Callable[..., None]:
    """A library call on the addresses of its buffers."""
    operands = [
        (*operand_layout(operand, strides), operand.extents, operand.buffer.dtype.numpy)
        for operand in step.operands
    ]
    node, count = step.node, len(operands)
    target = row_major(step.buffer.shape, step.buffer.dtype.itemsize)

    def call(buffers: Any, words: Any, scalars: Any, parallel_for: Any) -> None:
        given = [
            array_at(buffers[n] + offset, shape, moved, dtype)
            for n, (offset, moved, shape, dtype) in enumerate(operands)
        ]
        out = array_at(buffers[count], step.buffer.shape, target, step.buffer.dtype.numpy)
        with np.errstate(all="ignore"):
            try:
                call_library(node, given, out)
            except BaseException as error:  # none can pass through compiled code
                _failures.first = _failures.first or error
                out[...] = math.nan if step.buffer.dtype.is_floating else 0

    return call


class _Failures(threading.local):
    """The first error of a library call in the native code that this thread runs."""

    first: BaseException | None = None


_failures = _Failures()


def raising_failures(run: Callable[..., Result], *args: Any) -> Result:
    """Run native code, then raise what a library call in it raised; its result was NaN there."""
    _failures.first = None  # a framework's operation leaves its own, whose result is NaN
    result = run(*args)
    error, _failures.first = _failures.first, None
    if error is not None:
        raise error
    return result


def failure_check() -> NativeCall:
    """A step on the status word, which is not 0 after it if a library call has failed."""
    function = _KERNEL(_set_status)
    return NativeCall(ctypes.cast(function, ctypes.c_void_p).value or 0, None, function)


def _set_status(buffers: Any, words: Any, scalars: Any, parallel_for: Any) -> None:
    if _failures.first is not None:
        ctypes.c_int64.from_address(buffers[0]).value |= _NOT_FINITE


_NOT_FINITE = runtime.constant("NOT_FINITE")
