"""One step over the parameters of a group, in one native call.

The addresses of parameters and states are cached in tables (compile/cpu/multi_tensor.py) from
step to step and compared each time; gradients have new ones. Tensors may be dense in any order;
a state or gradient of another layout than its parameter is copied first (optimizer_states.py). A
rule that depends on the shape of a parameter is computed tensor by tensor instead.

Of distributed parameters (DTensor), each process updates its own part; gradients and
states get the placements of their parameter (optimizer_shards.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from dovetail.compile.cpu.multi_tensor import GRADIENT, INVERSE_SCALE, MultiTensor
from dovetail.hosts.torch.conversion import as_numpy
from dovetail.hosts.torch.dtypes import ours
from dovetail.hosts.torch.group_tables import GroupTables
from dovetail.hosts.torch.layout import order_of
from dovetail.hosts.torch.memory import (
    SUSPECT,
    is_distributed,
    kind_of,
    local,
)
from dovetail.hosts.torch.native import parallel_for_address
from dovetail.hosts.torch.optimizer_shards import norm_factor, parts, update_whole
from dovetail.hosts.torch.optimizer_states import (
    STEP,
    check_gradient,
    laid_as,
    on_cpu,
    prepare_row,
)
from dovetail.operations.optimizer_group import update_of

Tensor = torch.Tensor
_dtype: Callable[[Tensor], Any] = torch.Tensor.dtype.__get__  # pyright: ignore


class Tables(GroupTables):
    """The cached addresses and layouts of some parameters with gradients, for one program."""

    def prepare(self) -> None:
        self.distributed = any(map(is_distributed, self.params))
        self.parts = list(map(local, self.params))  # their parts in this process
        # The memory that is updated: a copy where the parameter's own is not dense.
        self.work = list(map(_dense, self.parts))
        for param, work, row in zip(self.params, self.work, self.rows, strict=True):
            prepare_row(self.program.optimizer, row, param, work)
        self.lengths = list(map(torch.Tensor.numel, self.parts))
        self.types = list(map(_dtype, self.parts))
        self.plain = all(map(torch.Tensor.is_contiguous, self.parts))
        self.strides = list(map(torch.Tensor.stride, self.work))
        written = dict.fromkeys((*self.params, *self.parts))
        self.versioned = [tensor for tensor in written if not tensor.is_inference()]
        self.table = self._native()

    def _facts(self) -> Any:
        return self._layouts(), self._pointers()

    def _current(self) -> list[Tensor]:
        """The parts of the parameters as they are now."""
        return list(map(local, self.params)) if self.distributed else self.params

    def _pointers(self) -> list[Any]:
        states = list(map(local, self.states)) if self.distributed else self.states
        tensors = [*self._current(), *states]
        return [*map(torch.Tensor.data_ptr, tensors), *map(_dtype, tensors)]

    def _layouts(self) -> list[Any]:
        """Sizes and strides; of contiguous memory the number of elements is enough."""
        params = self._current()
        if self.plain:
            lengths = list(map(torch.Tensor.numel, params))
            return [*lengths, all(map(torch.Tensor.is_contiguous, params))]
        return [*map(torch.Tensor.size, params), *map(torch.Tensor.stride, params)]

    def _native(self) -> MultiTensor | None:
        items: list[tuple[Any, int]] = []
        for param, work in zip(self.params, self.work, strict=True):
            # The update of the whole parameter, even where only a part of it is here: where its
            # sizes are part of the maths, they are those of the whole.
            update = update_of(self.program, tuple(param.shape), ours(param.dtype))
            if update is None:
                return None
            items.append((update, work.numel()))
        declared = self.program.optimizer.kept_states
        table = MultiTensor(items, 2 + len(declared), len(self.program.scalars))
        for number, (param, row) in enumerate(zip(self.work, self.rows, strict=True)):
            owned = [param, param, *(local(row[name]) for name in declared), row[STEP]]
            table.bases[number] = [tensor.data_ptr() for tensor in owned]
        return table

    def laid(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        """The gradients in the types and the layouts of the parameters, in this process."""
        name = self.program.optimizer.name
        given = gradients
        if self.distributed or set(map(type, gradients)) != {Tensor}:
            given = parts(name, gradients, self.params)
        if set(map(type, given)) == {Tensor} and self._are_laid(given):
            return given
        return self._laid_anew(given)

    def _laid_anew(self, given: Sequence[Tensor]) -> list[Tensor]:
        found: list[Tensor] = []
        for gradient, part, work in zip(given, self.parts, self.work, strict=True):
            check_gradient(self.program.optimizer.name, gradient, part)
            found.append(laid_as(gradient, work, work.dtype))
        return found

    def _are_laid(self, gradients: Sequence[Tensor]) -> bool:
        try:
            return (
                (
                    all(map(torch.Tensor.is_contiguous, gradients))
                    if self.plain
                    else list(map(torch.Tensor.stride, gradients)) == self.strides
                )
                and list(map(_dtype, gradients)) == self.types
                and list(map(torch.Tensor.numel, gradients)) == self.lengths
                and not any(map(torch.Tensor.is_neg, gradients))
            )
        except RuntimeError:  # a sparse tensor has no strides
            return False

    def _located(self, given: Sequence[Tensor]) -> tuple[Sequence[Tensor], list[int]]:
        """Gradients and their addresses; copies of those without memory of their own."""
        try:
            found = list(map(torch.Tensor.data_ptr, given))
        except RuntimeError:
            found = [0]
        if min(found, default=SUSPECT) < SUSPECT:
            given = self._laid_anew(given)
            found = list(map(torch.Tensor.data_ptr, given))
        return given, found

    def run(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> None:
        """One step."""
        grad_scale, found_inf = on_cpu(grad_scale), on_cpu(found_inf)
        # Copies among the gradients live until the call is over.
        given, addresses = self._located(self.laid(gradients))
        if self.table is None:
            done = self._run_one_by_one(given, hyper, grad_scale, found_inf)
        else:
            table = self.table
            table.bases[:, GRADIENT] = addresses
            table.scalars[INVERSE_SCALE + 1 :] = [hyper[name] for name in self.program.floats]
            self._copy_in()
            limit, factor = hyper.get("clip_norm"), 1.0
            if self.distributed:  # the norm is that of all processes' gradients
                inverse = _inverse(grad_scale)
                limit, factor = None, norm_factor(self.params, given, hyper, inverse)
            done = table.run(
                parallel_for_address(),
                limit,
                hyper.get("clip_value"),
                0 if grad_scale is None else grad_scale.data_ptr(),
                0 if found_inf is None else found_inf.data_ptr(),
                factor,
            )
        if done:
            for part, work in zip(self.parts, self.work, strict=True):
                if part is not work:
                    part.copy_(work)
            torch.autograd.graph.increment_version(self.versioned)

    def _copy_in(self) -> None:
        for part, work in zip(self.parts, self.work, strict=True):
            if part is not work:
                work.copy_(part)

    def _run_one_by_one(
        self,
        gradients: Sequence[Tensor],
        hyper: Mapping[str, float],
        grad_scale: Tensor | None,
        found_inf: Tensor | None,
    ) -> bool:
        """As the native call, tensor by tensor."""
        if found_inf is not None and found_inf.item():
            return False
        inverse = _inverse(grad_scale)
        floats = {name: hyper[name] for name in self.program.floats}
        floats["norm_factor"] = norm_factor(self.params, gradients, hyper, inverse)
        floats["inverse_scale"] = inverse
        declared = self.program.optimizer.kept_states

        def update(param: Tensor, gradient: Tensor, states: Sequence[Tensor], step: float) -> None:
            arrays = [as_numpy(param), *map(as_numpy, states)]
            self.program.into(arrays, arrays[0], as_numpy(gradient), *arrays[1:], step=step,
                              **floats)  # fmt: skip

        self._copy_in()
        everything = zip(self.params, self.work, gradients, self.rows, strict=True)
        for param, work, gradient, row in everything:
            row[STEP] += 1.0
            states, step = [row[name] for name in declared], row[STEP].item()
            if is_distributed(param):
                update_whole(update, param, work, gradient, states, step)
            else:
                update(work, gradient, states, step)
        return True


def _inverse(grad_scale: Tensor | None) -> float:
    return 1.0 if grad_scale is None else grad_scale.double().reciprocal().float().item()


def _dense(part: Tensor) -> Tensor:
    """The tensor itself where it is dense and plain; else a dense copy."""
    if kind_of(part) is not None:
        return torch.empty_like(part).copy_(part)
    dense = not part.numel() or order_of(tuple(part.shape), part.stride()) is not None
    return part if dense else part.contiguous()
