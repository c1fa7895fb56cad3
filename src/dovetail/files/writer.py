"""Layers, extensions and the values in them as records, each once.

A definition is written for the calls that are known: those that the layer or extension remembers
(extension/uses.py), and those inside it that are noted when the outermost layer is traced for them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from dovetail.errors import DovetailError, SerialisationError, described
from dovetail.extension.base import Extension
from dovetail.extension.binding import Binding
from dovetail.extension.constructor import has_own_init, settings_of
from dovetail.extension.initializers import INITIALIZERS
from dovetail.extension.layer import Layer
from dovetail.extension.layer_tree import layers_in
from dovetail.extension.op import op
from dovetail.extension.parameters import Declaration, Parameter, RandomKey
from dovetail.extension.sequential import Named
from dovetail.extension.signature import Signature
from dovetail.extension.uses import Use, Uses
from dovetail.files import definitions, tracing, trees
from dovetail.files.layer_arrays import is_whole, of_layer
from dovetail.files.layers import is_attribute
from dovetail.files.library import BASES, FORMS, name_of_piece
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.graph.node import Array
from dovetail.language.location import location_of, name_of
from dovetail.language.trace import ArraySpec, ScalarSpec, WeakSpec, trace
from dovetail.language.tracer import Tracer
from dovetail.language.tree import map_leaves

Record = dict[str, Any]
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, functools.partial, Named, Extension)


class Writer:
    """The records of one file."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}  # that the maths holds
        self.layers: list[Record] = []
        self.extensions: list[Record] = []
        self.outputs: list[Any] = []  # of the outermost layer, as specs
        self._numbers: dict[int, int] = {}  # by id of a layer or extension
        self._kept: list[Any] = []  # so that no id is used again
        self.uses: dict[int, Uses] = {}  # noted calls, by id of a layer or function

    # Values.

    def value(self, value: Any) -> Any:
        """A value of a field or argument."""
        return trees.written(value, self._other)

    def _other(self, value: Any) -> Any:
        name = name_of_piece(value)
        if name is not None:
            return {"piece": name}
        if isinstance(value, Layer):
            return {"layer": self.layer(value)}
        if isinstance(value, Named):
            return {"named": value.__name__}
        if isinstance(value, functools.partial):
            parts = value.func, value.args, value.keywords
            return {"partial": [self.value(part) for part in parts]}
        if isinstance(value, _FUNCTIONS):
            return {"extension": self.extension(value)}
        kind = name_of_piece(type(value))
        if kind is not None and dataclasses.is_dataclass(value):
            fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
            return {"object": kind, "fields": self.value(fields)}
        raise SerialisationError(
            f"{described(value)} cannot be written into a file",
            "numbers, texts, tuples, dicts, layers, extensions, functions of arrays",
            "use one of these, or leave it out",
            location_of(value) if callable(value) else None,
        )

    # Extensions.

    def extension(self, value: Any, uses: Sequence[Use] = (), optional: Sequence[Use] = ()) -> int:
        """The number of an extension, or of a function of arrays.

        `uses`: calls besides the known ones. `optional`: more calls, of which it may refuse some.
        """
        known = self._numbers.get(id(value))
        if known is not None:
            return known
        extension: Extension[..., Any] = value if isinstance(value, Extension) else op(value)
        found = Uses()
        for args, kwargs in (*uses, *self.uses.get(id(value), ()), *extension.uses):
            found.add(*normalised(extension.signature, args, kwargs))
        needed = len(found)
        for args, kwargs in optional:
            found.add(*normalised(extension.signature, args, kwargs))
        calls = tuple(found)
        record = definitions.write(extension, calls[:needed], self.arrays, calls[needed:])
        return self._number(value, self.extensions, record)

    def function(self, value: Any, optional: Sequence[Use]) -> Any:
        """A function that is called with some of these arguments, as a value."""
        inner = value
        while isinstance(inner, functools.partial):
            optional = [
                ((*inner.args, *args), {**inner.keywords, **kwargs}) for args, kwargs in optional
            ]
            inner = inner.func
        if isinstance(inner, _FUNCTIONS) and name_of_piece(inner) is None:
            self.extension(inner, optional=optional)
        return self.value(value)

    def _number(self, value: Any, records: list[Record], record: Record) -> int:
        self._kept.append(value)
        records.append(record)
        return self._numbers.setdefault(id(value), len(records) - 1)

    # Layers.

    def layer(self, layer: Layer) -> int:
        """The number of a layer; those inside it come before it."""
        known = self._numbers.get(id(layer))
        if known is not None:
            return known
        name = name_of_piece(type(layer))
        form = next((n for n, form in FORMS.items() if form.owner is type(layer)), None)
        if form is not None:
            record = {"form": form, **FORMS[form].write(layer, self)}
        else:
            record = self._maths(layer) if name is None else self._of_library(name, layer)
        return self._number(layer, self.layers, record)

    def _of_library(self, name: str, layer: Layer) -> Record:
        arguments, changed = settings_of(layer)
        record: Record = {"piece": name, "fields": self._fields(layer, arguments)}
        if has_own_init(type(layer)):
            record["changed"] = self._fields(layer, changed)
        return {**record, "seed": layer.seed}

    def _fields(self, owner: Layer, fields: Mapping[str, Any]) -> Record:
        found: Record = {}
        for name, value in fields.items():
            try:
                found[name] = self.value(value)
            except SerialisationError as reason:
                reason.found = f"{owner.name}.{name}: {reason.found}"
                reason.args = (str(reason),)
                raise
        return found

    def _maths(self, layer: Layer) -> Record:
        owner = type(layer)
        calls = self._calls(layer)
        inside = {
            name: _without_functions(value)
            for name, value in vars(layer).items()
            if name not in layer._own and is_attribute(name) and _is_kept(value)
        }
        base = next(name for name, each in reversed(BASES.items()) if isinstance(layer, each))
        record: Record = {
            "class": owner.__name__,
            "base": base,
            "doc": (owner.__doc__ or "").strip(),
            "arguments": definitions.written_signature(_without_training(layer.signature)),
            "declared": [
                [name, self._declaration(layer, each)]
                for name, each in owner.declared.items()
                if layer.is_present(each)
            ],
            "attributes": self.value(inside),
            "training": trains(layer),
            "seed": layer.seed,
        }
        return {**record, "calls": calls}

    def _declaration(self, layer: Layer, declaration: Declaration) -> Record:
        if isinstance(declaration, RandomKey):
            return {"kind": "key"}
        init = declaration.initial_value(layer)
        plain = isinstance(init, (bool, int, float)) or init in INITIALIZERS
        return {
            "kind": "parameter" if isinstance(declaration, Parameter) else "state",
            "shape": list(declaration.extents(layer)),
            "dtype": declaration.data_type(layer).name if declaration.has_own_type else None,
            "init": trees.written(init) if plain else None,
        }

    def _calls(self, layer: Layer) -> list[Record]:
        """The forward pass, for each kind of inputs and mode."""
        uses = Uses()
        for use in (*layer.uses, *self.uses.get(id(layer), ())):
            uses.add(*normalised(_without_training(layer.signature), *use))
        if not uses or not is_whole(layer):
            raise SerialisationError(
                f"{layer.name} cannot be saved: it has not been called or built, so the shapes of "
                "its inputs are not known",
                "one call, or build(shape), of a layer that is no layer of the library",
                "call it first",
                layer.location,
            )
        specs = specs_of(layer)
        found: list[Record] = []
        failed: DovetailError | None = None
        for training in (False, True) if trains(layer) else (False,):
            subject = tracing.Subject(layer.name, layer.location, _forward(layer, training))
            for args, kwargs in uses:
                values = [specs, tuple(args), dict(kwargs)]
                try:
                    call = tracing.written(subject, values, self.arrays, fixed=1)
                except SerialisationError:
                    raise
                except DovetailError as reason:  # inputs that it took before it was changed
                    failed = reason
                    continue
                found.append({"training": training, **call})
        if not found and failed is not None:
            raise failed
        return definitions.distinct(found)

    # Seeing calls.

    def see(self, layer: Layer) -> list[Any]:
        """Trace a layer for the inputs it has had, and note the calls inside it.

        Returns its outputs, as specs.
        """
        signature = _without_training(layer.signature)
        outputs: list[Any] = []

        def call(arrays: Any, args: Any, kwargs: Any, training: bool) -> Any:
            binding = SeeingBinding(arrays, training, self.uses)
            outputs.append(map_leaves(_as_spec, binding.forward(layer, args, kwargs)))
            return ()

        for use in layer.uses:
            args, kwargs = normalised(signature, *use)
            for training in (False, True) if trains(layer) else (False,):
                with contextlib.suppress(DovetailError):  # what it took before it was changed
                    trace(call, [specs_of(layer), args, kwargs, training])
        return outputs


