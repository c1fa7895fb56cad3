"""Dovetail's op in TensorFlow, registered at run time through the C API.

`register()` defines the op, whose inputs and outputs have any data types, and its kernel
(runtime/tensorflow.c). `Record` is what the kernel knows of one operation: the programs that it has
been given so far. Records and programs live as long as the process: TensorFlow's kernels
hold their addresses.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import native, runner, runtime, threads
from dovetail.compile.cpu.memory import POOLED, rounded
from dovetail.compile.cpu.native_steps import calls_python
from dovetail.compile.cpu.plans import Plans
from dovetail.compile.pipeline import lower_graph
from dovetail.errors import DovetailError, HostError
from dovetail.hosts.tensorflow.dtypes import NUMBERS, ours
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Operation

OP = "Dovetail>NeedsImportDovetail"  # what TensorFlow says where it does not know the op
INVALID_ARGUMENT, NOT_FOUND = 3, 5

_Pointer, _Text = ctypes.c_void_p, ctypes.c_char_p


@functools.cache
def _framework() -> Any:
    folder = Path(tf.__file__).parent
    found = sorted(folder.glob("libtensorflow_framework*"))
    return ctypes.CDLL(str(found[0])) if found else ctypes.CDLL(None)


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = _framework()[name]  # an object of its own: other users of the library keep theirs
    function.restype, function.argtypes = result, arguments
    return function


@functools.cache
def _set_status() -> Any:
    return _function("TF_SetStatus", None, _Pointer, ctypes.c_int, _Text)


# What the kernel asks of Python.


class _Raised(threading.local):
    """The error behind the one that TensorFlow is about to raise in this thread."""

    error: Exception | None = None


_raised = _Raised()


def raise_original(error: Exception) -> NoReturn:
    """Raise the Python exception that the kernel reported, if there is one; else the error."""
    found, _raised.error = _raised.error, None
    if isinstance(found, DovetailError) and str(found) in str(error):
        raise found from None
    raise error


def _report(status: int, code: int, error: Exception) -> None:
    _raised.error = error
    _set_status()(status, code, f"{type(error).__name__}: {error}".encode())


_records: list[Record] = []
_slow: list[runner.NativeProgram] = []
_lock = threading.RLock()
_FIND = ctypes.CFUNCTYPE(_Pointer, _Pointer, ctypes.c_int64, _Pointer)
_RESOLVE = ctypes.CFUNCTYPE(
    _Pointer, ctypes.c_int64, ctypes.c_int64, _Pointer, ctypes.c_int64, _Pointer
)
_RUN = ctypes.CFUNCTYPE(None, ctypes.c_int64, _Pointer, _Pointer, _Pointer)


@_FIND
def _find(text: int, length: int, status: int) -> int | None:
    """The address of the record of the operation that an attribute names."""
    try:
        return _finder[0](ctypes.string_at(text, length).decode()).address
    except Exception as error:  # handed to the caller, across TensorFlow's frames
        _report(status, NOT_FOUND, error)
        return None


@_RESOLVE
def _resolve(number: int, digest: int, key: int, length: int, status: int) -> int | None:
    """The address of a plan for inputs that the record has none for yet."""
    try:
        words = np.ctypeslib.as_array(ctypes.cast(key, ctypes.POINTER(ctypes.c_int64)), (length,))
        return _records[number].add(digest, words.copy())
    except Exception as error:
        _report(status, INVALID_ARGUMENT, error)
        return None


@_RUN
def _run(number: int, given: int, scalars: int | None, status: int) -> None:
    """Run a program with library calls of Python."""
    try:
        _slow[number].run(given, scalars or 0)
    except Exception as error:
        _report(status, INVALID_ARGUMENT, error)


_finder: list[Callable[[str], Record]] = []


class Record:
    """The programs of an operation, as the kernel reads them; `address` is where."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._plans = Plans()
        with _lock:
            number = len(_records)
            _records.append(self)
        words = runtime.words(
            "TensorflowRecord",
            arrays=operation.arrays,
            scalars=operation.scalars,
            table=0,
            number=number,
        )
        self._words = np.array(words, np.int64)
        self._plans.publish(self._words, runtime.fields("TensorflowRecord").index("table"))
        self.address = self._words.ctypes.data

    def add(self, digest: int, key: Any) -> int:
        """Make the program for inputs with the data types and shapes that the key says."""
        plans = self._plans
        with plans.lock:
            plans.forget()
            specs = _read(key)
            graph = self._operation.graph(specs)
            strides: list[tuple[int, ...] | None] = [
                row_major(spec.shape, spec.dtype.itemsize) for spec in specs
            ]
            strides += [None] * self._operation.scalars
            program = lower_graph(graph, strides)
            outputs = graph.output_specs
            slow = calls_python(program)
            table = runner.NativeProgram(program, python=slow)
            plans.keep(table)
            number = -1
            if slow:
                with _lock:
                    number = len(_slow)
                    _slow.append(table)
            rows: list[int] = []
            for spec in outputs:
                size = spec.nbytes
                rows += runtime.words(
                    "TensorflowOutput",
                    rank=len(spec.shape),
                    sizes=plans.words(spec.shape),
                    dtype=NUMBERS[spec.dtype],
                    block=rounded(size) if size >= POOLED else 0,
                    bytes=size,
                )
            return plans.add(
                "TensorflowPlan",
                digest,
                key,
                program=0 if slow else table.address,
                outputs=plans.words(rows),
                count=len(outputs),
                number=number,
            )


