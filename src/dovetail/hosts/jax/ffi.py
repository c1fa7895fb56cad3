"""Programs as custom calls of XLA.

`target(graph)` compiles a graph for the CPU and the shapes that it has; cuda.py does so for GPUs of
NVIDIA. The name of a custom call contains a digest of its graph, so an executable that JAX has kept
on disk finds its handler in another process, too, which registers it while it lowers the same
program. Handlers and programs live as long as the process.
"""

from __future__ import annotations

import ctypes
import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import jax
import numpy as np

from dovetail.compile.accesses import row_major
from dovetail.compile.cpu import native, runner, runtime, threads
from dovetail.compile.cpu.native_steps import calls_python
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import Program, loops_of
from dovetail.compile.steps import LibraryCall
from dovetail.compile.tiled_convolution import native_convolutions
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType
from dovetail.graph.generic import Fill, SizeGeneric, Strides, numbers
from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.scan import Body
from dovetail.graph.sizes import is_recorded
from dovetail.hosts.jax.kernel_policy import is_product

Words: TypeAlias = np.ndarray[Any, Any]

_HANDLERS = runtime.constant("HANDLERS")
_VERSION = 4  # of what a handler expects of its operands


@dataclass(frozen=True)
class Target:
    """A custom call. `scratch`: bytes of one more result, for temporaries."""

    name: str
    scratch: int = 0


def target(graph: Graph) -> Target | None:
    """The custom call of a graph on the CPU; None where it needs a library."""
    return _on_cpu.target(digest_of(graph), graph)


def call(graph: Graph, target: Target, operands: Sequence[Any]) -> list[Any]:
    """The outputs, by a custom call."""
    types = [jax.ShapeDtypeStruct(spec.shape, spec.dtype.numpy) for spec in graph.output_specs]
    if target.scratch:
        types.append(jax.ShapeDtypeStruct((target.scratch,), np.uint8))
    found = jax.ffi.ffi_call(target.name, types)(*operands)
    return list(found)[: len(graph.output_specs)]


def digest_of(graph: Graph) -> str:
    """A name for the maths of a graph, whatever its inputs are called."""
    text = "".join([piece if piece.__class__ is str else repr(piece) for piece in _pieces(graph)])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _text_of(graph: Graph, strides: Strides) -> tuple[Any, ...]:
    """The maths of a graph as text, in pieces; numbers that follow from sizes are their own.

    Of an array that a definition holds it has a digest.
    """
    places: dict[Node, int] = {node: n for n, node in enumerate(graph.inputs)}
    found: list[Any] = [f"{_VERSION} {len(graph.inputs)}"]
    for node in graph.inputs:
        found += (f"\n{node.dtype}{node.flag('scalar')}", *_parts(node.shape))
    for node in graph:
        if node in places:
            continue
        places[node] = len(places)
        found.append(f"\n{node.op}{[places[arg] for arg in node.args]}{node.dtype}")
        attrs = () if node.op in ("declared", "literal") else node.attrs
        texts = [_body_text(value) for _, value in attrs if isinstance(value, Body)]
        if node.op == "literal":
            texts.append(hashlib.sha256(node.attr("array").value.tobytes()).hexdigest())
        found += (*_parts((node.shape, attrs)), *texts)
    return (*found, f"\n{[places[node] for node in graph.outputs]}")


def _body_text(body: Body) -> str:
    """The maths of one step of a loop; no size of it varies."""

    def made() -> str:
        pieces = _text_of(body.graph, ())
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


def _text_filler(made: tuple[Any, ...], seen: Graph) -> Fill[tuple[Any, ...]]:
    return lambda graph, values: numbers(made, values)


_pieces = SizeGeneric(_text_of, _text_filler)


