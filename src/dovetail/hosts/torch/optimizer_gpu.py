"""One step over the parameters of a group on an NVIDIA GPU, in one launch for all of one type.

The tables are on the device (compile/gpu/group_update.py), made once for the addresses of
parameters and states. A step waits for nothing: the loss scale, the flag of an overflow, the factor
of clipping and the counts of the steps stay on the device. So a step can be captured in a CUDA
graph, after one that made the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from dovetail.compile.flat import flattened, is_flat
from dovetail.compile.flat_plan import LENGTH, FlatPlan, flat_plan
from dovetail.compile.gpu.group_update import TensorGroup, floats_of, table_length
from dovetail.compile.loops import GPU
from dovetail.errors import HostError, UnsupportedError
from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.hosts.torch.dtypes import ours, shared
from dovetail.hosts.torch.gpu_devices import Gpu
from dovetail.hosts.torch.group_tables import GroupTables, layouts
from dovetail.hosts.torch.layout import order_of
from dovetail.hosts.torch.memory import SUSPECT, is_distributed, is_freed, kind_of
from dovetail.hosts.torch.optimizer_states import STEP, prepare_row
from dovetail.options import options

Tensor = torch.Tensor
_device: Callable[[Tensor], Any] = torch.Tensor.device.__get__  # pyright: ignore
_captured: list[list[Tensor]] = []  # tables that a CUDA graph has the addresses of: they stay


def plans_of(program: GroupUpdate, params: Sequence[Tensor]) -> list[FlatPlan]:
    """The update of each parameter as a kernel; raises UnsupportedError where it cannot be one."""
    name = program.optimizer.name
    found: list[FlatPlan] = []
    for param in params:
        if is_distributed(param) or kind_of(param.detach()) is not None:
            raise _refused(f"{name} has a parameter that is no tensor of one device")
        if param.numel() and order_of(tuple(param.shape), param.stride()) is None:
            raise _refused(f"{name} has a parameter whose memory has gaps")
        graph = program.graph(tuple(param.shape), ours(param.dtype))
        plan = flat_plan(flattened(graph, LENGTH), GPU) if is_flat(graph) else None
        if plan is None:
            raise _refused(f"the rule of {name} depends on more than single elements")
        found.append(plan)
    return found


def _refused(found: str) -> UnsupportedError:
    return UnsupportedError(
        found, "dense parameters, and a rule for each element",
        "PyTorch's functions of lists update them",
    )  # fmt: skip


class GpuTables(GroupTables):
    """For parameters on one GPU, whose updates are these plans."""

    def __init__(self, gpu: Gpu, plans: Sequence[FlatPlan], *group: Any) -> None:
        self._gpu, self._plans = gpu, plans
        super().__init__(*group)

    def prepare(self) -> None:
        gpu, params, optimizer = self._gpu, self.params, self.program.optimizer
        if gpu.platform.is_capturing(gpu.index):
            raise HostError(
                f"the first step of {optimizer.name} is captured in a CUDA graph",
                "a step before that, which puts its tables on the device",
                "call optimizer.step() once before the capture, as for a warm-up",
            )
        counts: list[float] = []
        for param, row in zip(params, self.rows, strict=True):
            known = row.get(STEP)
            prepare_row(optimizer, row, param, param)
            counts.append(row[STEP].item())
            row[STEP] = known if _is_count(known, param.device) else _count(row[STEP], param.device)
        self._kept: list[Tensor] = []  # tables, and those of captured steps
        names = (*optimizer.kept_states, STEP)
        bases = [
            [param.data_ptr(), 0, *(row[name].data_ptr() for name in names)]
            for param, row in zip(params, self.rows, strict=True)
        ]
        items = list(zip(self._plans, map(torch.Tensor.numel, params), strict=True))
        self._group = TensorGroup(
            gpu.driver, gpu.index, gpu.target, items, np.array(bases, np.int64), counts, self._place
        )

    def _place(self, array: Any) -> int:
        self._kept.append(shared(array.copy()).to(self._gpu.device))
        return self._kept[-1].data_ptr()

    def _facts(self) -> Any:
        """Addresses and layouts, whether a count was overwritten, and the option."""
        tensors = [*self.params, *self.states]
        counts = [row[STEP]._version for row in self.rows]
        addresses = map(torch.Tensor.data_ptr, tensors)
        return [options().gpu_kernels, *addresses, *layouts(tensors), *counts]

    def run(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> None:
        """One step."""
        gpu = self._gpu
        # Copies live until the end.
        given = gradients if self.are_laid(gradients) else self.laid_anew(gradients)
        scale, flag = self._on_device(grad_scale), self._on_device(found_inf)
        table = 0
        if gpu.platform.is_capturing(gpu.index):
            length = table_length(len(self.params))
            self._kept.append(torch.empty(length, dtype=torch.int64, device=gpu.device))
            if not any(each is self._kept for each in _captured):
                _captured.append(self._kept)
            table = self._kept[-1].data_ptr()
        self._group.run(
            gpu.platform.stream(gpu.index), list(map(torch.Tensor.data_ptr, given)),
            floats_of(self.program.scalars, hyper), clip_norm=hyper.get("clip_norm"),
            clip_value=hyper.get("clip_value"), grad_scale=0 if scale is None else scale.data_ptr(),
            found_inf=0 if flag is None else flag.data_ptr(), table=table,
        )  # fmt: skip
        torch.autograd.graph.increment_version(
            [param for param in self.params if not param.is_inference()]
        )

    def are_laid(self, gradients: Sequence[Tensor]) -> bool:
        return (
            super().are_laid(gradients)
            and set(map(_device, gradients)) == {self._gpu.device}
            and not any(map(_is_freed, gradients))
        )

    def _on_device(self, value: Tensor | None) -> Tensor | None:
        """A number of GradScaler's, as float32 on the device."""
        if value is None:
            return None
        return torch.as_tensor(value, dtype=torch.float32, device=self._gpu.device)


def _is_count(step: Any, device: torch.device) -> bool:
    """Whether a kernel can count in this state, and `_facts` sees that it was overwritten."""
    return (
        isinstance(step, Tensor)
        and not step.ndim
        and step.dtype is torch.float32
        and step.device == device
        and not step.is_inference()
        and kind_of(step) is None
    )


def _count(step: Tensor, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # whose tensors have no version
        return torch.full((), step.item(), dtype=torch.float32, device=device)


def _is_freed(tensor: Tensor) -> bool:
    return tensor.data_ptr() < SUSPECT and is_freed(tensor)
