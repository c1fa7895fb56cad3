"""One step over the parameters of a group by PyTorch's functions, on other devices than the CPU.

A rule that is elementwise updates the tensors of a device together, by PyTorch's functions of lists
(foreach.py), some at a time, so that what is between takes little memory. Any other rule is
computed tensor by tensor. Nothing waits for the device, not even for the norm of clipping; only a
loss scale is read, as `torch.amp.GradScaler` itself reads it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from dovetail.compile.flat import flattened, is_flat
from dovetail.graph.node import Graph
from dovetail.hosts.torch import foreach
from dovetail.hosts.torch.device_kernels import table_of
from dovetail.hosts.torch.devices import CPU, wide_float
from dovetail.hosts.torch.dtypes import ours
from dovetail.hosts.torch.group_tables import GroupTables
from dovetail.hosts.torch.memory import is_distributed, local
from dovetail.hosts.torch.optimizer_shards import norm_factor, parts, update_one
from dovetail.hosts.torch.optimizer_states import (
    STEP,
    check_gradient,
    inverse_of,
    on_cpu,
    prepare_row,
)
from dovetail.operations.composite import prepared
from dovetail.operations.straight_line import straight_line
from dovetail.options import options

Tensor = torch.Tensor
_torch: Any = torch

_LENGTH = 12_289  # of the flat graphs; any other would do
_MOST = 1 << 26  # elements that are updated together


class DeviceTables(GroupTables):
    """For parameters of which some are not on the CPU."""

    def prepare(self) -> None:
        program, params = self.program, self.params
        self._distributed = any(map(is_distributed, params))
        self.parts = self.work = list(map(local, params))
        for param, part, row in zip(params, self.parts, self.rows, strict=True):
            prepare_row(program.optimizer, row, param, part)
        self._devices = [param.device for param in params]
        self._names = tuple(program.optimizer.kept_states)
        # For each parameter the flat graph, or None, of the whole parameter and its states.
        graphs = [program.graph(tuple(p.shape), ours(p.dtype)) for p in params]
        self._graphs = graphs
        self._flat = [flattened(graph, _LENGTH) if is_flat(graph) else None for graph in graphs]

    def _facts(self) -> Any:
        # Kernels of ours that were switched on since may do it now.
        return options().gpu_kernels, [param.device for param in self.params]

    def run(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> None:
        """One step."""
        grad_scale, found_inf = on_cpu(grad_scale), on_cpu(found_inf)
        if found_inf is not None and found_inf.item():
            return
        name = self.program.optimizer.name
        given = list(gradients)
        if self._distributed:
            given = parts(name, gradients, self.params)
        for gradient, param in zip(given, self.params, strict=True):
            check_gradient(name, gradient, local(param))
        inverse = inverse_of(grad_scale)
        floats: dict[str, Any] = {each: hyper[each] for each in self.program.floats}
        factors = self._factors(given, hyper, inverse)
        floats["inverse_scale"] = inverse
        for row in self.rows:
            row[STEP] += 1.0
        steps = [row[STEP].item() for row in self.rows]
        together: dict[Any, list[int]] = {}
        for number, (flat, device, step) in enumerate(
            zip(self._flat, self._devices, steps, strict=True)
        ):
            if flat is None:
                values = {**floats, "norm_factor": factors[device], "step": step}
                self._update_alone(number, given[number], values)
            else:
                together.setdefault((flat, device, step), []).append(number)
        for (flat, device, step), numbers in together.items():
            values = self._scalars({**floats, "norm_factor": factors[device], "step": step})
            for some in _pieces(numbers, [each.numel() for each in given]):
                self._update_together(flat, some, given, values)

    def _factors(
        self, gradients: Sequence[Tensor], hyper: Mapping[str, float], inverse: float
    ) -> dict[torch.device, Any]:
        """What clipping by the norm multiplies by, on each device."""
        limit = hyper.get("clip_norm")
        if limit is None or self._distributed:
            factor = norm_factor(self.params, gradients, hyper, inverse)
            return dict.fromkeys(self._devices, factor)
        norms: list[Tensor] = []
        bound = hyper.get("clip_value")
        by_device: dict[Any, list[Tensor]] = {}
        for gradient, device in zip(gradients, self._devices, strict=True):
            by_device.setdefault((device, gradient.dtype), []).append(gradient)
        first = self._devices[0]
        for (device, _), own in by_device.items():
            wide = wide_float(device)
            if inverse != 1.0 or bound is not None:
                own = [each.to(wide) * inverse for each in own]
                if bound is not None:
                    own = [each.clamp(-bound, bound) for each in own]
            norms += [torch.linalg.vector_norm(each, dtype=wide).to(first) for each in own]
        norm = torch.linalg.vector_norm(torch.stack(norms))
        factor = limit / norm.clamp(min=limit)
        return {device: factor.to(device) for device in dict.fromkeys(self._devices)}

    def _scalars(self, values: Mapping[str, Any]) -> list[Tensor]:
        """The scalars of a call in order, as 0-d tensors."""
        return [
            value
            if isinstance(value := values[name], Tensor)
            else torch.full((), value, dtype=torch.float64, device=CPU)
            for name in self.program.scalars
        ]

    def _update_together(
        self,
        flat: Graph,
        numbers: Sequence[int],
        gradients: Sequence[Tensor],
        scalars: Sequence[Tensor],
    ) -> None:
        own = [local(self.params[n]).detach() for n in numbers]
        states = [[local(self.rows[n][name]) for n in numbers] for name in self._names]
        given = [own, [gradients[n] for n in numbers], *states, *scalars]
        targets = [own, *states]
        found = [
            [each.clone() for each in new] if any(new is other for other in given) else new
            for new in (_as_list(each, own) for each in _function(flat)(*given))
        ]
        for target, new in zip(targets, found, strict=True):
            _torch._foreach_copy_(target, new)

    def _update_alone(self, number: int, gradient: Tensor, values: Mapping[str, Any]) -> None:
        param, row = self.params[number], self.rows[number]
        scalars = self._scalars(values)

        def update(param: Any, gradient: Any, states: Sequence[Any], step: float) -> None:
            targets = [param.detach(), *states]
            function = _function(self._graphs[number], param.device)
            found = function(targets[0], gradient, *targets[1:], *scalars)
            taken = {each.untyped_storage().data_ptr() for each in (*targets, gradient)}
            for target, new in zip(
                targets,
                [n.clone() if n.untyped_storage().data_ptr() in taken else n for n in found],
                strict=True,
            ):
                target.copy_(new)

        states = [row[name] for name in self._names]
        update_one(update, param, local(param), gradient, states, values["step"])


def _pieces(numbers: Sequence[int], sizes: Sequence[int]) -> list[list[int]]:
    """The numbers, cut where the tensors become more than `_MOST` elements together."""
    found: list[list[int]] = [[]]
    held = 0
    for number in numbers:
        if found[-1] and held + sizes[number] > _MOST:
            found.append([])
            held = 0
        found[-1].append(number)
        held += sizes[number]
    return found


def _as_list(value: Any, like: Sequence[Tensor]) -> list[Tensor]:
    """A tensor for each parameter, where the rule gives all of them one number."""
    if isinstance(value, list):
        return value
    return [value.to(each.device).expand(each.shape) for each in like]


@functools.lru_cache(maxsize=1024)
def _function(graph: Graph, device: torch.device | None = None) -> Callable[..., list[Any]]:
    """The function of a graph, for tensors on a device; without one, for lists of tensors."""
    table = foreach.TABLE if device is None else table_of(device)
    return straight_line(prepared(graph, table), table, broadcasts=True)
