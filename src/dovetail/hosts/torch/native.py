"""Operators defined and implemented through PyTorch's stable C ABI.

`NativeOperator` is one operator's compiled kernel (runtime/torch_operator.c) and the programs that
it has been given so far. Definitions, kernels and programs live as long as the process: PyTorch
and compiled graphs hold their addresses.
"""

from __future__ import annotations

import ctypes
import functools
import math
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dovetail.compile.cpu import native, runner, runtime, threads
from dovetail.compile.cpu.memory import POOLED, rounded
from dovetail.compile.cpu.plans import Plans
from dovetail.compile.gpu.bounds import without_errors
from dovetail.compile.loops import CPU, Processor
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import Program
from dovetail.errors import DovetailError, HostError
from dovetail.hosts.torch.dtypes import ours
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.layout import in_order, output_order, strides_in
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Operation
from dovetail.options import options

NAMESPACE = b"dovetail"
_HANDLERS = runtime.constant("HANDLERS")
# The one symbol that is a C++ function's: it raises the error that a caller sees.
_RAISE = "_ZN3c106detail14torchCheckFailEPKcS2_jS2_"
_FORKED_WITHOUT_EXEC = 0x40  # PF_FORKNOEXEC, among Linux's flags of a process


@functools.cache
def _libtorch() -> Any:
    folder = Path(torch.__file__).parent / "lib"
    names = ("libtorch_cpu.so", "libtorch_cpu.dylib", "torch_cpu.dll")
    found = next((folder / name for name in names if (folder / name).exists()), None)
    return ctypes.CDLL(str(found)) if found else ctypes.CDLL(None)


@functools.cache
def _abi() -> int:
    function = _libtorch().aoti_torch_abi_version
    function.restype = ctypes.c_uint64
    return function()


@functools.cache
def _codes() -> dict[int, Any]:
    """PyTorch's numbers of its data types."""
    library = _libtorch()
    dtypes = {value for value in vars(torch).values() if isinstance(value, torch.dtype)}
    names = {theirs: str(theirs).removeprefix("torch.") for theirs in dtypes}
    return {
        getattr(library, f"aoti_torch_dtype_{name}")(): theirs
        for theirs, name in names.items()
        if hasattr(library, f"aoti_torch_dtype_{name}")
    }


@functools.cache
def _numbers() -> dict[Any, int]:
    return {theirs: code for code, theirs in _codes().items()}


def _define_symbols(source: str) -> None:
    """Make what a source of the runtime calls of PyTorch known to it."""
    library = _libtorch()
    for name in runtime.declared(source):
        if name.startswith(("aoti_torch_", "torch_")):
            address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
            native.define_symbol(name, address)


@functools.cache
def _define_operator_symbols() -> None:
    _define_symbols("torch_operator")
    raising = getattr(_libtorch(), _RAISE)
    native.define_symbol("torchCheckFail", ctypes.cast(raising, ctypes.c_void_p).value or 0)
    runner.define_symbols()
    native.define_symbol("dovetail_torch_for", parallel_for_address())


@functools.cache
def parallel_for_address() -> int:
    """The address of the `parallel_for` that operators and optimizers run on."""
    if not threads.is_parallel():
        return threads.serial_for_address()
    threads.define_pool()
    _define_symbols("torch_threads")
    module = runtime.load("torch_threads")
    ctypes.c_int32.from_address(module.address("limit")).value = options().num_threads
    forked = ctypes.c_int32.from_address(module.address("forked"))
    forked.value = _is_forked_child()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: setattr(forked, "value", 1))
    return module.address("parallel_for")


def _is_forked_child() -> bool:
    """Whether this process was forked and has loaded no program since.

    OpenMP may have run in its parent before Dovetail did, or before it was imported.
    """
    try:
        stat = Path("/proc/self/stat").read_bytes()
    except OSError:  # not Linux
        return False
    flags = stat.rpartition(b")")[2].split()[6]
    return bool(int(flags) & _FORKED_WITHOUT_EXEC)