class Targets(ABC):
    """The custom calls of one platform, by the digests of their graphs.

    `source`: the runtime source that has the handlers. `platform`: its name in XLA.
    """

    source: ClassVar[str]
    platform: ClassVar[str]

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._targets: dict[str, Target | None] = {}
        self._kept: list[Any] = []
        self._given = 0
        self._module: native.NativeModule | None = None

    def target(self, digest: str, graph: Graph) -> Target | None:
        """The custom call of a graph, which is compiled and registered if it is new."""
        with self._lock:
            if digest not in self._targets:
                self._targets[digest] = self._registered(digest, graph)
            return self._targets[digest]

    def _registered(self, digest: str, graph: Graph) -> Target | None:
        made = self.compiled(digest, graph)
        if made is None:
            return None
        found, words, kept = made
        record = np.array(words, np.int64)
        self._kept += [record, kept]
        register(found.name, self._handler(record.ctypes.data), self.platform)
        return found

    @abstractmethod
    def compiled(self, digest: str, graph: Graph) -> tuple[Target, list[Any], Any] | None:
        """A target, the words of its record, and the objects whose addresses are among them.

        None if the graph needs a library.
        """

    @abstractmethod
    def define_symbols(self) -> None:
        """Define the symbols that the source takes from elsewhere."""

    def _handler(self, record: int) -> int:
        """The address of a new handler, which reads the record at this address."""
        slot = self._given % _HANDLERS
        if self._module is None or slot == 0:
            self.define_symbols()
            self._module = runtime.load(self.source, copy=self._given // _HANDLERS)
        self._given += 1
        records = self._module.address("records")
        ctypes.c_void_p.from_address(records + 8 * slot).value = record
        return self._module.address(f"handler_{slot}")


def register(name: str, handler: int, platform: str) -> None:
    """Register the handler at an address with XLA."""
    capsule = jax.ffi.pycapsule(ctypes.c_void_p(handler))
    jax.ffi.register_ffi_target(name, capsule, platform=platform)


class _CpuTargets(Targets):
    """Kernels of the CPU."""

    source, platform = "jax", "cpu"

    def compiled(self, digest: str, graph: Graph) -> tuple[Target, list[Any], Any] | None:
        product = graph.known(is_product)
        lowered = lower_graph(native_convolutions(graph) if product else graph, strides_of(graph))
        if calls_python(lowered) or (_multiplies(lowered) and not product):
            return None
        program = runner.NativeProgram(lowered)
        arrays, floats, operands, results = buffers_of(graph)
        sizes = np.array([spec.nbytes for spec in graph.output_specs], np.int64)
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
        return Target(f"dovetail_{digest}"), words, (program, sizes, operands, results)

    def define_symbols(self) -> None:
        runner.define_symbols()
        # XLA's threads take over as soon as a call returns.
        native.define_symbol("dovetail_jax_for", threads.parallel_for_address(spins=False))


_on_cpu = _CpuTargets()


def _multiplies(program: Program) -> bool:
    """Whether a program without loops multiplies matrices."""
    calls = any(isinstance(step, LibraryCall) for step in program.steps)
    return calls and not loops_of(program.steps)


def strides_of(graph: Graph) -> Strides:
    """The strides of the inputs as XLA lays them out: in C order."""
    return [
        None if node.flag("scalar") else row_major(node.shape, node.dtype.itemsize)
        for node in graph.inputs
    ]


# XLA's numbers of its data types.
NUMBERS: dict[DType, int] = {
    dtypes.bool_: 1, dtypes.int8: 2, dtypes.int16: 3, dtypes.int32: 4, dtypes.int64: 5,
    dtypes.uint8: 6, dtypes.uint16: 7, dtypes.uint32: 8, dtypes.uint64: 9, dtypes.float16: 10,
    dtypes.float32: 11, dtypes.float64: 12, dtypes.bfloat16: 16,
}  # fmt: skip


def buffers_of(graph: Graph, scratch: int = 0) -> tuple[int, int, Words, Words]:
    """The numbers of arrays and floats, and the operands and results that a handler checks for."""
    given = [(node.dtype, node.shape) for node in graph.inputs if not node.flag("scalar")]
    arrays = len(given)
    floats = len(graph.inputs) - arrays
    given += [(dtypes.uint32, (floats, 2))] if floats else []
    results = [(spec.dtype, spec.shape) for spec in graph.output_specs]
    results += [(dtypes.uint8, (scratch,))] if scratch else []
    return arrays, floats, _described(given), _described(results)


def _described(buffers: Sequence[tuple[DType, tuple[int, ...]]]) -> Words:
    """Buffers as the handlers compare them: the type, the rank and the sizes of each."""
    words = [word for dtype, shape in buffers for word in (NUMBERS[dtype], len(shape), *shape)]
    return np.array(words, np.int64)
