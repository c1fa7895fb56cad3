"""A layer under trace: a shadow of it and of the layers in it, with tracers for arrays.

A forward pass runs on shadows: the binding records what it assigns to states, so that the pass is a
pure function, and several may run at once. While building, parameters are made when they are read
and fields resolved from inputs; the layers get them after the trace has succeeded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dovetail.errors import DefinitionError, ShapeError
from dovetail.extension.building import make_array
from dovetail.extension.call_errors import absent_state, not_built, wrong_value
from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.parameters import Declaration, Parameter, RandomKey
from dovetail.extension.values import as_tracer, is_dict, is_sequence, is_tuple, leaves_of
from dovetail.language import operands
from dovetail.language.random import fold_in
from dovetail.language.tracer import Tracer
from dovetail.language.weak import cast_node


class Binding:
    """What the shadows of one trace share.

    `values`: the tracer or array of each parameter and state, by path. `training`: the mode, or
    the mode of layers by path. `seeds`: given while building (building.py); missing arrays are
    then made instead of being an error.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        training: bool | Mapping[str, bool],
        seeds: Mapping[int, tuple[int, str]] | None = None,
    ) -> None:
        self.values = dict(values)
        self.training = training is True
        self._modes: Mapping[str, bool] = {} if isinstance(training, bool) else training
        self.building = seeds is not None
        self.seeds = seeds or {}
        self.new_states: dict[str, Tracer] = {}
        self.keys_read: set[str] = set()  # the paths of the random keys that were read
        self._keys_in_use: set[str] = set()  # of these, by the innermost call
        self.created: list[tuple[LayerTree, str, Any]] = []
        self.resolved: list[tuple[LayerTree, str, Any]] = []
        self._shadows: dict[int, LayerTree] = {}

    def forward(self, layer: LayerTree, inputs: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The output of a layer, traced; new states are then in `new_states`."""
        shadow = self.shadow(layer)
        return self.call(shadow, shadow.forward, inputs, kwargs, None)

    def shadow(self, layer: LayerTree, path: str = "") -> LayerTree:
        """The shadow of a layer; one for each, however often it occurs."""
        known = self._shadows.get(id(layer))
        if known is not None:
            return known
        shadow: LayerTree = object.__new__(type(layer))
        owner: Any = type(layer)
        ours: frozenset[str] = owner._own
        self._shadows[id(layer)] = shadow
        attributes = {
            name: self._entered(value, f"{path}{name}")
            for name, value in vars(layer).items()
            if name not in ours
        }
        private = {name: value for name, value in vars(layer).items() if name in ours}
        private |= {"_binding": self, "_path": path, "_origin": layer, "_arrays": {}}
        for name, value in {**private, **attributes}.items():
            object.__setattr__(shadow, name, value)
        return shadow

    def _entered(self, value: Any, path: str) -> Any:
        """An attribute, with shadows for the layers in it."""
        if hasattr(value, "read_declared") and hasattr(value, "forward"):
            return self.shadow(value, f"{path}.")
        if is_tuple(value):
            items = tuple(self._entered(item, f"{path}.{i}") for i, item in enumerate(value))
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        if is_dict(value):
            return {key: self._entered(item, f"{path}.{key}") for key, item in value.items()}
        return value

    def read(self, shadow: LayerTree, declaration: Declaration) -> Any:
        """The value of a parameter or state in this pass."""
        path = shadow.path + declaration.name
        value = self.values.get(path)
        if value is None:
            if declaration.when is not None and not getattr(shadow, declaration.when):
                return None
            if not self.building:
                raise not_built(f"{type(shadow).__name__}: {path!r}", shadow.location)
            made = make_array(shadow, declaration, self.seeds[id(shadow.origin)])
            self.created.append((shadow.origin, declaration.name, made))
            value = made
        if not isinstance(value, Tracer):
            value = as_tracer(value)
        self.values[path] = value
        if isinstance(declaration, RandomKey):
            self.keys_read.add(path)
            self._keys_in_use.add(path)
        return value

    def read_for_replay(self, shadow: LayerTree, declaration: Declaration) -> Any:
        """The value for maths that renews random keys itself, by `renew`."""
        value = self.read(shadow, declaration)
        self._keys_in_use.discard(shadow.path + declaration.name)
        return value

    def mixes_modes(self, path: str) -> bool:
        """Whether layers below a path are in another mode than the one that is running."""
        below = [mode for inner, mode in self._modes.items() if inner.startswith(path)]
        return any(mode is not self.training for mode in below)

    def renew(self, path: str, value: Tracer) -> None:
        """Record the new value of a state or random key, as the maths of a file gives it."""
        self.values[path] = self.new_states[path] = value

    def write(self, shadow: LayerTree, declaration: Declaration, value: Any) -> None:
        """Record the new value of a state."""
        where = f"{type(shadow).__name__}.{declaration.name}"
        if isinstance(declaration, Parameter):
            raise DefinitionError(
                f"{where} is a parameter and was assigned to inside forward",
                "parameters are changed by an optimizer only",
                "declare it as dt.State",
                shadow.location,
            )
        if isinstance(declaration, RandomKey):
            raise DefinitionError(
                f"{where} is a random key, and was assigned to",
                "keys are only read; each pass gets another one",
                "leave the assignment out; dt.fold_in(self.key, n) gives more keys in one pass",
                shadow.location,
            )
        if not operands.is_array(value):
            raise wrong_value(where, type(value).__name__, "an array", shadow.location)
        old: Any = self.read(shadow, declaration)
        if old is None:
            raise absent_state(where, str(declaration.when), shadow.location)
        node = operands.array(value)
        if node.shape != old.shape:
            raise wrong_value(where, f"shape {node.shape}", f"shape {old.shape}", shadow.location)
        new = operands.wrap(cast_node(node, old.dtype))
        path = shadow.path + declaration.name
        self.values[path] = self.new_states[path] = new

    def resolve(self, shadow: LayerTree, inputs: Any) -> None:
        """Set the fields that come from the first input, and check those that are set."""
        if not shadow.inferred:
            return
        leaves = leaves_of(inputs)
        shape = tuple(leaves[0].shape) if leaves and hasattr(leaves[0], "shape") else ()
        for name, source in shadow.inferred.items():
            axes, known = source.axes(shadow), vars(shadow).get(name)
            extent: Any
            if axes is None:
                extent = 1 if known is None else known
            elif is_sequence(axes):
                extent = tuple(_extent(shadow, name, axis, shape) for axis in axes)
                known = tuple(known) if is_sequence(known) else known
            else:
                extent = _extent(shadow, name, axes, shape)
            if known is None:
                object.__setattr__(shadow, name, extent)
                self.resolved.append((shadow.origin, name, extent))
            elif known != extent:
                raise _another_extent(shadow, name, axes, known, extent, shape)

    def commit(self) -> None:
        """Store resolved fields and new arrays in the layers themselves."""
        for layer, name, extent in self.resolved:
            setattr(layer, name, extent)
        for layer, name, array in self.created:
            layer.keep_array(name, array)

    def call(
        self, shadow: LayerTree, forward: Callable[..., Any], args: Any, kwargs: Any, training: Any
    ) -> Any:
        """Call `forward` with `training` as given, or as in the enclosing layer."""
        outer, keys = self.training, self._keys_in_use
        if training is None:
            training = self._modes.get(shadow.path)
        self.training = outer if training is None else bool(training)
        self._keys_in_use = set()
        try:
            self.resolve(shadow, args)
            if shadow.takes_training:
                kwargs = {**kwargs, "training": self.training}
            output = forward(*args, **kwargs)
            for path in sorted(self._keys_in_use):  # another key for the next call
                self.values[path] = self.new_states[path] = fold_in(self.values[path], 1)
            return output
        finally:
            self.training, self._keys_in_use = outer, keys


def _extent(shadow: LayerTree, field: str, axis: int, shape: tuple[int, ...]) -> int:
    """The size of an axis of the first input."""
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(
            f"{type(shadow).__name__}.{field} is axis {axis} of the first input", [shape],
            "an input that has this axis",
            f"pass an array with that axis, or give {field}= when making the layer",
            shadow.location,
        )  # fmt: skip
    return shape[axis]


def _another_extent(
    shadow: LayerTree, field: str, axes: Any, known: Any, extent: Any, shape: tuple[int, ...]
) -> ShapeError:
    name, where = type(shadow).__name__, f"{'axes' if is_sequence(axes) else 'axis'} {axes}"
    return ShapeError(
        f"{name} was made for inputs with {field} = {known} on {where}", [shape],
        f"an input with {known} elements on {where}",
        f"reshape the input, or make another {name} for {field} = {extent}",
        shadow.location,
    )  # fmt: skip
