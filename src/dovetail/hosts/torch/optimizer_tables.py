"""What updates the parameters of a group: our kernels on the CPU, PyTorch's functions elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import torch

from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.hosts.torch.optimizer_devices import DeviceTables
from dovetail.hosts.torch.optimizer_groups import Tables
from dovetail.hosts.torch.optimizer_states import Row

AnyTables: TypeAlias = "Tables | DeviceTables"


def tables_for(
    program: GroupUpdate,
    params: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor],
    state: Mapping[torch.Tensor, Row],
) -> AnyTables:
    """The tables of parameters with gradients, for one program."""
    here = all(param.device.type == "cpu" for param in params)
    return (Tables if here else DeviceTables)(program, params, gradients, state)
