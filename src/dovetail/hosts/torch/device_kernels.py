"""What an operator runs on a device that is not the CPU.

`run(operation, args)` is the kernel of every operator for CUDA, MPS, XPU and any other backend:
PyTorch's own functions, or kernels of ours on a GPU where they are switched on (gpu_kernels.py). Of
PyTorch's functions there is one line of Python for each node of the graph
(operations/straight_line.py). Either is made once for each layout of the arrays and setting of the
option; a line of the logger `dovetail.gpu` says which, and why. Numbers of
shape () stay on the CPU, as in a call of PyTorch's own: they reach a device by value, nothing waits
for it, and a device without float64 never sees one.
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from dovetail.errors import UnsupportedError
from dovetail.hosts.torch.composite import maths
from dovetail.hosts.torch.devices import CPU, check_kind, common_device, wide_float
from dovetail.hosts.torch.dtypes import THEIRS, spec
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.gpu_devices import gpu_of
from dovetail.hosts.torch.layout import output_order, strides_in
from dovetail.hosts.torch.table import table_on
from dovetail.operations.composite import Rule, Step, Table
from dovetail.operations.operation import Attachment, Operation, remember
from dovetail.operations.special_functions import NORMAL_DISTRIBUTION
from dovetail.operations.straight_line import straight_line
from dovetail.options import options

if TYPE_CHECKING:
    from dovetail.hosts.torch.gpu_kernels import GpuKernels

Tensor = torch.Tensor
_no_autograd: Any = torch._C._AutoDispatchBelowAutograd


@dataclass(frozen=True)
class _Output:
    """How an output is laid out, as on the CPU: `torch.compile` relies on it."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device

    def laid(self, value: Tensor, taken: set[int]) -> Tensor:
        """A value so laid out, in memory that is not `taken`."""
        if value.device != self.device or value.stride() != self.strides or _memory(value) in taken:
            made = torch.empty_strided(
                self.shape, self.strides, dtype=self.dtype, device=self.device
            )
            value = made.copy_(value)
        taken.add(_memory(value))
        return value


@dataclass(frozen=True)
class _Composite:
    """An operation by PyTorch's functions."""

    function: Callable[..., list[Any]]
    outputs: tuple[_Output, ...]

    def __call__(self, arrays: Sequence[Tensor], floats: Sequence[float]) -> list[Tensor]:
        with _no_autograd():
            numbers = [torch.full((), each, dtype=torch.float64, device=CPU) for each in floats]
            found = self.function(*arrays, *numbers)
            taken = {_memory(each) for each in arrays}
            return [
                output.laid(value, taken) for value, output in zip(found, self.outputs, strict=True)
            ]


_programs = Attachment[dict[Any, "_Composite | GpuKernels"]](lambda operation: {})
_log = logging.getLogger("dovetail.gpu")


@dynamo_skip
def run(operation: Operation, args: Sequence[Any]) -> list[Tensor]:
    """The outputs, for arrays, then floats."""
    arrays, floats = args[: operation.arrays], args[operation.arrays :]
    try:
        laid = [(each.device, each.dtype, each.shape, each.stride()) for each in arrays]
        key = options().gpu_kernels, *laid
        program = _programs.of(operation).get(key)
    except RuntimeError:  # it has no strides
        for each in arrays:
            check_kind(operation.name, each)
        raise
    if program is None:
        with _no_autograd():
            program = remember(_programs.of(operation), key, _program(operation, arrays))
    return program(arrays, floats)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _program(operation: Operation, arrays: Sequence[Any]) -> _Composite | GpuKernels:
    for each in arrays:
        check_kind(operation.name, each)
    device = common_device(operation.name, arrays)
    try:
        kernels = _kernels(device, operation, arrays)
    except UnsupportedError as error:
        _log.info("%s on %s: PyTorch's own functions, since %s", operation, device, error.found)
        return _composite(device, operation, arrays)
    _log.info("%s on %s: kernels of Dovetail", operation, device)
    return kernels


