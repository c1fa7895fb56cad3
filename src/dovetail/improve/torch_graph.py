"""Modules of PyTorch with a `forward` of their own, by `torch.export`.

The operators of the exported graph become layers of the library where a module of `torch.nn` calls
them with its arrays, and otherwise functions of the language. PyTorch is not imported: whoever
gives a module has imported it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dovetail.errors import DovetailError
from dovetail.improve.aten import ACTIVATIONS, function_of
from dovetail.improve.exporting import Exported, exported
from dovetail.improve.torch_layers import FUNCTIONAL, OPERATORS, Operator
from dovetail.improve.torch_source import TorchSource, class_of
from dovetail.improve.trace_errors import Located, cannot_trace
from dovetail.improve.traced import (
    ArrayOf,
    Held,
    HeldState,
    Place,
    Reading,
    TracedModel,
    few,
)
from dovetail.library.layers import Activation
from dovetail.train.conversion import give
from dovetail.train.functional import Step, Value
from dovetail.train.naming import unique


def traced_module(module: Any, examples: Any) -> TracedModel:
    """The model of a module, traced with some inputs."""
    return TorchSource(module, few(examples), read).model()


def read(module: Any, x: Any) -> Reader:
    """The layers and steps of a module."""
    found = exported(module, x)
    reader = Reader(module, found)
    reader.read()
    return reader


@dataclass(eq=False)
class Reader(Reading):
    """Turns the nodes of an exported graph into layers and steps."""

    module: Any
    graph: Exported

    def __post_init__(self) -> None:
        self.modules = {id(each): path for path, each in self.graph.module.named_modules()}
        self.known: dict[Any, Any] = {}  # values of nodes; of those in one place, of the first
        self.first: dict[Any, Any] = {}  # the node whose array another one is
        self.owners: dict[int, ArrayOf] = {}  # arrays by the ids of PyTorch's
        self.calls: dict[Any, str] = {}  # the layers of nodes
        self.count = len(self.graph.inputs)

    def read(self) -> None:
        """All nodes in order; the layers first, because others may read their arrays."""
        for number, node in enumerate(self.graph.inputs):
            self.known[node] = Value(number)
        for node in self.graph.calls:
            self._find_layer(node)
        for node in self.graph.calls:
            self._step(node)
        self.outputs = self.graph.outputs(self._value)

    # Layers.

    def _find_layer(self, node: Any) -> None:
        """Let the operator be a layer if a module of torch.nn calls it with its own arrays."""
        name = node.target.__name__.partition(".")[0]
        operator_ = OPERATORS.get(name)
        if operator_ is None:
            return
        args = _all_arguments(node, operator_)
        holder = self.graph.module_of(node)
        if operator_.arrays and (holder is None or class_of(holder) is None):
            return
        arrays: dict[str, Any] = {}
        for each in operator_.arrays:
            array = args[each.place]
            if array is not None:
                tensor = self.graph.arrays.get(array)
                if tensor is None or not any(own is tensor for own in _own_arrays(holder)):
                    return
                arrays[each.name] = tensor
        path = self._path(node, name, holder if operator_.arrays else None)
        known = path in self.layers
        if not known and any(id(tensor) in self.owners for tensor in arrays.values()):
            return
        layer = self.layers[path] if known else self._made(node, operator_, args)
        if layer is None:
            return
        self.calls[node] = path
        if known:
            return
        like = {each.name: each for each in operator_.arrays}
        for array_name, tensor in arrays.items():
            self.owners[id(tensor)] = ArrayOf(path, array_name, like[array_name].back)
        give(layer, {
            key: tensor if like[key].axes is None else tensor.permute(like[key].axes)
            for key, tensor in arrays.items()
        })  # fmt: skip
        trained = [each for each in arrays.values() if id(each) in self.graph.trained]
        layer.trainable = any(each.requires_grad for each in trained) or not trained
        self.layers[path] = layer
        if holder is not None and arrays:
            names = self.graph.names
            self.places[path] = Place(
                self.modules[id(holder)],
                {key: (names[id(tensor)], like[key].back) for key, tensor in arrays.items()},
            )

    def _made(self, node: Any, operator_: Operator, args: list[Any]) -> Any:
        given = [_shape(each) for each in args]
        try:
            return operator_.make(*given)
        except NotImplementedError as reason:
            raise self._refused(node, str(reason)) from reason

    def _path(self, node: Any, name: str, holder: Any) -> str:
        """The path of the module that calls it; with the operator's name if that is not its own."""
        if holder is not None:
            path = self.modules[id(holder)]
            return path or name
        scope = self.graph.module_of(node)
        path = self.modules.get(id(scope), "")
        plain = scope is not None and not list(scope.children()) and path
        base = path if plain else f"{path}.{name}" if path else name
        return unique(base, self.layers)

    # Steps.

    def _step(self, node: Any) -> None:
        if node in self.calls:
            operator_ = OPERATORS[node.target.__name__.partition(".")[0]]
            places = {each.place for each in operator_.arrays}
            args = _all_arguments(node, operator_)
            first = next(each for number, each in enumerate(args) if number not in places)
            self._add(node, Step(self.calls[node], (self._value(first),), {}))
            return
        name, _, overload = node.target.__name__.partition(".")
        if not hasattr(node.target, "_schema"):  # of Python, on sizes or tuples
            if any(hasattr(each.meta.get("val"), "dtype") for each in node.all_input_nodes):
                raise self._refused(node, f"{node.target.__name__} has no counterpart")
            self._add(node, Step(node.target, self._given(node.args), {}))
            return
        if name.startswith("_assert"):  # what holds wherever the module may be called
            return
        if name == "sym_size":
            self._add(node, Step(_size_of, self._given(node.args), {}))
            return
        in_place = name.endswith("_") and not name.startswith("_")
        if in_place:
            self._check_in_place(node)
            name = name.removesuffix("_")
        function = FUNCTIONAL.get(name) or function_of(name, overload)
        if function is None:
            raise self._refused(node, f"the operator {name} has no counterpart")
        args = self._given(node.args)
        kwargs = self._given({k: v for k, v in node.kwargs.items() if k not in _LEFT_OUT})
        target: Any = function
        if name in ACTIVATIONS and len(args) == 1 and not kwargs:
            path = self._path(node, name, None)
            self.layers[path] = Activation(function)
            target = path
        if in_place:
            self.first[node] = self._base(node.args[0])
            node = self.first[node]
        if not isinstance(target, str):
            name, where = type(self.module).__name__, f", in {self.graph.where(node)}"
            target = Located(target, TorchSource.tracer, name, where)
        self._add(node, Step(target, args, kwargs))

    def _add(self, node: Any, step: Step) -> None:
        self.steps.append(step)
        self.known[self._base(node)] = Value(self.count)
        self.count += 1

    def _base(self, node: Any) -> Any:
        while node in self.first:
            node = self.first[node]
        return node

    def _check_in_place(self, node: Any) -> None:
        """Refuse an operator that overwrites an array which others show another view of."""
        base = self._base(node.args[0])
        same = [base, *(each for each in self.first if self._base(each) is base)]
        near = [base, *(user for each in same for user in each.users)]
        if any(_is_view(each) for each in near) or base in self.graph.arrays:
            raise self._refused(node, f"{node.target.__name__} overwrites an array that is shared")

    def _given(self, tree: Any) -> Any:
        if isinstance(tree, (tuple, list)):
            return tuple(map(self._given, tree))
        if isinstance(tree, dict):
            return {key: self._given(each) for key, each in tree.items()}
        if isinstance(tree, slice):
            raise TypeError("a slice among the arguments of an operator")
        return self._value(tree)

    def _value(self, leaf: Any) -> Any:
        if type(leaf).__name__ != "Node":
            return leaf
        leaf = self._base(leaf)
        if leaf not in self.known:
            self.known[leaf] = self._array(leaf)
        return self.known[leaf]

    def _array(self, node: Any) -> Any:
        """An array of the module that an operator reads by itself."""
        tensor = self.graph.arrays[node]
        if not tensor.is_floating_point() or id(tensor) not in self.graph.names:
            return tensor.detach().cpu().numpy()
        known = self.owners.get(id(tensor))
        if known is not None:
            return known
        name = self.graph.names[id(tensor)]
        kind: Any = Held if id(tensor) in self.graph.trained else HeldState
        path = unique(name, self.layers)
        self.layers[path] = give(kind(tuple(tensor.shape)), {"value": tensor})
        self.layers[path].trainable = tensor.requires_grad
        self.places[path] = Place(None, {"value": (name, None)})
        self.owners[id(tensor)] = ArrayOf(path, "value")
        return self.owners[id(tensor)]

    def _refused(self, node: Any, reason: str) -> DovetailError:
        where = self.graph.where(node)
        return cannot_trace(TorchSource.tracer, self.module, f"{reason}, in {where}")


def _own_arrays(module: Any) -> Iterator[Any]:
    yield from module.parameters(recurse=False)
    yield from module.buffers(recurse=False)


def _all_arguments(node: Any, operator_: Operator) -> list[Any]:
    """The arguments of a call, those by name and those that are left out among them."""
    args = [*node.args, *operator_.arguments[len(node.args) :]]
    if node.kwargs:
        schema = node.target._schema.arguments
        names = [each.name for each in schema]
        for name, value in node.kwargs.items():
            if name in names and names.index(name) < len(args):
                args[names.index(name)] = value
    return args


def _shape(value: Any) -> Any:
    """The shape of an array; anything else as it is."""
    if type(value).__name__ != "Node":
        return value
    found = value.meta["val"]
    return tuple(found.shape) if hasattr(found, "shape") else found


def _is_view(node: Any) -> bool:
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return node.target is operator.getitem
    return any(
        each.alias_info is not None and not each.alias_info.is_write for each in schema.returns
    )


def _size_of(x: Any, axis: int) -> int:
    size: int = x.shape[axis]
    return size


_LEFT_OUT = ("device", "layout", "pin_memory", "memory_format")
