"""A layer as a tree of layers: their parameters and states by dotted path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from weakref import WeakSet

import numpy as np

from dovetail.errors import UnknownNameError
from dovetail.extension.call_errors import not_defined
from dovetail.extension.dispatch import Caller, hosts
from dovetail.extension.exact import Structured
from dovetail.extension.parameters import Declaration, FromInput, Parameter
from dovetail.extension.signature import Signature, read_signature
from dovetail.extension.uses import Uses
from dovetail.graph.node import Array

Slot = tuple[str, dict[str, Array], str]  # (path, arrays of the layer, name among them)


def drawn_entropy() -> Any:
    """A seed from the operating system, for a layer without one."""
    return np.random.SeedSequence().entropy


class LayerTree(Structured):
    """A layer with the layers in its attributes, and arrays by name."""

    _reserves = True
    _own: ClassVar[frozenset[str]] = frozenset({
        "_arrays", "_binding", "_built", "_callers", "_entropy", "_formed", "_given", "_inside",
        "_keys_read", "_making", "_origin", "_parents", "_path", "_predictor", "_program", "_seen",
        "_slots", "_stepper", "_training", "signature", "trainable", "uses",
    })  # fmt: skip

    declared: ClassVar[dict[str, Declaration]] = {}
    inferred: ClassVar[dict[str, FromInput]] = {}
    takes_training: ClassVar[bool] = False

    seed: int | None  # as given; parameters are drawn from it

    _arrays: dict[str, Array]
    _built: bool
    _entropy: Any  # drawn where no seed was given
    _parents: WeakSet[LayerTree]
    _slots: tuple[list[Slot], list[Slot]] | None
    _program: Any
    trainable: bool
    _callers: dict[type, Caller]

    # Of a shadow (binding.py).
    _path: str = ""
    _origin: LayerTree | None = None

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The output for the inputs; subclasses define it."""
        raise not_defined(type(self).__name__, "forward(self, x)", self.location)

    @cached_property
    def uses(self) -> Uses:
        """The kinds of inputs that it was built for or called with."""
        return Uses()

    @property
    def path(self) -> str:
        """The prefix of a shadow's paths in the traced layer: "", or a dotted path and a dot."""
        return self._path

    @property
    def origin(self) -> LayerTree:
        """The layer of a shadow; otherwise the layer itself."""
        return self if self._origin is None else self._origin

    @cached_property
    def signature(self) -> Signature:
        """The arguments of `forward`."""
        return read_signature(type(self).forward, self.name, skip=1, location=self.location)

    def entropy(self) -> int:
        """The seed, or one drawn from the operating system once."""
        if self.seed is not None:
            return self.seed
        drawn: Any = self._entropy
        if drawn is None:
            drawn = self.__dict__["_entropy"] = drawn_entropy()
        return int(drawn)

    def children(self) -> dict[str, LayerTree]:
        """The layers that this one holds directly, by their path."""
        found: dict[str, LayerTree] = {}
        for name, value in vars(self).items():
            if name not in self._own:
                found.update({path: layer for layer, path in layers_in(value, name)})
        return found

    def walk(self) -> list[tuple[Any, str]]:
        """This layer and all inside it, each once, with the prefix of its paths."""
        found: list[tuple[Any, str]] = []
        seen: set[int] = set()

        def visit(layer: LayerTree, prefix: str) -> None:
            if id(layer) not in seen:
                seen.add(id(layer))
                found.append((layer, prefix))
                for path, child in layer.children().items():
                    visit(child, f"{prefix}{path}.")

        visit(self, "")
        return found

    def outermost(self) -> LayerTree:
        """The outermost layer that holds this one, whose seed its arrays are made from."""
        found, seen = self, {id(self)}
        while (parent := next(iter(found._parents), None)) is not None and id(parent) not in seen:
            found = parent
            seen.add(id(found))
        return found

    def slots(self) -> tuple[list[Slot], list[Slot]]:
        """The slots of the parameters, and of the states."""
        if self._slots is not None:
            return self._slots
        found: tuple[list[Slot], list[Slot]] = ([], [])
        for layer, prefix in self.walk():
            for name, declaration in layer.declared.items():
                if name in layer._arrays:
                    kind = 0 if isinstance(declaration, Parameter) else 1
                    found[kind].append((prefix + name, layer._arrays, name))
        self.__dict__["_slots"] = found
        return found

    def parameters(self) -> dict[str, Array]:
        """The parameters by dotted path, such as "encoder.dense.kernel"."""
        return {path: arrays[name] for path, arrays, name in self.slots()[0]}

    def states(self) -> dict[str, Array]:
        """The states by dotted path."""
        return {path: arrays[name] for path, arrays, name in self.slots()[1]}

    def _at(self, path: str) -> tuple[LayerTree, str]:
        prefix, dot, name = path.rpartition(".")
        self.slots()  # which makes the arrays, where they can be
        for layer, known in self.walk():
            if known == prefix + dot and name in layer._arrays:
                return layer, name
        known = *self.parameters(), *self.states()
        remedy = "correct the path" if known else f"call {self.name}, or build it, first"
        raise UnknownNameError(f"parameter or state of {self.name}", path, known, remedy)

    def get(self, path: str) -> Array:
        """The parameter or state at a path."""
        layer, name = self._at(path)
        return layer._arrays[name]

    def set(self, path: str, value: Any) -> None:
        """Replace the parameter or state at a path by one of the same shape."""
        layer, name = self._at(path)
        setattr(layer, name, value)

    def load(self, values: Mapping[str, Any]) -> None:
        """Replace parameters and states by path; sizes that are not known yet are theirs."""
        for layer, prefix in self.walk():
            for name in layer.declared:
                if prefix + name in values:
                    layer.infer_sizes(name, np.shape(values[prefix + name]))
        for path, value in values.items():
            self.set(path, value)

    @property
    def sizes_known(self) -> bool:
        """Whether no size has to come from an input, or from the shape of an array."""
        return all(
            name in vars(self) or source.axes(self) is None
            for name, source in self.inferred.items()
        )

    def infer_sizes(self, name: str, shape: Sequence[int]) -> None:
        """Set the sizes that come from the input, from the shape of a parameter or state."""
        for field, extent in self.declared[name].sizes(self, shape).items():
            if field not in vars(self):
                setattr(self, field, extent)

    def keep_array(self, name: str, array: Array) -> None:
        """Store the array of a parameter or state."""
        known = name in self._arrays
        self._arrays[name] = array
        if not known:
            self.changed()

    def has_array(self, name: str) -> bool:
        """Whether the parameter or state of this name has been made."""
        return name in self._arrays

    def drop_arrays(self) -> None:
        """Forget the parameters and states of this layer itself."""
        self._arrays.clear()
        self.changed()

    def changed(self) -> None:
        """Forget the compiled program, here and in every layer that holds this one."""
        self.__dict__.update(_program=None, _slots=None, _callers={})
        for parent in self._parents:
            parent.changed()

    def forget_forms(self) -> None:
        """Drop the hosts' forms of this layer and of every layer that holds it."""
        if self.__dict__.pop("_formed", False):
            hosts().forget(self)
        for parent in self._parents:
            parent.forget_forms()


def layers_in(value: Any, path: str) -> Sequence[tuple[LayerTree, str]]:
    """The layers in an attribute, with their paths."""
    if isinstance(value, LayerTree):
        return [(value, path)]
    items: Any = ()
    if isinstance(value, (tuple, list)):
        items = enumerate(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    elif isinstance(value, dict):
        items = value.items()  # pyright: ignore[reportUnknownVariableType]
    return [found for key, item in items for found in layers_in(item, f"{path}.{key}")]
