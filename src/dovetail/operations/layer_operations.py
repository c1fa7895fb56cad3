"""The forward pass of a layer as operations on flat arrays, for a host's own layers.

A host's layer holds parameters and states as its own variables. Its call passes their arrays
in the order of their paths, then the inputs; it returns the output, and the new values of
the states that the pass has changed. There is one operation for each combination of modes
(which layers are in training) and static inputs. Layers with equal content share operations.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

from dovetail.extension.binding import Binding
from dovetail.extension.exact import exact_key
from dovetail.extension.layer import Layer
from dovetail.extension.signature import Signature
from dovetail.graph.primitives.declared import hold_constant
from dovetail.language import operands
from dovetail.language.trace import trace
from dovetail.language.tree import LEAF, Tree
from dovetail.operations.arguments import ARRAY, CallTemplate, Spread
from dovetail.operations.calls import Primal

Paths = tuple[str, ...]
Arguments = TypeVar("Arguments", bound=CallTemplate)


class LayerCall:
    """One kind of call of a layer: its operation, and its results."""

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


@dataclass(frozen=True)
class LayerPass:
    """A forward pass: the layer, its paths, the modes, and the inputs.

    `inputs`: how many arrays, or the arguments with placeholders and their order.
    """

    layer: Layer
    paths: tuple[Paths, Paths, Paths]
    modes: tuple[bool, ...]
    inputs: int | tuple[Sequence[Any], Sequence[str]]


class LayerOperations:
    """The operations of layers with the content of this one."""

    def __init__(self, layer: Layer, parameters: Paths, states: Paths, keys: Paths) -> None:
        self.layer = layer
        self.parameters, self.states, self.keys = parameters, states, keys
        walked: Any = layer.walk()
        # The prefixes of the layers whose forward pass differs in training.
        self.trained = tuple(prefix for inner, prefix in walked if inner.takes_training)
        inner = layer.signature
        arguments = tuple(each for each in inner.arguments if each.name != "training")
        self.signature = Signature(inner.name, arguments, inner.location)
        self._calls: dict[Any, LayerCall] = {}

    def plain(self, modes: tuple[bool, ...], count: int) -> LayerCall:
        """The call with so many inputs, each of them one array."""
        key = modes, count
        found = self._calls.get(key)
        if found is None:
            order = [ARRAY] * count
            found = self._call(key, modes, lambda leaves: (list(leaves), {}), order, count)
        return found

    def bound(
        self, modes: tuple[bool, ...], inputs: tuple[Any, ...], kwargs: Mapping[str, Any],
        arguments: Callable[[Signature, list[Any]], Arguments],
    ) -> tuple[LayerCall, Arguments]:  # fmt: skip
        """The call with any inputs, and what is sorted of them by a host's `arguments`."""
        collected = arguments(self.signature, self.signature.bind(inputs, dict(kwargs)))
        return self.with_template((modes, tuple(collected.key)), modes, collected), collected

    def with_template(
        self, key: Any, modes: tuple[bool, ...], collected: CallTemplate
    ) -> LayerCall:
        """The call whose inputs are these arguments; calls alike have one key."""
        found = self._calls.get(key)
        if found is None:
            inputs = collected.values, collected.order
            found = self._call(key, modes, collected.spread(), collected.order, inputs)
        return found

    def _call(
        self,
        key: Any,
        modes: tuple[bool, ...],
        arguments: Spread,
        order: Iterable[str],
        inputs: Any,
    ) -> LayerCall:
        """The call with inputs that `arguments` makes of leaves; `order` says what each is.

        `modes`: for each layer in `trained`, whether it is in training.
        """
        layer, paths = self.layer, (*self.parameters, *self.states, *self.keys)
        training = dict(zip(self.trained, modes, strict=True))
        read: set[str] = set()

        def forward(*leaves: Any) -> tuple[Any, dict[str, Any]]:
            values = dict(zip(paths, leaves, strict=False))
            args, kwargs = arguments(leaves[len(paths) :])
            binding = Binding(values, training)
            output = binding.forward(layer, args, kwargs)
            read.update(binding.keys_read)
            # No gradient flows through a state from step to step.
            states = {
                path: operands.wrap(hold_constant(binding.new_states[path].node))
                for path in self.states
                if path in binding.new_states
            }
            return output, states

        order = [*[ARRAY] * len(paths), *order]
        primal = Primal(layer.name, layer.location, partial(trace, forward), order)
        apart = self.parameters, self.states, self.keys
        primal.content = LayerPass(layer, apart, modes, inputs)
        return self._calls.setdefault(key, LayerCall(primal, self.states, read))


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
