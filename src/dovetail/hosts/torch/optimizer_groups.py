"""One step over the parameters of a group, in one native call.

The addresses of parameters and states are cached in tables (compile/cpu/multi_tensor.py) from
step to step and compared each time; gradients have new ones. Tensors may be dense in any order;
a state or gradient of another layout than its parameter is copied first (optimizer_states.py). A
rule that depends on the shape of a parameter is computed tensor by tensor instead.

Of distributed parameters (DTensor), each process updates its own part; gradients and
states get the placements of their parameter (optimizer_shards.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dovetail.compile.cpu.multi_tensor import GRADIENT, INVERSE_SCALE, MultiTensor
from dovetail.hosts.torch.dtypes import as_numpy, ours
from dovetail.hosts.torch.group_tables import GroupTables, dtype_of, layouts
from dovetail.hosts.torch.layout import order_of
from dovetail.hosts.torch.memory import SUSPECT, is_distributed, kind_of, local
from dovetail.hosts.torch.native import parallel_for_address
from dovetail.hosts.torch.optimizer_shards import norm_factor, parts, update_one
from dovetail.hosts.torch.optimizer_states import STEP, inverse_of, on_cpu, prepare_row
from dovetail.operations.optimizer_group import update_of

Tensor = torch.Tensor


class Tables(GroupTables):
    """The cached addresses and layouts of some parameters with gradients, for one program."""

    def prepare(self) -> None:
        self.distributed = any(map(is_distributed, self.params))
        self.parts = list(map(local, self.params))
        self.work = list(map(_dense, self.parts))  # a copy where a part is not dense
        for param, work, row in zip(self.params, self.work, self.rows, strict=True):
            prepare_row(self.program.optimizer, row, param, work)
        written = dict.fromkeys((*self.params, *self.parts))
        self.versioned = [tensor for tensor in written if not tensor.is_inference()]
        self.table = self._native()

    def _facts(self) -> Any:
        params, states = self.params, self.states
        if self.distributed:
            params, states = list(map(local, params)), list(map(local, states))
        addresses = map(torch.Tensor.data_ptr, (*params, *states))
        return [*layouts(params), *map(dtype_of, states), *addresses]

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
        return given if self.are_laid(given) else self.laid_anew(given)

    def _located(self, given: Sequence[Tensor]) -> tuple[Sequence[Tensor], list[int]]:
        """Gradients and their addresses; copies of those without memory of their own."""
        try:
            found = list(map(torch.Tensor.data_ptr, given))
        except RuntimeError:
            found = [0]
        if min(found, default=SUSPECT) < SUSPECT:
            given = self.laid_anew(given)
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
                inverse = inverse_of(grad_scale)
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
        inverse = inverse_of(grad_scale)
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
            update_one(update, param, work, gradient, states, step)
        return True


def _dense(part: Tensor) -> Tensor:
    """The tensor itself where it is dense and plain; else a dense copy."""
    if kind_of(part) is not None:
        return torch.empty_like(part).copy_(part)
    dense = not part.numel() or order_of(tuple(part.shape), part.stride()) is not None
    return part if dense else part.contiguous()
