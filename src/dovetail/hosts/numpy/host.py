"""The embedded host: NumPy arrays, with no framework installed.

Each extension has one caller with a cache of compiled programs. A program is found by
the shape, strides and type of each array and the static values of the call; a hit costs
one look-up. The cache holds at most `CACHED_PROGRAMS` and is emptied when full.

Inputs are never changed and outputs never share memory with them. A result without
dimensions is an array of shape (), not a NumPy scalar. Subclasses of numpy.ndarray
(matrices, masked arrays) are refused, except numpy.memmap; byte-swapped and misaligned
arrays are copied first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import is_, itemgetter
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from dovetail.compile.pipeline import compile_graph
from dovetail.compile.program import KernelCall
from dovetail.extension.base import Extension
from dovetail.extension.dispatch import Caller
from dovetail.extension.exact import is_hashable
from dovetail.extension.signature import Argument, Signature
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Graph
from dovetail.hosts.numpy.arguments import NumpyArguments, collect, plain_array
from dovetail.hosts.numpy.optimizers import update_in_place
from dovetail.hosts.numpy.own_functions import OWN
from dovetail.hosts.own_functions import OwnFunctions
from dovetail.hosts.protocol import Host
from dovetail.language.trace import ArraySpec, ScalarSpec
from dovetail.language.tree import LEAF, Tree, map_leaves, unflatten
from dovetail.operations.arguments import ForeignValue
from dovetail.operations.operation import remember

Array = npt.NDArray[Any]


class Executable(Protocol):
    """A compiled graph (compile/cpu/executor.py)."""

    def __call__(
        self,
        arrays: Sequence[Any],
        scalars: Sequence[float] = (),
        into: Sequence[Array] | None = None,
    ) -> list[Array]: ...

    def shares(self, output: int, position: int) -> bool: ...


Compile = Callable[[Graph, Sequence[tuple[int, ...] | None]], Executable]

CACHED_PROGRAMS = 4096

_ndarray = np.ndarray
_overlap = np.may_share_memory


class Program:
    """A compiled call: an executable, and how its outputs make up the result."""

    __slots__ = ("_shared", "build", "executable")

    def __init__(self, executable: Executable, output: Tree) -> None:
        self.executable = executable
        self.build = _builder(output)
        self._shared: dict[tuple[int, int], bool] = {}

    def shares(self, out: Sequence[Array], arrays: Sequence[Array]) -> bool:
        """Whether each output may be written into its array, which may be an input."""
        known = self._shared
        for output, target in enumerate(out):
            for position, array in enumerate(arrays):
                if target is array:
                    pair = (output, position)
                    if pair not in known:
                        known[pair] = self.executable.shares(output, position)
                    if not known[pair]:
                        return False
                elif _overlap(target, array):
                    return False
        return True


def _builder(output: Tree) -> Callable[[list[Array]], Any]:
    if output == LEAF:
        return itemgetter(0)
    if output.kind in (tuple, list) and all(child == LEAF for child in output.children):
        return output.kind
    return partial(unflatten, output)


class NumpyCaller:
    """Calls one extension on NumPy arrays."""

    __slots__ = (
        "_compile", "_extension", "_host", "_into_programs", "_lock", "_plain",
        "_plain_programs", "_programs",
    )  # fmt: skip

    def __init__(self, host: Host, extension: Extension, compile_: Compile) -> None:
        self._host = host
        self._extension = extension
        self._compile = compile_
        self._plain = extension.signature.plain
        self._plain_programs: dict[tuple[Any, ...], tuple[Program, tuple[float, ...]]] = {}
        self._programs: dict[tuple[Any, ...], Program] = {}
        self._into_programs: dict[tuple[Any, ...], Program] = {}
        self._lock = threading.RLock()

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not kwargs and len(args) == self._plain:
            key: tuple[Any, ...] = ()
            for array in args:
                if type(array) is not _ndarray:
                    break
                key += (array.shape, array.strides, array.dtype, array.flags.aligned)
            else:
                known = self._plain_programs.get(key)
                if known is not None:
                    program, scalars = known
                    return program.build(program.executable(args, scalars))
        return self._general(args, kwargs)

    def into(self, out: Sequence[Array], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """As a call, with the outputs written into the arrays `out`, which may be inputs."""
        key: tuple[Any, ...] = (*kwargs, *map(type, kwargs.values()))
        for array in (*args, *out):
            if type(array) is not _ndarray:
                break
            flags = array.flags
            key += (array.shape, array.strides, array.dtype, flags.aligned, flags.writeable)
        else:
            program = self._into_programs.get(key)
            if program is not None and program.shares(out, args):
                program.executable(args, list(kwargs.values()), out)
                return
        signature = self._extension.signature
        collected = collect(signature, signature.bind(args, kwargs))
        program = self._program(collected)
        if all(map(_fits_output, out)) and program.shares(out, collected.arrays):
            program.executable(collected.arrays, collected.scalars, out)
            same = len(args) == len(collected.arrays) and all(map(is_, args, collected.arrays))
            if same and _in_order(signature, kwargs, collected.scalars):
                remember(self._into_programs, key, program, CACHED_PROGRAMS)
            return
        results = program.executable(collected.arrays, collected.scalars)
        for array, result in zip(out, results, strict=True):
            np.copyto(array, result)

    def _program(self, collected: NumpyArguments) -> Program:
        key = tuple(collected.key)
        program = self._programs.get(key)
        if program is None:
            with self._lock:
                program = self._programs.get(key)
                if program is None:
                    program = self._build(collected)
                    remember(self._programs, key, program, CACHED_PROGRAMS)
        return program

    def _general(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        extension = self._extension
        try:
            collected = collect(extension.signature, extension.signature.bind(args, kwargs))
        except ForeignValue as found:
            return self._host.hand_over(extension, args, kwargs, found.error)
        program = self._program(collected)
        if not kwargs and len(args) == self._plain:
            arrays = [array for array in args if type(array) is _ndarray]
            if len(arrays) == len(args) and all(map(is_, args, collected.arrays)):
                plain = [(a.shape, a.strides, a.dtype, a.flags.aligned) for a in arrays]
                known = program, tuple(collected.scalars)
                remember(self._plain_programs, sum(plain, ()), known, CACHED_PROGRAMS)
        return program.build(program.executable(collected.arrays, collected.scalars))

    def _build(self, collected: NumpyArguments) -> Program:
        signature = self._extension.signature
        spec = partial(_spec, collected.weak)
        specs = [
            value if _is_static(argument, value) else map_leaves(spec, value)
            for argument, value in zip(signature.arguments, collected.values, strict=True)
        ]
        args, kwargs = signature.spread(specs)
        traced = self._extension.traced(args, kwargs)
        arrays = iter(collected.arrays)
        strides = [
            None if node.attr("scalar") else next(arrays).strides for node in traced.graph.inputs
        ]
        executable = self._compile(traced.graph, strides)
        return Program(executable, traced.output_tree)


def _fits_output(array: Array) -> bool:
    flags = array.flags
    return flags.c_contiguous and flags.writeable and flags.aligned and array.dtype.isnative


def _in_order(signature: Signature, kwargs: dict[str, Any], scalars: Sequence[float]) -> bool:
    """Whether the keywords are the floats of the program, all of them and in their order."""
    numbers = [
        a.name for a in signature.arguments
        if a.name in kwargs and type(kwargs[a.name]) is float and not a.static
    ]  # fmt: skip
    return numbers == list(kwargs) and len(scalars) == len(kwargs)


def _is_static(argument: Argument, value: Any) -> bool:
    """Whether a value is part of the program: neither a float nor an array or tree of arrays."""
    if argument.is_array:
        return False
    if argument.static or not isinstance(value, (float, np.ndarray, tuple, list, dict)):
        return True
    return isinstance(value, tuple) and is_hashable(value)  # pyright: ignore[reportUnknownArgumentType]


def _spec(weak: Mapping[int, Any], value: Any) -> Any:
    if isinstance(value, np.ndarray):
        array: Array = value
        if id(array) in weak:
            return weak[id(array)]
        return ArraySpec(array.shape, as_dtype(array.dtype))
    return ScalarSpec() if isinstance(value, float) else value


class NumpyHost(Host):
    """Extensions on NumPy arrays; `compile_` makes an executable of a graph."""

    name: ClassVar[str] = "numpy"
    array_types: ClassVar[frozenset[str]] = frozenset({"numpy.ndarray", "numpy.generic"})
    holds_layers: ClassVar[bool] = True

    def __init__(self, compile_: Compile = compile_graph) -> None:
        super().__init__()
        self._compile = compile_

    def spec(self, array: Any) -> ArraySpec:
        plain = plain_array(np.asarray(array))
        return ArraySpec(plain.shape, as_dtype(plain.dtype))

    def caller(self, extension: Extension) -> Caller:
        return NumpyCaller(self, extension, self._compile)

    def update_group(self, *args: Any, **kwargs: Any) -> bool:
        return self._compile is compile_graph and update_in_place(*args, **kwargs)

    def versions(self) -> dict[str, str]:
        return {"numpy": np.__version__}

    def own_functions(self) -> OwnFunctions:
        return OWN

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        state = optimizer.init(params)
        found: list[Any] = []
        for given in gradients:
            functions = quadratic(params, given)
            asked = {kind: functions[kind] for kind in optimizer.asks}
            params, state = optimizer.apply(params, given, state, **asked)
            found.append(params)
        return found

    def kernels(
        self, extension: Extension, args: tuple[Any, ...], settings: dict[str, Any]
    ) -> frozenset[str] | None:
        """The canonical text of each kernel that a new call compiles or finds."""
        seen: set[str] = set()
        known = True

        def record(graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> Executable:
            nonlocal known
            executable = self._compile(graph, strides)
            program = getattr(executable, "program", None)
            known = program is not None
            for step in program.steps if program is not None else ():
                if isinstance(step, KernelCall):
                    seen.add(step.lowered.nest.text())
            return executable

        NumpyCaller(self, extension, record)(args, settings)
        return frozenset(seen) if known else None

    def op(self, extension: Any) -> Any:
        return extension

    activation = loss = op

    def layer(self, definition: Any) -> Any:
        return definition

    optimizer = layer


def quadratic(params: Any, gradients: Any) -> dict[str, Callable[[Any], Any]]:
    """Answers for an optimizer that asks, of a loss with the identity as its Hessian."""

    def again(points: Any) -> tuple[float, Any]:
        return 0.0, {
            name: None if gradients.get(name) is None else gradients[name] + (point - params[name])
            for name, point in points.items()
        }

    return {"again": again, "hessian": lambda vectors: vectors}


HOST = NumpyHost()
