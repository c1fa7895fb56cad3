"""What the layers of a model do: their calls, shapes, parameters, and multiply-adds.

The forward pass is traced once with one example, by a binding that notes every call of a layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dovetail.extension.binding import Binding
from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.program import example_spec
from dovetail.extension.values import leaves_of
from dovetail.graph.node import Node, post_order, topological
from dovetail.graph.primitives.scan import is_loop, loop_key
from dovetail.language.trace import trace
from dovetail.language.tracer import Tracer


@dataclass(eq=False)
class LayerCall:
    """One call of a layer, with the nodes of what it was given and of what it returned."""

    path: str  # of the layer, with a dot at the end; "" for the model
    layer: LayerTree
    depth: int
    inputs: list[Node]
    outputs: list[Node]
    multiply_adds: int = 0

    @property
    def name(self) -> str:
        """The path without the prefix that all layers of the model have."""
        return self.path.rstrip(".").removeprefix("layers.") or self.layer.name


class Noting(Binding):
    """A binding that notes the calls of layers."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values, training=False)
        self.calls: list[LayerCall] = []
        self._depth = 0

    def call(
        self, shadow: LayerTree, forward: Callable[..., Any], args: Any, kwargs: Any, training: Any
    ) -> Any:
        """Call `forward`, and note it."""
        noted = LayerCall(shadow.path, shadow.origin, self._depth, _nodes((args, kwargs)), [])
        self.calls.append(noted)
        self._depth += 1
        try:
            result = super().call(shadow, forward, args, kwargs, training)
        finally:
            self._depth -= 1
        noted.outputs = _nodes(result)
        return result


def _nodes(tree: Any) -> list[Node]:
    return [leaf.node for leaf in leaves_of(tree) if isinstance(leaf, Tracer)]


@dataclass(eq=False)
class Inspection:
    """The calls of the layers of a model, the model's own first, for one example.

    `arrays`: the nodes of the parameters and states by path.
    """

    calls: list[LayerCall]
    arrays: dict[str, Node]

    @property
    def model(self) -> LayerCall:
        """The call of the model itself."""
        return self.calls[0]

    @cached_property
    def readers(self) -> Counter[Node]:
        """How many times each node of the model is an operand, or an output."""
        outputs = self.model.outputs
        return Counter([*outputs, *(arg for node in topological(outputs) for arg in node.args)])

    def inner(self, depth: int = 1) -> list[LayerCall]:
        """The calls of its layers, and of those in them, to a depth."""
        return [call for call in self.calls if 1 <= call.depth <= depth]

    def sources(self) -> dict[LayerCall, list[LayerCall | Node]]:
        """For each direct call of a layer, the calls and inputs whose values it is given."""
        direct = self.inner()
        made = {node: call for call in direct for node in call.outputs}
        inputs = set(self.model.inputs)

        def above(nodes: Iterable[Node], own: LayerCall | None) -> list[LayerCall | Node]:
            found: dict[LayerCall | Node, None] = {}
            seen: set[Node] = set()
            stack = list(nodes)
            while stack:
                node = stack.pop()
                if node in seen:
                    continue
                seen.add(node)
                if node in made and made[node] is not own:
                    found[made[node]] = None
                elif node in inputs:
                    found[node] = None
                else:
                    stack.extend(node.args)
            return list(found)

        return {
            **{call: above(call.inputs, None) for call in direct},
            self.model: above(self.model.outputs, None),
        }


def inspect_model(model: Any, inputs: Sequence[Any]) -> Inspection:
    """The calls of a built model, for inputs of which one example is taken."""
    specs = [example_spec(model.parameters()), example_spec(model.states())]
    noted: list[Noting] = []
    arrays: dict[str, Node] = {}

    def run(parameters: Any, states: Any, *args: Any) -> Any:
        binding = Noting({**parameters, **states})
        noted.append(binding)
        arrays.update({path: each.node for path, each in {**parameters, **states}.items()})
        return binding.forward(model, args, {})

    trace(run, [*specs, *inputs])
    calls = noted[0].calls
    for call in calls:
        call.multiply_adds = multiply_adds(call.outputs, call.inputs)
    return Inspection(calls, arrays)


def shape_text(node: Node) -> str:
    """The shape of an input or output of a layer, with n examples: (n, 784)."""
    return f"({', '.join(['n', *map(str, node.shape[1:])])})"


def multiply_adds(outputs: Iterable[Node], inputs: Iterable[Node]) -> int:
    """The multiply-adds of the products and convolutions between inputs and outputs."""
    given, total = set(inputs), 0
    loops: set[Any] = set()
    for node in post_order(outputs, lambda node: () if node in given else node.args):
        if node in given:
            continue
        if is_loop(node):
            key = loop_key(node)
            if key not in loops:
                loops.add(key)
                body = node.attr("body")
                total += max(1, node.integer("length")) * multiply_adds(body.outputs, body.inputs)
        elif node.primitive.multiply_adds is not None:
            total += node.primitive.multiply_adds(node)
    return total
