"""On PyTorch, the update of all parameters in one native call, outside torch.compile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import torch
from keras.src.backend import in_stateless_scope

from dovetail.extension.optimizer import Optimizer
from dovetail.hosts.keras.tensors import data_type
from dovetail.hosts.torch.dtypes import THEIRS
from dovetail.hosts.torch.group_tables import GroupTables
from dovetail.hosts.torch.memory import kind_of
from dovetail.hosts.torch.optimizer_states import STEP
from dovetail.hosts.torch.optimizer_tables import tables_for

is_compiling: Any = torch.compiler.is_compiling


class Group:
    """The parameters of an optimizer of Keras, with their states; `steps` counts the updates."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self._rows: dict[Any, dict[str, Any]] = {}
        self._tables: GroupTables | None = None
        self._steps = -1

    @torch.no_grad()
    def update(
        self,
        gradients: Sequence[Any],
        variables: Sequence[Any],
        states: Sequence[Sequence[Any]],
        step: int,
        hyper: Mapping[str, float],
    ) -> bool:
        """Update parameters and states in place; whether that was possible."""
        params = [variable.value for variable in variables]
        for param, variable, own in zip(params, variables, states, strict=True):
            if param not in self._rows:
                if not self._fits(param, variable, own):
                    return False
                counter = torch.zeros((), dtype=torch.float32, device="cpu")
                values = (state.value.detach() for state in own)
                self._rows[param] = {
                    STEP: counter,
                    **dict(zip(self._declared, values, strict=True)),
                }
        program = self._optimizer.group_program(tuple(hyper))
        tables = self._tables
        next_one = step == self._steps + 1  # else another optimizer may have counted
        if tables is None or not next_one or not tables.fits(program, params):
            for param in params:
                self._rows[param][STEP].fill_(step - 1)
            if tables is None or not tables.fits(program, params):
                tables = self._tables = tables_for(program, params, gradients, self._rows)
        tables.run(gradients, hyper, None, None)
        self._steps = step
        return True

    @property
    def _declared(self) -> tuple[str, ...]:
        return tuple(self._optimizer.kept_states)

    def _fits(self, param: Any, variable: Any, states: Sequence[Any]) -> bool:
        """Whether a parameter and its states are dense tensors of the declared types."""
        kinds = [
            self._optimizer.state_type(declaration, tuple(param.shape), data_type(variable))[1]
            for declaration in self._optimizer.kept_states.values()
        ]
        tensors = [param, *(state.value for state in states)]
        return (
            all(tensor.is_contiguous() for tensor in tensors)
            and all(kind_of(tensor) is None for tensor in tensors)
            and param.is_floating_point()
            and [tensor.dtype for tensor in tensors[1:]] == [THEIRS[kind] for kind in kinds]
        )


def usable() -> bool:
    """Whether tensors have memory of their own now."""
    return not is_compiling() and not in_stateless_scope() and keras.config.backend() == "torch"
