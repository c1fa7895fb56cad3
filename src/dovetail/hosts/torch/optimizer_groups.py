"""One step over the parameters of a group, in one native call.

The addresses of parameters and states are kept in tables (compile/cpu/multi_tensor.py) from
step to step and compared each time; gradients have new ones. Tensors may be dense in any
order; what lies otherwise than its parameter is laid out anew first. A rule to which the
shape of a parameter matters is computed tensor by tensor beside it instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import is_, itemgetter
from typing import Any

import ml_dtypes
import numpy as np
import torch

from dovetail.compile.cpu import threads
from dovetail.compile.cpu.multi_tensor import GRADIENT, INVERSE_SCALE, MultiTensor
from dovetail.errors import (
    OptimizerDeviceError,
    OptimizerParameterError,
    OptimizerStateError,
    SparseGradientError,
)
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.optimizer_program import GroupProgram
from dovetail.extension.parameters import Declaration
from dovetail.hosts.optimizer_group import update_of
from dovetail.hosts.torch.dtypes import THEIRS, ours
from dovetail.hosts.torch.layout import order_of
from dovetail.options import options, override

Tensor = torch.Tensor
Row = dict[str, Any]

FLOATING = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
STEP = "step"

_dtype: Callable[[Tensor], Any] = torch.Tensor.dtype.__get__  # pyright: ignore


def _parallel_for() -> int:
    """The threads that a step runs on: the pool's, but no more than PyTorch may use.

    PyTorch's own threads wait for each other at the end of a loop by spinning, which on a
    busy machine costs more than they save.
    """
    most = torch.get_num_threads()
    if most >= options().num_threads:
        return threads.parallel_for_address()
    with override(num_threads=most):
        return threads.parallel_for_address()


def same_layout(tensor: Tensor, other: Tensor) -> bool:
    """Whether two tensors of one shape hold each element at the same place."""
    if tensor.stride() == other.stride():
        return True
    pairs = zip(tensor.shape, tensor.stride(), other.stride(), strict=True)
    return tensor.numel() == 0 or all(n == 1 or a == b for n, a, b in pairs)


def laid_as(tensor: Tensor, other: Tensor, dtype: Any) -> Tensor:
    """The tensor in this type and laid out as the other, which is dense; itself if it is so."""
    if tensor.dtype is dtype and same_layout(tensor, other):
        return tensor
    return torch.empty_like(other, dtype=dtype, requires_grad=False).copy_(tensor)


def as_numpy(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A NumPy array over the memory of a tensor."""
    plain = tensor.detach()
    if plain.dtype is torch.bfloat16:
        return plain.view(torch.uint16).numpy().view(ml_dtypes.bfloat16)
    return plain.numpy()


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor with the elements of an array, in memory of its own."""
    own = np.array(array, order="C")
    if own.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(own.view(np.uint16)).view(torch.bfloat16)
    return torch.from_numpy(own)


class Tables:
    """What is known of some parameters with gradients, for one program."""

    def __init__(
        self,
        program: GroupProgram,
        params: Sequence[Tensor],
        gradients: Sequence[Tensor],
        state: Mapping[Tensor, Row],
    ) -> None:
        self.program = program
        self.params = list(params)
        optimizer = program.optimizer
        for param, gradient in zip(params, gradients, strict=True):
            check_parameter(optimizer.name, param)
            check_gradient(optimizer.name, gradient, param)
        # The memory that is updated: a copy where the parameter's own is not dense.
        self.work = [param if _is_dense(param) else param.contiguous() for param in params]
        self.rows = [state[param] for param in params]
        for param, work, row in zip(params, self.work, self.rows, strict=True):
            prepare_row(optimizer, row, param, work)
        names = (STEP, *optimizer.kept_states)
        self._read: Callable[[Row], tuple[Tensor, ...]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: (row[STEP],)
        )
        self.lengths = list(map(torch.Tensor.numel, params))
        self.types = list(map(_dtype, params))
        self.plain = all(map(torch.Tensor.is_contiguous, params))
        self.pointers, self.layouts = self._pointers(), self._layouts()
        self.versioned = [param for param in params if not param.is_inference()]
        self.table = self._native()

    def _pointers(self) -> list[Any]:
        """The address and the type of each parameter and state."""
        tensors = [*self.params, *chain.from_iterable(map(self._read, self.rows))]
        return [*map(torch.Tensor.data_ptr, tensors), *map(_dtype, tensors)]

    def _layouts(self) -> list[Any]:
        """Sizes and strides; of contiguous memory the number of elements is enough."""
        if self.plain:
            lengths = list(map(torch.Tensor.numel, self.params))
            return [*lengths, all(map(torch.Tensor.is_contiguous, self.params))]
        params = self.params
        return [*map(torch.Tensor.size, params), *map(torch.Tensor.stride, params)]

    def _native(self) -> MultiTensor | None:
        items: list[tuple[Any, int]] = []
        for param in self.work:
            update = update_of(self.program, tuple(param.shape), ours(param.dtype))
            if update is None:
                return None
            items.append((update, param.numel()))
        declared = self.program.optimizer.kept_states
        table = MultiTensor(items, 2 + len(declared), len(self.program.scalars))
        for number, (param, row) in enumerate(zip(self.work, self.rows, strict=True)):
            owned = [param, param, *(row[name] for name in declared), row[STEP]]
            table.bases[number] = [tensor.data_ptr() for tensor in owned]
        return table

    def fits(self, program: GroupProgram, params: Sequence[Tensor]) -> bool:
        """Whether parameters and states are where they were; the rows of the state are."""
        try:
            return (
                program is self.program
                and len(params) == len(self.params)
                and all(map(is_, params, self.params))
                and self._layouts() == self.layouts
                and self._pointers() == self.pointers
            )
        except (KeyError, AttributeError, TypeError, RuntimeError):  # a state that was changed
            return False

    def laid(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        """The gradients in the types and the layouts of the parameters."""
        if (
            self.plain
            and all(map(torch.Tensor.is_contiguous, gradients))
            and list(map(_dtype, gradients)) == self.types
            and list(map(torch.Tensor.numel, gradients)) == self.lengths
        ):
            return gradients
        name = self.program.optimizer.name
        found: list[Tensor] = []
        for gradient, param, work in zip(gradients, self.params, self.work, strict=True):
            check_gradient(name, gradient, param)
            found.append(laid_as(gradient, work, work.dtype))
        return found

    def run(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> None:
        """One step."""
        given = self.laid(gradients)  # copies among them live until the call is over
        if self.table is None:
            done = self._beside(given, hyper, grad_scale, found_inf)
        else:
            table = self.table
            table.bases[:, GRADIENT] = list(map(torch.Tensor.data_ptr, given))
            table.scalars[INVERSE_SCALE + 1 :] = [hyper[name] for name in self.program.floats]
            copied = [pair for pair in zip(self.params, self.work, strict=True) if not is_(*pair)]
            for param, work in copied:
                work.copy_(param)
            done = table.run(
                _parallel_for(),
                hyper.get("clip_norm"),
                hyper.get("clip_value"),
                0 if grad_scale is None else grad_scale.data_ptr(),
                0 if found_inf is None else found_inf.data_ptr(),
            )
            for param, work in copied if done else ():
                param.copy_(work)
        if done:
            torch.autograd.graph.increment_version(self.versioned)

    def _beside(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> bool:
        """As the native call, tensor by tensor; new values are computed beside the old ones."""
        if found_inf is not None and found_inf.item():
            return False
        inverse = 1.0 if grad_scale is None else grad_scale.double().reciprocal().float().item()
        factor = norm_factor(gradients, hyper, inverse)
        floats = {name: hyper[name] for name in self.program.floats}
        declared = self.program.optimizer.kept_states
        for param, row, gradient in zip(self.params, self.rows, gradients, strict=True):
            row[STEP] += 1.0
            arrays = [as_numpy(param), *(as_numpy(row[name]) for name in declared)]
            self.program.into(
                arrays, arrays[0], as_numpy(gradient), *arrays[1:],
                step=row[STEP].item(), norm_factor=factor, inverse_scale=inverse, **floats,
            )  # fmt: skip
        return True


def norm_factor(
    gradients: Iterable[Tensor], hyper: Mapping[str, float], inverse_scale: float
) -> float:
    """What clipping by the norm of all gradients together multiplies by."""
    limit = hyper.get("clip_norm")
    if limit is None:
        return 1.0
    bound = hyper.get("clip_value", math.inf)
    scaled = ((gradient.double() * inverse_scale).clamp(-bound, bound) for gradient in gradients)
    norm = math.sqrt(sum(each.square().sum().item() for each in scaled))
    return limit / norm if not norm <= limit else 1.0


def _is_dense(tensor: Tensor) -> bool:
    return not tensor.numel() or order_of(tuple(tensor.shape), tensor.stride()) is not None


def check_parameter(name: str, param: Tensor) -> None:
    """Raises where a parameter cannot be updated."""
    if param.device.type != "cpu":
        raise OptimizerDeviceError(name, param.device)
    if param.layout is not torch.strided:
        raise OptimizerParameterError(
            name, f"a parameter of layout {param.layout}", "a dense parameter"
        )
    if param.dtype not in FLOATING:
        listed = ", ".join(str(dtype).removeprefix("torch.") for dtype in FLOATING)
        raise OptimizerParameterError(name, f"a parameter of type {param.dtype}", listed)


def check_gradient(name: str, gradient: Tensor, param: Tensor) -> None:
    """Raises where a gradient is not one of this parameter, or not dense."""
    if gradient.layout is not torch.strided:
        raise SparseGradientError(name, gradient.layout, param.shape)
    if gradient.device.type != "cpu":
        raise OptimizerDeviceError(name, gradient.device)
    if gradient.dtype not in FLOATING or gradient.shape != param.shape:
        raise OptimizerParameterError(
            name, f"a gradient of type {gradient.dtype} and shape {tuple(gradient.shape)}",
            f"that of a parameter of type {param.dtype} and shape {tuple(param.shape)}",
        )  # fmt: skip


def prepare_row(optimizer: Optimizer, row: Row, param: Tensor, work: Tensor) -> None:
    """Make the states of a parameter, or lay out those that there are."""
    declared = optimizer.kept_states
    always = {name for name, each in declared.items() if each.when is None}
    if row and not {STEP, *always} <= row.keys():
        raise OptimizerStateError(optimizer.name, sorted(row), sorted({STEP, *declared}))
    fresh = not row
    if fresh:
        row[STEP] = torch.zeros((), dtype=torch.float32)
    elif not _is_counter(row[STEP]):
        row[STEP] = torch.tensor(float(row[STEP]), dtype=torch.float32)
    for name, declaration in declared.items():
        shape, dtype = optimizer.state_type(declaration, tuple(param.shape), ours(param.dtype))
        if fresh or name not in row:  # one whose `when` has become true begins anew
            row[name] = _initial(optimizer, declaration, param, work)
        elif tuple(row[name].shape) != shape:
            given = f"{name!r} of shape {tuple(row[name].shape)}"
            raise OptimizerStateError(optimizer.name, given, f"shape {shape}")
        if declaration.like is not None:
            row[name] = laid_as(row[name], work, THEIRS[dtype])
        elif row[name].dtype is not THEIRS[dtype] or not row[name].is_contiguous():
            row[name] = row[name].to(THEIRS[dtype]).contiguous()


def _is_counter(step: Any) -> bool:
    return (
        isinstance(step, Tensor)
        and step.dtype is torch.float32
        and step.numel() == 1
        and step.device.type == "cpu"
    )


def _initial(optimizer: Optimizer, declaration: Declaration, param: Tensor, work: Tensor) -> Tensor:
    if declaration.like is not None and declaration.init in ("zeros", "param"):
        _, dtype = optimizer.state_type(declaration, tuple(param.shape), ours(param.dtype))
        made = torch.zeros_like(work, dtype=THEIRS[dtype], requires_grad=False)
        return made if declaration.init == "zeros" else made.copy_(param)
    return from_numpy(optimizer.initial_state(declaration, as_numpy(param)))
