"""What updates the parameters of a group.

Kernels of ours on the CPU, and on NVIDIA's GPUs where they are switched on; PyTorch's functions of
lists elsewhere. Of other devices than the CPU the logger `dovetail.gpu` says which, and why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import torch

from dovetail.errors import UnsupportedError
from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.hosts.torch.gpu_devices import Gpu, gpu_of
from dovetail.hosts.torch.group_tables import GroupTables
from dovetail.hosts.torch.optimizer_devices import DeviceTables
from dovetail.hosts.torch.optimizer_groups import Tables
from dovetail.hosts.torch.optimizer_states import Row

_log = logging.getLogger("dovetail.gpu")


def tables_for(
    program: GroupUpdate,
    params: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor],
    state: Mapping[torch.Tensor, Row],
) -> GroupTables:
    """The tables of parameters with gradients, for one program."""
    if all(param.device.type == "cpu" for param in params):
        return Tables(program, params, gradients, state)
    name = program.optimizer.name
    try:
        gpu = _common_gpu(name, params)
        # Imported here for the same reason as in device_kernels.py.
        from dovetail.hosts.torch.optimizer_gpu import GpuTables, plans_of  # noqa: PLC0415

        plans = plans_of(program, params)
    except UnsupportedError as error:
        _log.info("%s: PyTorch's functions of lists, since %s", name, error.found)
        return DeviceTables(program, params, gradients, state)
    _log.info("%s on %s: kernels of Dovetail", name, gpu.device)
    return GpuTables(gpu, plans, program, params, gradients, state)


def _common_gpu(name: str, params: Sequence[torch.Tensor]) -> Gpu:
    """The GPU of all parameters; raises UnsupportedError if kernels of ours do not run there."""
    first, *others = dict.fromkeys(param.device for param in params)
    if others:
        raise UnsupportedError(
            f"{name} has parameters on {' and '.join(map(str, (first, *others)))}",
            "parameters of one device",
            "PyTorch's functions of lists update them",
        )
    return gpu_of(first)