def trains(layer: Layer) -> bool:
    """Whether the forward pass differs in training."""
    return any(each.takes_training for each, _ in layer.walk())


def spec_of(array: Any) -> ArraySpec:
    """The shape and type of an array."""
    return ArraySpec(tuple(array.shape), as_dtype(array.dtype))


def specs_of(layer: Layer) -> dict[str, ArraySpec]:
    """The shapes and types of all parameters and states by path."""
    return {path: spec_of(array) for path, array in of_layer(layer).items()}


def _forward(layer: Layer, training: bool) -> Callable[[list[Any]], Any]:
    def call(values: list[Any]) -> Any:
        arrays, args, kwargs = values
        binding = Binding(arrays, training)
        return [binding.forward(layer, args, kwargs), binding.new_states]

    return call


class SeeingBinding(Binding):
    """A binding that notes the calls of layers and functions inside a forward pass."""

    def __init__(self, values: Any, training: bool, uses: dict[int, Uses]) -> None:
        super().__init__(values, training)
        self._seen = uses

    def call(
        self, shadow: Any, forward: Callable[..., Any], args: Any, kwargs: Any, training: Any
    ) -> Any:
        """Call `forward`, and note the inputs of the layer."""
        _note(self._seen, shadow.origin, args, kwargs)
        return super().call(shadow, forward, args, kwargs, training)

    def _entered(self, value: Any, path: str) -> Any:
        if isinstance(value, _FUNCTIONS):
            return SeenFunction(value, self._seen)
        return super()._entered(value, path)