def _read(key: Any) -> tuple[ArraySpec, ...]:
    specs: list[ArraySpec] = []
    at = 0
    words: list[int] = key.tolist()
    while at < len(words):
        rank, number = words[at] & 255, words[at] >> 8
        shape = tuple(words[at + 1 : at + 1 + rank])
        specs.append(ArraySpec(shape, ours(tf.as_dtype(number))))
        at += 1 + rank
    return tuple(specs)


# Registration.


def _define_symbols() -> None:
    library = _framework()
    for name in runtime.declared("tensorflow"):
        if name.startswith("TF_"):
            address = ctypes.cast(getattr(library, name), _Pointer).value or 0
            native.define_symbol(name, address)
    runner.define_symbols()
    asked = {"find": _find, "resolve": _resolve, "run": _run}
    for name, callback in asked.items():
        address = ctypes.cast(callback, _Pointer).value or 0
        native.define_symbol(f"dovetail_tensorflow_{name}", address)
    native.define_symbol("dovetail_tensorflow_for", threads.parallel_for_address())


@functools.cache
def register(find: Callable[[str], Record]) -> None:
    """Define the op and its kernel; `find` gives the record of the operation of a name.

    Once in a process: TensorFlow would end it at the second time.
    """
    _finder.append(find)
    if op_def_registry.get(OP) is not None:
        raise _refused("the name is taken already in this process")
    _define_symbols()
    module = runtime.load("tensorflow")
    status = _function("TF_NewStatus", _Pointer)()
    code = _function("TF_GetCode", ctypes.c_int, _Pointer)
    message = _function("TF_Message", _Text, _Pointer)

    def checked() -> None:
        if code(status):
            raise _refused(message(status).decode())

    builder = _function("TF_NewOpDefinitionBuilder", _Pointer, _Text)(OP.encode())
    for kind, words in (
        ("Attr", "operation: string"),
        ("Attr", "Tin: list(type) >= 0"),
        ("Attr", "Tout: list(type) >= 1"),
        ("Input", "inputs: Tin"),
        ("Output", "outputs: Tout"),
    ):
        _function(f"TF_OpDefinitionBuilderAdd{kind}", None, _Pointer, _Text)(
            builder, words.encode()
        )
    _function("TF_OpDefinitionBuilderSetShapeInferenceFunction", None, _Pointer, _Pointer)(
        builder, module.address("unknown_shape")
    )
    _function("TF_RegisterOpDefinition", None, _Pointer, _Pointer)(builder, status)
    checked()
    kernel = _function("TF_NewKernelBuilder", _Pointer, _Text, _Text, _Pointer, _Pointer, _Pointer)(
        OP.encode(), b"CPU", *map(module.address, ("create", "compute", "delete"))
    )
    _function("TF_RegisterKernelBuilder", None, _Text, _Pointer, _Pointer)(
        b"DovetailCall", kernel, status
    )
    checked()
    _function("TF_DeleteStatus", None, _Pointer)(status)


def _refused(reason: str) -> HostError:
    return HostError(
        f"TensorFlow did not accept the definition of {OP}: {reason}",
        "a version of TensorFlow with the C API for ops, and a name that is free",
        "please report this, with the versions of TensorFlow and Dovetail",
    )
