"""The forward pass of a layer as operations on flat arrays, for a host's own layers.

A host's layer holds parameters and states as its own variables. Its call gives their arrays
in the order of their paths, then the inputs; it gets the output, and the new values of
those states that the pass has changed. There is one operation for each way to call:
which layers are in training, and what is static among the inputs. Layers that say the
same share their operations.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from dovetail.extension.binding import Binding
from dovetail.extension.exact import exact_key
from dovetail.extension.layer import Layer
from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.signature import Signature
from dovetail.graph.primitives.declared import hold_constant
from dovetail.language import operands
from dovetail.language.tree import LEAF, Tree
from dovetail.operations.operation import Primal

Paths = tuple[str, ...]


class LayerCall:
    """One way to call a layer: its operation, and what the results are."""

    def __init__(self, primal: Primal, states: Paths, keys: set[str]) -> None:
        self.primal = primal
        self._states = states
        self.keys_read = keys  # the paths of the random keys that the pass reads, once traced

    @cached_property
    def output(self) -> Tree:
        """The structure of the output; known once the operation has been traced."""
        assert self.primal.tree is not None, "the operation has not been traced"
        return self.primal.tree.children[0]

    @cached_property
    def changed(self) -> tuple[int, ...]:
        """The numbers of the states that the pass changes; their new values follow the output."""
        assert self.primal.tree is not None, "the operation has not been traced"
        return tuple(self._states.index(path) for path in self.primal.tree.children[1].keys)

    @cached_property
    def is_leaf(self) -> bool:
        """Whether the output is one array."""
        return self.output == LEAF


class LayerOperations:
    """The operations of layers that say the same as this one."""

    def __init__(self, layer: Layer, parameters: Paths, states: Paths, keys: Paths) -> None:
        self.layer = layer
        self.parameters, self.states, self.keys = parameters, states, keys
        self.trained = trained_paths(layer)
        inner = layer.signature
        arguments = tuple(each for each in inner.arguments if each.name != "training")
        self.signature = Signature(inner.name, arguments, inner.location)
        self._calls: dict[Any, LayerCall] = {}

    def known(self, key: Any) -> LayerCall | None:
        """The call that was made under this key."""
        return self._calls.get(key)

    def plain(self, modes: tuple[bool, ...], count: int) -> LayerCall:
        """The call with so many inputs, each of them one array."""
        key = modes, count
        found = self._calls.get(key)
        if found is None:
            found = self.call(key, modes, lambda *leaves: (leaves, {}), [True] * count)
        return found

    def call(
        self,
        key: Any,
        modes: tuple[bool, ...],
        arguments: Callable[..., tuple[Sequence[Any], Mapping[str, Any]]],
        order: Iterable[bool],
    ) -> LayerCall:
        """The call whose inputs `arguments` makes of leaves; `order` says which are arrays.

        `modes` says of each layer in `trained` whether it is in training.
        """
        layer, paths = self.layer, (*self.parameters, *self.states, *self.keys)
        training = dict(zip(self.trained, modes, strict=True))
        read: set[str] = set()

        def forward(*leaves: Any) -> tuple[Any, dict[str, Any]]:
            values = dict(zip(paths, leaves, strict=False))
            args, kwargs = arguments(*leaves[len(paths) :])
            binding = _Modes(values, training)
            shadow = binding.shadow(layer)
            output = binding.call(shadow, shadow.forward, args, kwargs, None)
            read.update(binding.keys_read)
            # No gradient is asked for by way of a state, which is kept from step to step.
            states = {
                path: operands.wrap(hold_constant(binding.new_states[path].node))
                for path in self.states
                if path in binding.new_states
            }
            return output, states

        primal = Primal(layer.name, layer.location, forward, [*[True] * len(paths), *order])
        return self._calls.setdefault(key, LayerCall(primal, self.states, read))


class _Modes(Binding):
    """A binding in which each layer is in training or not, whatever is around it."""

    def __init__(self, values: Mapping[str, Any], modes: Mapping[str, bool]) -> None:
        super().__init__(values, False)
        self._modes = modes

    def call(
        self, shadow: LayerTree, forward: Callable[..., Any], args: Any, kwargs: Any, training: Any
    ) -> Any:
        if training is None:
            training = self._modes.get(shadow.path)
        return super().call(shadow, forward, args, kwargs, training)


def trained_paths(layer: Layer) -> Paths:
    """The prefixes of the layers whose forward pass differs in training."""
    found: Any = layer.walk()
    return tuple(prefix for inner, prefix in found if inner.takes_training)


# Sharing.

_shared: dict[Any, LayerOperations] = {}
_lock = threading.Lock()


def layer_operations(
    layer: Layer, parameters: Paths, states: Paths, keys: Paths = ()
) -> LayerOperations:
    """The operations of a layer whose arrays are at these paths; its own arrays don't matter.

    `keys`: the random keys that the host draws for each call; the others are among the states.
    """
    key = exact_key(layer), parameters, states, keys
    with _lock:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = LayerOperations(_without_arrays(layer), parameters, states, keys)
        return found


def _without_arrays(layer: Layer) -> Layer:
    """A copy, which changes to the layer do not reach."""
    found = copy.deepcopy(layer)
    for inner, _ in found.walk():
        inner.drop_arrays()
    return found
