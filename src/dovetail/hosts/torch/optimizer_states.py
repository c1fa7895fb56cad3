"""The states of an optimizer for PyTorch's parameters: made, checked, laid out and distributed.

A state has the device, the layout and the placements of its parameter; the count of steps is on the
CPU, unless kernels of ours on a GPU count. What has no memory that can be read is refused.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.parameter import is_lazy

from dovetail.errors import HostError, StructureError, UnsupportedError
from dovetail.extension.optimizer_states import UpdateRule
from dovetail.extension.parameters import Declaration
from dovetail.hosts.torch.devices import CPU
from dovetail.hosts.torch.dtypes import THEIRS, from_numpy, ours, to_numpy
from dovetail.hosts.torch.memory import (
    can_be_copied,
    is_distributed,
    kind_of,
    like,
    local,
    no_memory,
    spread,
)

Tensor = torch.Tensor
Row = dict[str, Any]  # the states of one parameter, by name

FLOATING = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
STEP = "step"


def on_cpu(value: Any) -> Tensor | None:
    """A number of GradScaler's, as a float32 tensor on the CPU."""
    return None if value is None else torch.as_tensor(value, dtype=torch.float32, device=CPU)


def inverse_of(grad_scale: Tensor | None) -> float:
    """What gradients are multiplied by, where the loss was scaled."""
    return 1.0 if grad_scale is None else grad_scale.double().reciprocal().float().item()


def same_layout(tensor: Tensor, other: Tensor) -> bool:
    """Whether two tensors of one shape have the same layout."""
    if tensor.stride() == other.stride():
        return True
    pairs = zip(tensor.shape, tensor.stride(), other.stride(), strict=True)
    return tensor.numel() == 0 or all(n == 1 or a == b for n, a, b in pairs)


def laid_as(tensor: Tensor, other: Tensor, dtype: Any) -> Tensor:
    """The tensor in this type and laid out as the other, which is dense; itself if it is so."""
    alike = tensor.dtype is dtype and tensor.device == other.device
    if alike and same_layout(tensor, other) and kind_of(tensor) is None:
        return tensor
    return torch.empty_like(other, dtype=dtype, requires_grad=False).copy_(tensor)


def _wrong_type(optimizer: str, what: str, expected: str) -> HostError:
    return HostError(
        f"{optimizer} got {what}",
        expected,
        "convert the model, for example with model.to(torch.float32); store the real and the "
        "imaginary part of complex numbers as two parameters",
    )


def wrong_state(optimizer: str, found: object, expected: object) -> StructureError:
    """The error for states that are not those of an optimizer."""
    return StructureError(
        f"the state of {optimizer} for a parameter",
        found,
        expected,
        "load a state_dict() of the same optimizer and of the same model",
    )


def check_parameter(name: str, param: Tensor) -> None:
    """Raises where a parameter cannot be updated."""
    if param.layout is not torch.strided:
        raise _wrong_type(name, f"a parameter of layout {param.layout}", "a dense parameter")
    if param.dtype not in FLOATING:
        listed = ", ".join(str(dtype).removeprefix("torch.") for dtype in FLOATING)
        raise _wrong_type(name, f"a parameter of type {param.dtype}", listed)
    if not is_lazy(param):
        _check_memory(name, "parameter", local(param))


def _check_memory(name: str, role: str, tensor: Tensor) -> None:
    """Raises where the elements of a tensor cannot be read."""
    if not can_be_copied(tensor):
        raise no_memory(name, role, str(kind_of(tensor)))


def check_gradient(name: str, gradient: Tensor, param: Tensor) -> None:
    """Raises where a gradient is not one of this parameter, or not dense."""
    if gradient.layout is not torch.strided:
        raise HostError(
            f"{name} got a gradient of layout {gradient.layout} for a parameter of shape "
            f"{tuple(param.shape)}",
            "a dense gradient",
            "build the embedding with sparse=False, convert the gradient with to_dense(), or "
            "give that parameter to torch.optim.SparseAdam",
        )
    if gradient.device != param.device:
        raise UnsupportedError(
            f"{name} got a gradient on {gradient.device} for a parameter on {param.device}",
            "a gradient on the device of its parameter",
            f"move it with gradient.to({str(param.device)!r})",
        )
    if gradient.dtype not in FLOATING or gradient.shape != param.shape:
        raise _wrong_type(
            name,
            f"a gradient of type {gradient.dtype} and shape {tuple(gradient.shape)}",
            f"that of a parameter of type {param.dtype} and shape {tuple(param.shape)}",
        )
    _check_memory(name, "gradient", local(gradient))


