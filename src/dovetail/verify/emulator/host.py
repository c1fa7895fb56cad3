"""The embedded host on an emulated GPU, for `dt.check(ext, device=...)` without a real one."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, ClassVar

from dovetail.compile.gpu.target import target_of
from dovetail.errors import UnsupportedError
from dovetail.graph.node import Array, Graph
from dovetail.hosts.numpy.host import NumpyHost
from dovetail.verify.emulator.executable import Emulated
from dovetail.verify.emulator.memory import DeviceError
from dovetail.verify.verdict import CheckFailure, failed, not_applicable

TARGET = "sm_90"


class EmulatedHost(NumpyHost):
    """NumPy arrays, computed by the kernels for a GPU, of which an emulator runs the PTX.

    Library calls between kernels are the embedded host's. What has a step without a GPU kernel is
    not applicable.
    """

    emulated: ClassVar[bool] = True

    def __init__(self, target: str = TARGET) -> None:
        target_of(target)  # an unknown one is refused here
        self._target = target
        self.name = f"emulated {target}"  # type: ignore[misc]
        super().__init__(self._emulated)

    def _emulated(self, graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> _Checked:
        try:
            return _Checked(graph, strides, self._target)
        except UnsupportedError as error:
            raise CheckFailure(not_applicable(f"not on a GPU by kernels: {error.found}")) from None

    def versions(self) -> dict[str, str]:
        return {**super().versions(), "llvmlite": version("llvmlite")}

    def optimize(self, optimizer: Any, params: Any, gradients: Sequence[Any]) -> Any:
        if optimizer.prepares or optimizer.asks:
            return NotImplemented  # several programs, with Python between them
        state, found = optimizer.init(params), list[Any]()
        states = optimizer.with_states(params, state)
        for step, given in enumerate(gradients, 1):
            floats = {"step": float(step), **optimizer.hyper(step)}
            params, states = self.call(optimizer.program, (params, given, states), floats)
            found.append(params)
        return found


class _Checked(Emulated):
    """An executable whose faults are those of the check that runs it."""

    def __call__(
        self, arrays: Sequence[Any], scalars: Sequence[float] = (),
        into: Sequence[Array] | None = None,
    ) -> list[Array]:  # fmt: skip
        try:
            return super().__call__(arrays, scalars, into)
        except DeviceError as error:
            remedy = "the code for the GPU is wrong: please report it with this definition"
            raise CheckFailure(failed(f"the GPU would stop at {error}", remedy)) from error