class SeenFunction:
    """A function that notes the arguments of its calls."""

    def __init__(self, function: Any, uses: dict[int, Uses]) -> None:
        self._function, self._uses = function, uses
        self.__name__ = name_of(function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inner: Any = self._function
        _note(self._uses, inner, args, kwargs)
        while isinstance(inner, functools.partial):
            args, kwargs = (*inner.args, *args), {**inner.keywords, **kwargs}
            inner = inner.func
            _note(self._uses, inner, args, kwargs)
        return self._function(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def _note(uses: dict[int, Uses], value: Any, args: Any, kwargs: Any) -> None:
    """Note a call, with specs in place of tracers."""
    specs = map_leaves(_as_spec, (tuple(args), dict(kwargs)))
    uses.setdefault(id(value), Uses()).add(*specs)


def _as_spec(leaf: Any) -> Any:
    if not isinstance(leaf, Tracer):
        return spec_of(leaf) if hasattr(leaf, "__array__") and hasattr(leaf, "dtype") else leaf
    if leaf.weak is None:
        return ArraySpec(leaf.shape, leaf.node.dtype)
    is_float = not leaf.shape and leaf.weak.is_floating
    return ScalarSpec() if is_float else WeakSpec(leaf.shape, leaf.weak)


def normalised(signature: Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Use:
    """The arguments as a definition gets them: defaults filled in, floats as inputs."""
    values = signature.bind(tuple(args), kwargs)
    for place, argument in enumerate(signature.arguments):
        value = values[place]
        is_number = isinstance(value, (bool, int, float))
        by_value = isinstance(value, float) or (argument.scalar and is_number)
        if not argument.is_array and not argument.static and by_value:
            values[place] = ScalarSpec()
    spread, named = signature.spread(values)
    return tuple(spread), named


def _without_training(signature: Signature) -> Signature:
    kept = tuple(each for each in signature.arguments if each.name != "training")
    return Signature(signature.name, kept, signature.location)


def _is_kept(value: Any) -> bool:
    """Whether an attribute of maths is in the file: it holds layers, or is a plain value."""
    plain = isinstance(value, (bool, int, float, str, DType))
    return (
        plain
        or bool(layers_in(value, ""))
        or (isinstance(value, tuple) and all(map(_is_kept, value)))
    )


def _without_functions(value: Any) -> Any:
    """An attribute, with None for what it holds that is no value."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(_without_functions, value))  # type: ignore[arg-type]
    if isinstance(value, dict):
        return {key: _without_functions(item) for key, item in value.items()}
    plain = isinstance(value, (Layer, bool, int, float, str, DType)) or value is None
    return value if plain else None
