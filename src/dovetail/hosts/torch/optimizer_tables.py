"""What updates the parameters of a group.

Our kernels on the CPU and on NVIDIA's GPUs, PyTorch's functions of lists elsewhere. The logger
`dovetail.gpu` says which of the two, and why.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import torch

from dovetail.errors import UnsupportedError
from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.hosts.torch.optimizer_devices import DeviceTables
from dovetail.hosts.torch.optimizer_gpu import GpuTables, gpu_for
from dovetail.hosts.torch.optimizer_groups import Tables
from dovetail.hosts.torch.optimizer_states import Row

AnyTables: TypeAlias = "Tables | DeviceTables | GpuTables"

_log = logging.getLogger("dovetail.gpu")


def tables_for(
    program: GroupUpdate,
    params: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor],
    state: Mapping[torch.Tensor, Row],
) -> AnyTables:
    """The tables of parameters with gradients, for one program."""
    if all(param.device.type == "cpu" for param in params):
        return Tables(program, params, gradients, state)
    name = program.optimizer.name
    try:
        gpu = gpu_for(program, params)
    except UnsupportedError as error:
        _log.info("%s: PyTorch's functions of lists, since %s", name, error.found)
        return DeviceTables(program, params, gradients, state)
    _log.info("%s on %s: kernels of Dovetail", name, gpu.device)
    return GpuTables(gpu, program, params, gradients, state)
