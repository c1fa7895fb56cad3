"""Programs as custom calls of XLA on the CPU.

`target(graph)` compiles a graph for the shapes that it has and gives the name that XLA knows
the handler by. The name is a digest of the graph: an executable that JAX has kept on disk
finds it in another process too, which registers it while it lowers the same program. Handlers
and programs live as long as the process.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import native, runner, runtime, threads
from dovetail.compile.cpu.native_steps import calls_python
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import Program, loops_of
from dovetail.compile.steps import LibraryCall
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.graph.generic import Fill, SizeGeneric, Strides, numbers
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.scan import Body
from dovetail.graph.sizes import is_recorded

_HANDLERS = runtime.constant("HANDLERS")
_VERSION = 4  # of what a handler expects of its operands


def target(graph: Graph) -> str | None:
    """The name of the custom call of a graph; None where it needs a library."""
    digest = digest_of(graph)
    return None if digest is None else _registered.name(digest, graph)


def call(graph: Graph, name: str, operands: Sequence[Any]) -> list[Any]:
    """The outputs, by the custom call of this name."""
    types = [jax.ShapeDtypeStruct(spec.shape, spec.dtype.numpy) for spec in graph.output_specs]
    return list(jax.ffi.ffi_call(name, types)(*operands))


def digest_of(graph: Graph) -> str | None:
    """A name for the maths of a graph, whatever its inputs are called; None where it has none."""
    pieces = _pieces(graph)
    if pieces is None:
        return None
    text = "".join([piece if piece.__class__ is str else repr(piece) for piece in pieces])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _text_of(graph: Graph, strides: Strides) -> tuple[Any, ...] | None:
    """The maths of a graph as text, in pieces; numbers that follow from sizes are their own."""
    places: dict[Node, int] = {node: n for n, node in enumerate(graph.inputs)}
    found: list[Any] = [f"{_VERSION} {len(graph.inputs)}"]
    for node in graph.inputs:
        found += (f"\n{node.dtype}{node.flag('scalar')}", *_parts(node.shape))
    for node in graph:
        if node in places:
            continue
        if node.op == "literal":  # its content would have to be part of the name
            return None
        places[node] = len(places)
        found.append(f"\n{node.op}{[places[arg] for arg in node.args]}{node.dtype}")
        attrs = () if node.op == "declared" else node.attrs
        texts = [_body_text(value) for _, value in attrs if isinstance(value, Body)]
        if None in texts:
            return None
        found += (*_parts((node.shape, attrs)), *texts)
    return (*found, f"\n{[places[node] for node in graph.outputs]}")


def _body_text(body: Body) -> str | None:
    """The maths of one step of a loop; no size of it varies."""

    def made() -> str | None:
        pieces = _text_of(body.graph, ())
        if pieces is None:
            return None
        return f"{{{body.carries} {body.constants} {''.join(map(str, pieces))}}}"

    return body.derived("text", made)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        yield "("
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _parts(item)
            yield ", "
        yield ")"
    else:
        yield value if is_recorded(value) else repr(value)


def _text_filler(made: tuple[Any, ...] | None, seen: Graph) -> Fill[tuple[Any, ...] | None]:
    return lambda graph, values: made and numbers(made, values)


_pieces = SizeGeneric(_text_of, _text_filler)


class _Registered:
    """The handlers that XLA knows, by the digests of their graphs."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._names: dict[str, str | None] = {}
        self._kept: list[Any] = []
        self._given = 0
        self._module: native.NativeModule | None = None

    def name(self, digest: str, graph: Graph) -> str | None:
        with self._lock:
            if digest not in self._names:
                self._names[digest] = self._register(digest, graph)
            return self._names[digest]

    def _register(self, digest: str, graph: Graph) -> str | None:
        strides = [
            None if node.flag("scalar") else row_major(node.shape, node.dtype.itemsize)
            for node in graph.inputs
        ]
        lowered = lower_graph(graph, strides)
        if _needs_library(lowered):
            return None
        program = runner.NativeProgram(lowered)
        floats = sum(node.flag("scalar") for node in graph.inputs)
        arrays = len(graph.inputs) - floats
        given = [(node.dtype, node.shape) for node in graph.inputs if not node.flag("scalar")]
        given += [(dtypes.uint32, (floats, 2))] if floats else []
        sizes = np.array([spec.nbytes for spec in graph.output_specs], np.int64)
        operands = _described(given)
        results = _described([(spec.dtype, spec.shape) for spec in graph.output_specs])
        words = runtime.words(
            "JaxRecord",
            arrays=arrays,
            outputs=len(sizes),
            floats=floats,
            program=program.address,
            sizes=sizes.ctypes.data,
            operands=operands.ctypes.data,
            results=results.ctypes.data,
        )
        record = np.array(words, np.int64)
        self._kept += [program, sizes, operands, results, record]
        name = f"dovetail_{digest}"
        address = ctypes.c_void_p(self._handler(record.ctypes.data))
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(address), platform="cpu")
        return name

    def _handler(self, record: int) -> int:
        """The address of a handler that works for the record at this address."""
        slot = self._given % _HANDLERS
        if self._module is None or slot == 0:
            _define_symbols()
            self._module = runtime.load("jax", copy=self._given // _HANDLERS)
        self._given += 1
        records = self._module.address("records")
        ctypes.c_void_p.from_address(records + 8 * slot).value = record
        return self._module.address(f"handler_{slot}")


def _needs_library(program: Program) -> bool:
    """Whether a program calls a library other than BLAS, or, without loops, a library."""
    calls = any(isinstance(step, LibraryCall) for step in program.steps)
    return calls_python(program) or (calls and not loops_of(program.steps))


_registered = _Registered()


@functools.cache
def _define_symbols() -> None:
    runner.define_symbols()
    native.define_symbol("dovetail_jax_for", threads.parallel_for_address())


# XLA's numbers of its data types.
_NUMBERS: dict[DType, int] = {
    dtypes.bool_: 1, dtypes.int8: 2, dtypes.int16: 3, dtypes.int32: 4, dtypes.int64: 5,
    dtypes.uint8: 6, dtypes.uint16: 7, dtypes.uint32: 8, dtypes.uint64: 9, dtypes.float16: 10,
    dtypes.float32: 11, dtypes.float64: 12, dtypes.bfloat16: 16,
}  # fmt: skip


def _described(buffers: Sequence[tuple[DType, tuple[int, ...]]]) -> np.ndarray[Any, Any]:
    """Buffers as the handlers compare them: the type, the rank and the sizes of each."""
    words = [word for dtype, shape in buffers for word in (_NUMBERS[dtype], len(shape), *shape)]
    return np.array(words, np.int64)
