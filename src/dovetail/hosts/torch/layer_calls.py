"""The forward pass of a module that is made of a layer, as one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from dovetail.extension.layer import Layer
from dovetail.hosts.torch.autograd import call as call_operation
from dovetail.hosts.torch.caller import TorchArguments
from dovetail.hosts.torch.devices import common_device
from dovetail.hosts.torch.dtypes import spec
from dovetail.hosts.torch.dynamo import CallInGraph, dynamo_skip, without_dicts
from dovetail.hosts.torch.errors import reraise
from dovetail.hosts.torch.fast_path import PLAIN
from dovetail.hosts.torch.memory import beside
from dovetail.language.tree import unflatten
from dovetail.operations.arguments import ForeignValue
from dovetail.operations.layer_operations import LayerCall, layer_operations

_WORD = torch.int32  # PyTorch draws no numbers of the type of a key, uint32


def _drawn_key(device: Any) -> Any:
    """A random key from PyTorch's generator: vmap and checkpointing treat it as they do noise."""
    limits = torch.iinfo(_WORD)
    return torch.randint(limits.min, limits.max + 1, (2,), dtype=_WORD, device=device)


Slot = tuple[dict[str, Any], Any, str]  # a module's dict of tensors, the module, a name in the dict


class LayerCalls(CallInGraph):
    """How a module runs its layer: its tensors, and the operations.

    `marker`: the layer's program when this was made; another one means that the layer
    has changed since.
    """

    def __init__(
        self,
        layer: Layer,
        parameters: Sequence[tuple[str, Any, str]],
        states: Sequence[tuple[str, Any, str]],
        keys: Sequence[str],
        modules: dict[str, Any],
    ) -> None:
        self.marker = layer.program
        self.operations = layer_operations(
            layer, tuple(path for path, _, _ in parameters), tuple(path for path, _, _ in states),
            tuple(keys),
        )  # fmt: skip
        self.parameters = [(module._parameters, module, name) for _, module, name in parameters]
        self.states = [(module._buffers, module, name) for _, module, name in states]
        self.slots: list[Slot] = [*self.parameters, *self.states]
        # Those that were made of a layer which still has arrays of its own.
        self.made_of = [each for each in modules.values() if each._source is not None]
        self.modes = [modules[prefix] for prefix in self.operations.trained]
        self.plain = self.operations.signature.plain

        def whole(modes: Any, values: Any, inputs: Any, kwargs: Any) -> Any:
            # A call in torch.compile's graph may return tuples of tensors only.
            output, changed, new = self.run(modes, values, inputs, kwargs)
            output, dicts = without_dicts(output)
            self.note = dicts, changed  # the states that have changed
            return output, tuple(new)

        self.whole = whole

    @dynamo_skip
    def __call__(
        self, modes: tuple[bool, ...], inputs: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """The output; new states are written to their buffers."""
        values: list[Any] = []
        for table, module, name in self.slots:
            value = table.get(name)
            values.append(getattr(module, name) if value is None else value)
        output, changed, new = self.run(modes, values, inputs, kwargs)
        if changed:
            self.write(changed, new)
        return output

    def write(self, changed: Sequence[int], new: Sequence[Any]) -> None:
        """Write new states into their buffers in place, as PyTorch's own layers do."""
        with torch.no_grad():
            for number, value in zip(changed, new, strict=True):
                table, module, name = self.states[number]
                buffer = table.get(name)
                (getattr(module, name) if buffer is None else buffer).copy_(value.detach())

    @dynamo_skip
    def run(
        self,
        modes: tuple[bool, ...],
        values: Sequence[Any],
        inputs: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> tuple[Any, tuple[int, ...], Sequence[Any]]:
        """The output, which states change, and their new values."""
        floats: Sequence[float] = ()
        call: LayerCall
        if not kwargs and len(inputs) == self.plain and PLAIN.issuperset(map(type, inputs)):
            call = self.operations.plain(modes, len(inputs))
            given: Sequence[Any] = inputs
        else:
            try:
                call, collected = self.operations.bound(modes, inputs, kwargs, TorchArguments)
            except ForeignValue as found:
                raise found.error from None
            given, floats = collected.arrays, collected.scalars
        keys = self.operations.keys
        arrays: tuple[Any, ...] = (*values, *given)
        unused: Any = None
        if keys:
            tensors = [each for each in arrays if isinstance(each, torch.Tensor)]
            device = common_device(self.operations.layer.name, tensors)
            unused = beside(arrays, torch.zeros(2, dtype=_WORD, device=device))
            arrays = (*values, *(unused for _ in keys), *given)
        operation = call.primal
        try:
            if operation.tree is None:
                operation.outputs(tuple(map(spec, arrays)))
            if keys:
                drawn = [
                    beside(arrays, _drawn_key(device), agreed=True)
                    if path in call.keys_read
                    else unused
                    for path in keys
                ]
                arrays = (*values, *drawn, *given)
            if call.changed:  # they are overwritten while backward may still read the old ones
                first = len(self.parameters)
                own = list(arrays)
                for number in call.changed:
                    own[first + number] = own[first + number].clone()
                arrays = tuple(own)
            found = call_operation(operation, (*arrays, *floats))
        except (RuntimeError, TypeError, ValueError, AttributeError) as error:
            reraise(error, operation, self.operations.layer.name, arrays)
        if not call.changed:
            if call.is_leaf:
                return found, (), ()
            leaves = found if isinstance(found, (tuple, list)) else (found,)
            return unflatten(call.output, leaves), (), ()
        count = call.output.leaves
        output = found[0] if call.is_leaf else unflatten(call.output, found[:count])
        return output, call.changed, found[count:]
