"""dt.Layer: a class with hyperparameter fields, parameters, states and a forward pass.

Annotated names are fields, given by position or name. Their values are constants of the compiled
program; changing one traces again. Parameters and states are made from the seed of the outermost
layer and the path of each, in any order: at the first call, by `build`, or, where all sizes are
known or given by loaded values, when they are first read or set.

On NumPy arrays a call runs the compiled forward pass and, with `training=True`, keeps the new
states. On tracers it is inlined with its arrays as constants; `pure()` gives the function of
parameters and states that a training step differentiates. On another framework's arrays the call
goes to the layer's form there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakSet

import numpy as np

from dovetail.extension.binding import Binding
from dovetail.extension.building import building, make_missing
from dovetail.extension.call_errors import not_built, taken_name, wrong_value
from dovetail.extension.dispatch import hosts, recorder
from dovetail.extension.fields import (
    ConstructorSignature,
    Field,
    HasFields,
    as_field,
    attribute,
    field_values,
    fields_of,
    option,
)
from dovetail.extension.layer_tree import LayerTree, Slot, layers_in
from dovetail.extension.names import check_names, reserved_names
from dovetail.extension.parameters import Declaration, FromInput, declarations
from dovetail.extension.program import LayerFunction, Pure, trace_for_build
from dovetail.extension.values import leaves_of
from dovetail.language.scope import running
from dovetail.language.tracer import Tracer

_NEEDED = {"training": "the mode that `forward` is called in"}
_SETTABLE = frozenset({"seed", "trainable"})
Example = Callable[[Any], tuple[Any, ...]]


class Layer(HasFields, LayerTree):
    """Subclass it: annotated fields, dt.Parameter, dt.State, and `forward`."""

    _reserves = True
    _kind = "layer"

    seed: int | None = option(default=None, kw_only=True)  # as given; parameters are drawn from it

    # Whether the trainer changes the parameters of this layer and of those in it.
    trainable: bool = attribute(default=True, init=False)

    # Of a shadow: the trace that it belongs to (binding.py).
    _binding: Binding | None = attribute(default=None, init=False)
    _example: ClassVar[Example | None] = None  # declared by `samples`

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields, declared = fields_of(cls, Layer, Declaration), declarations(cls)
        own = (*(field.name for field in fields), *declared)
        check_names(cls, ("forward",), own, _NEEDED)
        cls.fields, cls.declared = fields, declared
        cls.inferred = {
            field.name: field.default
            for field in cls.fields
            if isinstance(field.default, FromInput)
        }
        code = getattr(cls.forward, "__code__", None)
        arguments = () if code is None else code.co_varnames[
            : code.co_argcount + code.co_kwonlyargcount
        ]  # fmt: skip
        cls.takes_training = "training" in arguments
        cls._taken = frozenset(reserved_names(cls)) - _SETTABLE

    def __init__(self, *args: Any, seed: int | None = None, **kwargs: Any) -> None:
        self.__dict__.update(
            seed=seed, _entropy=None, _arrays={}, _built=False, _parents=WeakSet(),
            _program=None, _slots=None, _callers={},
        )  # fmt: skip
        owner = type(self)
        values = field_values(owner.__name__, owner.fields, args, kwargs, self.location)
        for field in owner.fields:
            value = values[field.name]
            if not isinstance(value, FromInput):
                setattr(self, field.name, as_field(field, value))

    __signature__ = ConstructorSignature(__init__, (Field("seed", None, False, "int | None"),))

    @classmethod
    def samples(cls, function: Example) -> Example:
        """Declare an example for the checker: a function of a NumPy random generator.

        It returns a layer of this class and its inputs: `(layer, array, ...)`.
        """
        cls._example = staticmethod(function)
        return function

    def __repr__(self) -> str:
        values = vars(self)
        shown = [f"{f.name}={values[f.name]!r}" for f in self.fields if f.name in values]
        return f"{self.name}({', '.join(shown)})"

    # Calling.

    def __call__(self, *inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        binding = self._binding
        if binding is not None:
            return binding.call(self, self.forward, inputs, kwargs, training)
        caller = self._callers.get(inputs[0].__class__) if inputs else None
        if caller is None:
            leaves = leaves_of((inputs, kwargs))
            if running() is not None or any(isinstance(leaf, Tracer) for leaf in leaves):
                return self._inline(inputs, kwargs, training)
            symbol = recorder(leaves)
            if symbol is not None:
                mode = {} if training is None else {"training": training}
                return symbol.__dovetail_call__(self, inputs, {**kwargs, **mode})
            host = hosts().host_of(leaves, self.name)
            if not host.holds_layers:
                return getattr(self, host.name)(*inputs, training=bool(training), **kwargs)
            self.build(*(host.spec(v) if host.owns(v) else v for v in inputs))
            caller = self.program.caller_on(host)
            if inputs and host.owns(inputs[0]):
                self._callers[type(inputs[0])] = caller
        parameters, states = self.slots()
        output, new_states = caller(
            (
                {path: arrays[name] for path, arrays, name in parameters},
                {path: arrays[name] for path, arrays, name in states},
                *inputs,
            ),
            {"training": True, **kwargs} if training else kwargs,
        )
        if training:
            for path, arrays, name in states:
                arrays[name] = new_states[path]
        return output

    def _inline(
        self, inputs: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None
    ) -> Any:
        """Inline the forward pass, with arrays as constants; new states are dropped."""
        self.build(*inputs)
        binding = Binding({**self.parameters(), **self.states()}, bool(training))
        return binding.forward(self, inputs, kwargs)

    @property
    def program(self) -> LayerFunction:
        """The forward pass as an extension of parameters, states and inputs; made once."""
        known: LayerFunction | None = self._program
        if known is None:
            known = self.__dict__["_program"] = LayerFunction(self)
        return known

    def pure(self, *inputs: Any) -> Pure:
        """The forward pass as pure functions: `init(seed)` and `apply(parameters, states, x)`.

        `inputs`: shapes or arrays to build the layer with, where it is not built yet.
        """
        if inputs:
            self.build(*inputs)
        return Pure(self)

    def build(self, *inputs: Any) -> Layer:
        """Make the parameters and states for inputs of these shapes; returns the layer.

        An input is a shape (a tuple, None for any size), an array, or a tree of arrays. Does
        nothing where the layer is built.
        """
        if not self._built:
            with building:
                for training in (False, True):
                    trace_for_build(self, inputs, training).commit()
                make_missing(self)
                self.__dict__["_built"] = True
        return self

    def frozen_layers(self) -> list[tuple[LayerTree, str]]:
        """The layers whose parameters are not trained, with the prefix of their paths."""
        found: list[tuple[LayerTree, str]] = []
        frozen: list[str] = []
        for layer, prefix in self.walk():
            inside = any(prefix.startswith(above) for above in frozen)
            if inside or not layer.trainable:
                frozen.append(prefix)
                found.append((layer, prefix))
        return found

    def frozen_paths(self) -> frozenset[str]:
        """The paths of the parameters that are not trained."""
        prefixes = tuple(prefix for _, prefix in self.frozen_layers())
        return frozenset(path for path, _, _ in self.slots()[0] if path.startswith(prefixes))

    # Arrays.

    def slots(self) -> tuple[list[Slot], list[Slot]]:
        """The slots of the parameters and of the states; made first where sizes are known."""
        if self._slots is None and not self._built and self._binding is None:
            with building:
                make_missing(self.outermost())
        return super().slots()

    # Attributes.

    def read_declared(self, declaration: Declaration) -> Any:
        """The value of a parameter or state: traced in a forward pass, an array outside."""
        if self._binding is not None:
            return self._binding.read(self, declaration)
        value = self._array(declaration)
        if value is None and self.is_present(declaration):
            raise not_built(f"{self.name}.{declaration.name}", self.location)
        return value

    def _array(self, declaration: Declaration) -> Any:
        """The array of a parameter or state, or None; made here where its sizes are known."""
        if declaration.name not in self._arrays:
            self.slots()
        return self._arrays.get(declaration.name)

    def write_declared(self, declaration: Declaration, value: Any) -> None:
        """Record a new state in a forward pass; replace the array outside."""
        if self._binding is not None:
            self._binding.write(self, declaration, value)
            return
        old = self._array(declaration)
        where = f"{self.name}.{declaration.name}"
        if old is None:
            raise not_built(where, self.location)
        new = np.asarray(value)
        if new.shape != old.shape:
            raise wrong_value(where, f"shape {new.shape}", f"shape {old.shape}", self.location)
        self.keep_array(declaration.name, np.array(new, dtype=old.dtype, order="C"))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.declared:
            self.declared[name].__set__(self, value)
            return
        if name in self._taken:
            what = "the name of an attribute of layers"
            raise taken_name(type(self).__name__, name, what, self.location)
        if isinstance(value, list) and layers_in(value, ""):
            value = tuple(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        resolved = name in self.inferred and name not in vars(self)
        object.__setattr__(self, name, value)
        if name == "trainable":
            self.changed()
        if self._binding is None and name not in self._own:
            for child, _ in layers_in(value, ""):
                child._parents.add(self)
                self.__dict__["_built"] = False
            self.changed()
            if not resolved:  # a size that comes from the input changes nothing
                self.forget_forms()

    # Copies.

    def __getstate__(self) -> dict[str, Any]:
        left_out = ("_parents", "_program", "_slots", "_callers", "signature")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _parents=WeakSet(), _program=None, _slots=None, _callers={})
        for child in self.children().values():
            child._parents.add(self)
