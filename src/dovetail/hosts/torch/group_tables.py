"""What the ways to update the parameters of a group have in common.

They are optimizer_groups.py on the CPU, optimizer_gpu.py in kernels of ours on a GPU, and
optimizer_devices.py by PyTorch's functions elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import is_, itemgetter
from typing import Any

import torch

from dovetail.extension.optimizer_program import GroupUpdate
from dovetail.hosts.torch.optimizer_states import (
    STEP,
    Row,
    check_gradient,
    check_parameter,
    laid_as,
)

Tensor = torch.Tensor
dtype_of: Callable[[Tensor], Any] = torch.Tensor.dtype.__get__  # pyright: ignore


def layouts(tensors: Sequence[Tensor]) -> list[Any]:
    """The types and layouts of tensors; of contiguous memory the number of elements is enough."""
    types = map(dtype_of, tensors)
    if all(map(torch.Tensor.is_contiguous, tensors)):
        return [*types, *map(torch.Tensor.numel, tensors)]
    return [*types, *map(torch.Tensor.size, tensors), *map(torch.Tensor.stride, tensors)]


class GroupTables(ABC):
    """Some parameters with gradients and their states, for one program.

    They are made at a step, and used at later ones as long as they fit.
    """

    def __init__(
        self,
        program: GroupUpdate,
        params: Sequence[Tensor],
        gradients: Sequence[Tensor],
        state: Mapping[Tensor, Row],
    ) -> None:
        self.program, self.params = program, list(params)
        # Their parts in this process, and the memory that is updated: gradients are laid as that.
        self.parts = self.work = self.params
        optimizer = program.optimizer
        for param, gradient in zip(params, gradients, strict=True):
            check_parameter(optimizer.name, param)
            check_gradient(optimizer.name, gradient, param)
        self.rows = [state[param] for param in params]
        names = (STEP, *optimizer.kept_states)
        self._read: Callable[[Row], tuple[Any, ...]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: (row[STEP],)
        )
        self.prepare()
        # As they are now: later they have to be the same.
        self.states, self.layouts = self._states(), layouts(self.work)
        self._kept_facts = self._facts()

    @abstractmethod
    def prepare(self) -> None:
        """Make or lay out the states, and what a step needs of them."""

    def _states(self) -> list[Any]:
        return list(chain.from_iterable(map(self._read, self.rows)))

    @abstractmethod
    def _facts(self) -> Any:
        """What the tables depend on, besides which tensors they are for: such as addresses."""

    def fits(self, program: GroupUpdate, params: Sequence[Tensor]) -> bool:
        """Whether program, parameters and states are those of the tables, as they were."""
        try:
            return (
                program is self.program
                and len(params) == len(self.params)
                and all(map(is_, params, self.params))
                and all(map(is_, self._states(), self.states))
                and self._facts() == self._kept_facts
            )
        except (KeyError, AttributeError, TypeError, RuntimeError):  # a state that was changed
            return False

    def are_laid(self, gradients: Sequence[Tensor]) -> bool:
        """Whether gradients have the types and the layouts of the memory that is updated."""
        try:
            return (
                set(map(type, gradients)) == {Tensor}
                and layouts(gradients) == self.layouts
                and not any(map(torch.Tensor.is_neg, gradients))
            )
        except RuntimeError:  # a sparse tensor has no strides
            return False

    def laid_anew(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The gradients with these types and layouts, copied where they differ."""
        found: list[Tensor] = []
        for gradient, part, work in zip(gradients, self.parts, self.work, strict=True):
            check_gradient(self.program.optimizer.name, gradient, part)
            found.append(laid_as(gradient, work, work.dtype))
        return found

    @abstractmethod
    def run(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> None:
        """One step."""