def _kernels(device: torch.device, operation: Operation, arrays: Sequence[Any]) -> GpuKernels:
    gpu = gpu_of(device)
    # Imported here because it takes 20 ms, and kernels are off by default.
    from dovetail.hosts.torch.gpu_kernels import GpuKernels  # noqa: PLC0415

    return GpuKernels(gpu, operation, arrays)


def _composite(device: torch.device, operation: Operation, arrays: Sequence[Any]) -> _Composite:
    specs = tuple(map(spec, arrays))
    graph = operation.graph(specs)
    order = output_order(graph, [each.stride() for each in arrays])
    outputs = [
        _Output(node.shape, strides_in(node.shape, order), THEIRS[node.dtype], device)
        for node in graph.outputs
    ]
    return _Composite(function_on(device, operation, specs), tuple(outputs))


def function_on(device: torch.device, operation: Operation, specs: Any) -> Callable[..., list[Any]]:
    """The function of an operation's arrays and of its floats as 0-d tensors on the CPU."""
    table = table_of(device)
    return straight_line(maths(operation, specs, table), table, broadcasts=True)


# In float32 PyTorch's special functions lose digits, and its `ndtr` the lower tail in every type:
# float32 is computed in float64, and float64 without rounding a square before its exponential.


def _wide(function: Callable[[Tensor], Tensor]) -> Rule:
    """A function in float64; a device without it has PyTorch's own digits."""

    def rule(node: Any, x: Tensor) -> Tensor:
        return function(x.to(wide_float(x.device))).to(x.dtype)

    return rule


def _normal_density(x: Tensor) -> Tensor:
    """exp(-x^2 / 2) / sqrt(2 pi): the square is that of a part of x with few digits, and exact."""
    coarse = torch.round(x * 64.0) * (1 / 64)
    rest = torch.exp((x - coarse) * (x + coarse) * -0.5)
    return torch.exp(coarse * coarse * -0.5) * rest * (1.0 / math.sqrt(2.0 * math.pi))


def _ndtr(x: Tensor) -> Tensor:
    size = torch.abs(x).clamp(max=40.0)
    tail = torch.special.erfcx(size * math.sqrt(0.5)) * _normal_density(size)
    tail = tail * math.sqrt(0.5 * math.pi)
    return torch.where(x < 0.0, tail, 1.0 - tail)


_WIDE: dict[str, Rule] = {
    name: _wide(function)
    for name, function in {
        "erfc": torch.erfc, "ndtr": _ndtr, "normal_density": _normal_density,
        "erfcx": torch.special.erfcx, "log_ndtr": torch.special.log_ndtr, "lgamma": torch.lgamma,
        "digamma": torch.digamma, "erfinv": torch.erfinv, "ndtri": torch.special.ndtri,
        "i0": torch.special.i0, "i1": torch.special.i1, "i0e": torch.special.i0e,
        "i1e": torch.special.i1e,
    }.items()
}  # fmt: skip


@functools.cache
def table_of(device: torch.device) -> Table:
    """The rules for a device; what has the shape () may be on the CPU."""
    table = table_on(device, single=True)
    rules = {**table.rules, **_WIDE}
    if wide_float(device) is torch.float32:  # they are decomposed
        rules = {name: rule for name, rule in rules.items() if name not in NORMAL_DISTRIBUTION}
    for name in ("constant", "size"):
        rules[name] = _number(table_on(CPU).rules[name], rules[name])
    for name in ("broadcast", "reshape"):
        rules[name] = _moved(device, rules[name])
    return replace(table, rules=rules, loop=functools.partial(_loop, device, table.loop))


def _number(small: Rule, large: Rule) -> Rule:
    return lambda node: large(node) if node.shape else small(node)


def _moved(device: torch.device, rule: Rule) -> Rule:
    return lambda node, value: _on(device, rule(node, value))


def _on(device: torch.device, value: Tensor) -> Tensor:
    """An array on the device; a number where it is."""
    return value.to(device) if value.ndim and value.device != device else value


def _loop(
    device: torch.device, loop: Any, node: Any, step: Step, carries: list[Any], xs: list[Any]
) -> list[Any]:
    return [_on(device, each) for each in loop(node, step, carries, xs)]