class _Kernels:
    """Compiled kernels, handed out one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given = 0
        self._module: native.NativeModule | None = None

    def take(self, record: int) -> int:
        """The address of a kernel that works for the operator record at this address."""
        with self._lock:
            slot = self._given % _HANDLERS
            if self._module is None or slot == 0:
                _define_operator_symbols()
                library = _libtorch()
                self._module = runtime.load("torch_operator", copy=self._given // _HANDLERS)
                self._set("device_cpu", library.aoti_torch_device_type_cpu())
                self._set("layout_strided", library.aoti_torch_layout_strided())
            self._given += 1
            operators = self._module.address("operators")
            ctypes.c_void_p.from_address(operators + 8 * slot).value = record
            return self._module.address(f"kernel_{slot}")

    def _set(self, variable: str, value: int) -> None:
        assert self._module is not None
        ctypes.c_int32.from_address(self._module.address(variable)).value = value


_kernels = _Kernels()
_operators: list[NativeOperator] = []
_RESOLVE = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64,
    ctypes.POINTER(ctypes.c_void_p),
)  # fmt: skip


@_RESOLVE
@dynamo_skip
def _resolve(number: int, digest: int, key: int, length: int, message: Any) -> int | None:
    """Called by a kernel that has no program for these tensors yet."""
    operator = _operators[number]
    words = np.ctypeslib.as_array(ctypes.cast(key, ctypes.POINTER(ctypes.c_int64)), (length,))
    try:
        return operator.add(digest, words.copy())
    except Exception as error:  # handed to the caller, across PyTorch's frames
        text = ctypes.create_string_buffer(f"{type(error).__name__}: {error}".encode())
        raised.error, raised.text = error, text
        message[0] = ctypes.addressof(text)
        return None


class _Raised(threading.local):
    """The error behind the RuntimeError that PyTorch is about to raise in this thread."""

    error: Exception | None = None
    text: Any = None


raised = _Raised()


def original(error: Exception) -> DovetailError | None:
    """The Python exception that the kernel reported, if there is one."""
    found, raised.error = raised.error, None
    if isinstance(found, DovetailError) and str(found) in str(error):
        return found
    return None


class NativeOperator:
    """The compiled kernel of an operation; `address` is that of its function.

    `lists`: its arguments are a list of arrays and one of floats, its result one of arrays.
    """

    def __init__(self, operation: Operation, outputs: int, lists: bool) -> None:
        self._operation = operation
        self._plans = Plans()
        with _kernels_lock:
            number = len(_operators)
            _operators.append(self)
        resolve = ctypes.cast(_resolve, ctypes.c_void_p).value or 0
        words = runtime.words(
            "TorchOperator",
            tensors=operation.arrays,
            scalars=operation.scalars,
            outputs=outputs,
            lists=int(lists),
            table=0,
            resolve=resolve,
            number=number,
        )
        self._record = np.array(words, np.int64)
        self._plans.publish(self._record, runtime.fields("TorchOperator").index("table"))
        self.address = _kernels.take(self._record.ctypes.data)

    def add(self, digest: int, key: Any) -> int:
        """Make the program for tensors laid out as the key says."""
        plans = self._plans
        with plans.lock:
            plans.forget()
            strides, specs = _read(key)
            program, order, outputs = planned(self._operation, strides, specs)
            table = runner.NativeProgram(program)
            plans.keep(table)
            rows: list[int] = []
            for shape, dtype in outputs:
                size = dtype.itemsize * math.prod(shape)
                rows += runtime.words(
                    "TorchOutput",
                    rank=len(shape),
                    sizes=plans.words(shape),
                    strides=plans.words(strides_in(shape, order)),
                    dtype=_numbers()[getattr(torch, dtype.name)],
                    block=rounded(size) if size >= POOLED else 0,
                )
            return plans.add(
                "TorchPlan", digest, key, program=table.address, outputs=plans.words(rows)
            )


_kernels_lock = threading.Lock()


def _read(key: Any) -> tuple[list[tuple[int, ...]], tuple[ArraySpec, ...]]:
    """Strides and specs of the tensors that a key describes."""
    strides: list[tuple[int, ...]] = []
    specs: list[ArraySpec] = []
    at = 0
    words: list[int] = key.tolist()
    while at < len(words):
        rank, code = words[at] & 255, words[at] >> 8
        shape = tuple(words[at + 1 : at + 1 + rank])
        strides.append(tuple(words[at + 1 + rank : at + 1 + 2 * rank]))
        specs.append(ArraySpec(shape, ours(_codes().get(code, f"number {code} of PyTorch"))))
        at += 1 + 2 * rank
    return strides, tuple(specs)


def planned(
    operation: Operation, strides: list[tuple[int, ...]], specs: tuple[ArraySpec, ...],
    processor: Processor = CPU,
) -> tuple[Program, tuple[int, ...] | None, list[tuple[tuple[int, ...], Any]]]:  # fmt: skip
    """The program for tensors laid out so, the order of its outputs, and their shapes and types."""
    graph = operation.graph(specs)
    outputs = [(spec.shape, spec.dtype) for spec in graph.output_specs]
    order = output_order(graph, strides)
    if processor != CPU:
        graph = without_errors(graph)
    if order is not None:  # pointwise: run over memory as it lies
        strides = [tuple(s[d] for d in order) if s else s for s in strides]
        graph = in_order(graph, order)
    in_bytes: list[tuple[int, ...] | None] = [
        tuple(stride * spec.dtype.itemsize for stride in given)
        for given, spec in zip(strides, specs, strict=True)
    ]
    in_bytes += [None] * operation.scalars
    return lower_graph(graph, in_bytes, processor=processor), order, outputs


@functools.cache
def _namespace() -> tuple[ctypes.c_void_p, ctypes.c_void_p]:
    """The namespace of the operators: its definitions, and its kernels for the CPU."""
    library = _libtorch()
    for name in ("torch_library_impl", _RAISE):
        if not hasattr(library, name):
            raise _refused(f"operators: this build does not export {name}")
    definitions, kernels = ctypes.c_void_p(), ctypes.c_void_p()
    codes = (
        library.aoti_torch_library_init_fragment(
            NAMESPACE, b"dovetail", 1, ctypes.byref(definitions)
        ),
        library.aoti_torch_library_init_impl(
            NAMESPACE, b"CPU", b"dovetail", 1, ctypes.byref(kernels)
        ),
    )
    if any(codes):
        raise _refused("the namespace 'dovetail'")
    return definitions, kernels


def define(schema: str, operation: Operation, outputs: int, lists: bool) -> None:
    """Define an operator and its kernel for the CPU; `lists`: of lists."""
    library, (definitions, kernels) = _libtorch(), _namespace()
    tags = (ctypes.c_int32 * 1)(library.torch_tag_pt2_compliant_tag())
    if library.torch_library_def_with_tags(definitions, schema.encode(), tags, 1):
        raise _refused(schema)
    operator = NativeOperator(operation, outputs, lists)
    name = schema[: schema.index("(")].encode()
    address, abi = ctypes.c_void_p(operator.address), ctypes.c_uint64(_abi())
    if library.torch_library_impl(kernels, name, address, abi):
        raise _refused(schema)


def _refused(what: str) -> HostError:
    return HostError(
        f"PyTorch did not accept the definition of {what}",
        "a version of PyTorch with the stable C ABI, and a name that is free",
        "please report this, with the versions of PyTorch and Dovetail",
    )