def prepare_row(optimizer: UpdateRule, row: Row, param: Tensor, work: Tensor) -> None:
    """Make the states of a parameter, or check and lay out existing ones."""
    declared = optimizer.kept_states
    always = {name for name, each in declared.items() if each.when is None}
    if row and not {STEP, *always} <= row.keys():
        raise wrong_state(optimizer.name, sorted(row), sorted({STEP, *declared}))
    fresh = not row
    if fresh:
        row[STEP] = torch.zeros((), dtype=torch.float32, device=CPU)
    elif not _is_counter(row[STEP]):
        row[STEP] = torch.tensor(float(local(row[STEP])), dtype=torch.float32, device=CPU)
    for name, declaration in declared.items():
        shape, dtype = optimizer.state_type(declaration, tuple(param.shape), ours(param.dtype))
        if fresh or name not in row:  # one whose `when` has become true begins anew
            row[name] = _initial(optimizer, declaration, param, work)
        elif tuple(row[name].shape) != shape:
            given = f"{name!r} of shape {tuple(row[name].shape)}"
            raise wrong_state(optimizer.name, given, f"shape {shape}")
        _check_state(optimizer.name, name, row[name])
        row[name] = _placed(row[name], declaration, param, work, THEIRS[dtype])


def _check_state(optimizer: str, name: str, state: Any) -> None:
    part = local(state)
    if part.layout is not torch.strided or part.is_complex() or not can_be_copied(part):
        kind = kind_of(part) or f"of type {part.dtype}"
        given = f"a state {name!r} that is {kind}, of layout {part.layout}"
        raise wrong_state(optimizer, given, "real elements in plain memory")


def _placed(state: Any, declaration: Declaration, param: Any, work: Tensor, dtype: Any) -> Any:
    """A state in this type; one like the parameter is also laid out and distributed as that is."""
    together = declaration.like is not None and is_distributed(param)
    if is_distributed(state) and not together:
        state = state.full_tensor()
    if declaration.like is None:
        there = state.device == param.device and state.dtype is dtype
        kept = there and state.is_contiguous() and kind_of(state) is None
        if kept:
            return state
        return torch.empty(state.shape, dtype=dtype, device=param.device).copy_(state)
    if not together:
        return laid_as(state, work, dtype)
    if not is_distributed(state):
        state = spread(param, state.to(param.device, dtype))
    elif (state.device_mesh, state.placements) != (param.device_mesh, param.placements):
        state = spread(param, state.full_tensor())
    part = local(state)
    laid = laid_as(part, work, dtype)
    return state if laid is part else like(param, laid)


def _is_counter(step: Any) -> bool:
    return (
        isinstance(step, Tensor)
        and step.dtype is torch.float32
        and step.numel() == 1
        and step.device.type == "cpu"
        and kind_of(step) is None
    )


def _initial(optimizer: UpdateRule, declaration: Declaration, param: Any, work: Tensor) -> Any:
    if declaration.like is not None and declaration.init in ("zeros", "param"):
        _, dtype = optimizer.state_type(declaration, tuple(param.shape), ours(param.dtype))
        made = torch.zeros_like(work, dtype=THEIRS[dtype], requires_grad=False)
        if declaration.init == "param":
            made.copy_(work)
        return like(param, made) if is_distributed(param) else made
    if not is_distributed(param):
        return from_numpy(optimizer.initial_state(declaration, to_numpy(work))).to(param.device)
    values = param.full_tensor() if declaration.init == "param" else work.new_zeros(())
    made = optimizer.initial_state(declaration, to_numpy(values.expand(param.shape)))
    return from_numpy(made).to(work.device)
