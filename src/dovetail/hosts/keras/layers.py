"""Layers as classes of `keras.layers.Layer`.

    keras.Sequential([keras.Input((64,)), RMSNorm.keras(), Dense.keras(10)])

Fields are given as to the definition, beside Keras' own `name`, `dtype`, `trainable`; `seed`
draws the parameters as in Dovetail, and without one they follow `keras.utils.set_random_seed`.
Parameters and states are weights of the layer, those of layers inside it too, named by their
paths with _ for the dots. States keep their precision under a mixed policy; parameters and
outputs take that of the computation. A mask is passed on where the output has its axes.
Random keys come from a `keras.random.SeedGenerator`; a layer that is rematerialised (`RematScope`)
gets the same ones when it is computed again.
"""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable
from typing import Any, ClassVar

import keras
import numpy as np

from dovetail.extension.building import draws, made_whole, random_keys
from dovetail.extension.constructor import argument_names, reconstruct, settings_of
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Declaration, Parameter
from dovetail.extension.signature import Argument, read_signature
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.hosts.aliases import Names, key_of, names_of
from dovetail.hosts.forms import make_form, path_of_form
from dovetail.hosts.keras.aliases import CLASSES, INFERS_WHERE_FROZEN, LAYERS
from dovetail.hosts.keras.building import built_by_shapes
from dovetail.hosts.keras.configuration import decode, encode
from dovetail.hosts.keras.layer_call import LayerCall
from dovetail.hosts.keras.registration import register
from dovetail.hosts.keras.symbolic import output_spec
from dovetail.hosts.keras.tensors import SYMBOLIC, shape_of, snapshot, typed
from dovetail.hosts.keras.weights import WeightSettings

HALF = ("float16", "bfloat16")


class KerasLayer(keras.layers.Layer):
    """The base of every layer that is made of a definition."""

    definition: ClassVar[Any]
    _names: ClassVar[Names] = Names()  # Keras', of the fields and weights

    def __init__(self, *args: Any, seed: int | None = None, **kwargs: Any) -> None:
        inner = kwargs.pop("_inner", None)
        names = argument_names(self.definition)
        kwargs = self._names.own(self.definition.__name__, kwargs, names)
        settings = WeightSettings(self._names, self.definition.declared, names, kwargs)
        fields = {name: kwargs.pop(name) for name in list(kwargs) if name in names}
        # Where the definition has an argument of this name, Keras' own is `keras_name`.
        beside = {name: f"{_BESIDE}{name}" for name in names}
        own = {name: kwargs.pop(theirs) for name, theirs in beside.items() if theirs in kwargs}
        super().__init__(**kwargs, **own)
        self._settings = settings
        if inner is None:
            seeded = {} if seed is None else {"seed": seed}
            inner = self.definition(*args, **fields, **seeded)
        # Without sizes that come from the input. Encoded only when Keras saves: a layer that is
        # never saved may hold anything.
        self._given = copy.copy(inner)
        if draws(inner):
            # Keras draws the seeds of its initialisers from here, too.
            inner.__dict__["_entropy"] = inner._entropy or random.randrange(2**31)
        self._keys = random_keys(inner)
        if self._keys:
            own_seed = None if inner.seed is None else inner.seed % 2**31
            self.seed_generator = keras.random.SeedGenerator(own_seed)
        self._given_keys: dict[str, Any] | None = None
        self._inner = inner
        self._variables: dict[str, tuple[Any, DType, bool]] = {}
        self._program = LayerCall(inner)
        if made_whole(inner):  # no size comes from an input
            self._add_variables()

    @property
    def inner(self) -> Layer:
        """The layer of Dovetail; its arrays are the weights of this one."""
        return self._inner

    # Building.

    def _build(self, *shapes: Any) -> None:
        if not self._variables:
            inner = self._inner = built_by_shapes(self._inner, shapes)
            self._program = LayerCall(inner)
            self._add_variables()

    def _add_variables(self) -> None:
        """Make the weights of the layer's arrays."""
        inner = self._inner
        declared = {
            f"{prefix}{name}": declaration
            for layer, prefix in inner.walk()
            for name, declaration in layer.declared.items()
        }
        for path, array in {**inner.parameters(), **inner.states()}.items():
            if path not in self._keys:
                self._add(path, array, declared[path])
        for layer, _ in inner.walk():
            layer.drop_arrays()

    def _add(self, path: str, array: np.ndarray[Any, Any], declaration: Declaration) -> None:
        trained = isinstance(declaration, Parameter)
        follows = trained and not declaration.has_own_type
        variable = self.add_weight(
            shape=array.shape,
            **self._settings.of(
                path, lambda shape, dtype: keras.ops.convert_to_tensor(array, dtype=dtype)
            ),
            dtype=self.variable_dtype if follows else as_dtype(array.dtype).name,
            trainable=trained and path not in self._inner.frozen_paths(),
            autocast=follows,
            name=self._free_name(self._names.arrays.get(path, path).replace(".", "_")),
        )
        self._variables[path] = variable, as_dtype(array.dtype), trained

    def _free_name(self, name: str) -> str:
        """Paths `a.b_c` and `a_b.c` are two; Keras on PyTorch would keep one of one name."""
        taken = {variable.name for variable, _, _ in self._variables.values()}
        return name if name not in taken else self._free_name(f"{name}_")

    # Attributes.

    def __getattr__(self, name: str) -> Any:
        """A weight or a field, by our name or Keras'; None for a weight that is declared away."""
        inner: Any = self.__dict__.get("_inner")
        names = self._names
        own = names.ours.get(name, name)
        if inner is not None and own in inner.declared:
            if own in self._variables:
                return self._variables[own][0]
            if not inner.is_present(inner.declared[own]):
                return None
        read = None if inner is None else names.reader(name, inner)
        if read is not None:
            return read(inner)
        other: Any = getattr(super(), "__getattr__", None)  # PyTorch's modules have one
        if other is not None:
            return other(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # Calling.

    def _program_arguments(self, training: Any, symbolic: bool) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        states: dict[str, Any] = {}
        for path, (variable, dtype, trained) in self._variables.items():
            if symbolic:
                kind = variable.dtype if trained else dtype.name
                value = SYMBOLIC(variable.shape, dtype=kind)
            else:
                value = typed(variable.value, dtype)
                value = snapshot(value) if training and not trained else value
            (parameters if trained else states)[path] = value
        if self._keys:
            states |= self._drawn_keys(bool(training), symbolic)
        half = self.compute_dtype if self.compute_dtype in HALF else None
        return {
            "parameters_": parameters, "states_": states, "training_": bool(training),
            "inferring_": self._inferring() if training else (),
            "dtype_": half,
        }  # fmt: skip

    def _inferring(self) -> tuple[str, ...]:
        """The paths of the layers that infer although this layer is in training: frozen ones."""
        walked: Any = self._inner.frozen_layers() if self.trainable else self._inner.walk()
        return tuple(
            prefix
            for layer, prefix in walked
            if any(key_of(owner) in INFERS_WHERE_FROZEN for owner in type(layer).__mro__)
        )

    def _drawn_keys(self, training: bool, symbolic: bool) -> dict[str, Any]:
        """The random keys of a call, by path.

        Outside training, a layer with a `training` argument gets a key that is not used up.
        """
        state = self.seed_generator.state
        if symbolic:
            return dict.fromkeys(self._keys, SYMBOLIC((2,), dtype=state.dtype))
        if self._given_keys is not None:
            return self._given_keys
        return {
            path: self.seed_generator.next()
            if training or not layer.takes_training
            else snapshot(state.value)
            for path, layer in self._keys.items()
        }

    def rematerialized_call(self, layer_call: Any, *args: Any, **kwargs: Any) -> Any:
        """As Keras', but a recomputation gets the random keys of the first computation.

        Backends recompute functions of tensors only, and `training` is not one.
        """
        tensors = {name: v for name, v in kwargs.items() if keras.ops.is_tensor(v)}
        others = {name: value for name, value in kwargs.items() if name not in tensors}
        training = bool(kwargs.get("training"))
        keys = self._drawn_keys(training, symbolic=False) if self._keys else None

        def again(*given: Any) -> Any:
            first = len(given) - len(tensors)
            named = dict(zip(tensors, given[first:], strict=True))
            self._given_keys = keys
            try:
                return layer_call(*given[:first], **named, **others)
            finally:
                self._given_keys = None

        run = super().rematerialized_call(again, *args, **kwargs)
        return lambda *args, **kwargs: run(*args, *(kwargs[name] for name in tensors))

    def _call(self, *inputs: Any, training: Any = None, **kwargs: Any) -> Any:
        given = self._program_arguments(training, symbolic=False)
        output, states = self._program(*inputs, **kwargs, **given)
        for path, value in states.items():
            if path not in self._keys:
                self._variables[path][0].assign(value)
        return output

    def compute_output_spec(self, *inputs: Any, training: Any = None, **kwargs: Any) -> Any:
        """The shapes and data types of the output for symbolic inputs."""
        given = self._program_arguments(training, symbolic=True)
        return output_spec(self._program, inputs, {**kwargs, **given})[0]

    def _compute_output_shape(self, *shapes: Any) -> Any:
        given = keras.tree.map_shape_structure(
            lambda shape: SYMBOLIC(shape, dtype=self.compute_dtype), shapes
        )
        return keras.tree.map_structure(shape_of, self.compute_output_spec(*given))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the input, where the output has its axes."""
        own = getattr(self._inner, "compute_mask", None)
        if own is not None:
            return own(inputs)
        masks = keras.tree.flatten(previous_mask)
        if len(masks) != 1 or masks[0] is None or isinstance(inputs, (list, tuple, dict)):
            return None
        keeps = getattr(self._inner, "keeps_mask", None)  # where the definition says it
        if keeps is not None:
            return masks[0] if keeps else None
        rank = len(masks[0].shape)
        given = SYMBOLIC(shape_of(inputs), dtype=keras.backend.standardize_dtype(inputs.dtype))
        outputs = keras.tree.flatten(self.compute_output_spec(given))
        kept = all(shape_of(each)[:rank] == shape_of(inputs)[:rank] for each in outputs)
        return masks[0] if kept else None

    # Saving.

    def get_config(self) -> dict[str, Any]:
        """The fields of the definition and its seed, beside Keras' own."""
        config, (arguments, changed) = super().get_config(), settings_of(self._given)
        given = {"seed": self._given.seed, **{n: encode(v) for n, v in arguments.items()}}
        if changed:
            given[_CHANGED] = {name: encode(value) for name, value in changed.items()}
        beside = {f"{_BESIDE}{name}": config[name] for name in given if name in config}
        return {**config, **beside, **self._settings.config(), **given}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer again."""
        config = dict(config)
        changed = {name: decode(value) for name, value in config.pop(_CHANGED, {}).items()}
        names = argument_names(cls.definition)
        config = cls._names.own(cls.__name__, config, names)
        given = {name: decode(config.pop(name)) for name in names if name in config}
        seed = given["seed"] if "seed" in names else config.pop("seed", None)
        for name in ("dtype", f"{_BESIDE}dtype"):
            if isinstance(config.get(name), dict):
                config[name] = keras.saving.deserialize_keras_object(config[name])
        inner = reconstruct(cls.definition, given)
        for name, value in changed.items():
            setattr(inner, name, value)
        if seed is not None:
            inner.__dict__["seed"] = seed
        return cls(_inner=inner, **config)


_BESIDE = "keras_"  # before Keras' own arguments, where the definition has one of that name
_CHANGED = "fields_set_afterwards"


# The class of a definition.


def _call_method(arguments: tuple[Argument, ...]) -> Callable[..., Any]:
    """`call` with the arguments of `forward`: Keras reads their names."""

    def call(self: Any, *inputs: Any, **kwargs: Any) -> Any:
        return self._call(*inputs, **kwargs)

    kinds = inspect.Parameter
    parameters = [kinds("self", kinds.POSITIONAL_OR_KEYWORD)]
    for each in arguments:
        kind = (
            kinds.VAR_POSITIONAL if each.variadic
            else kinds.KEYWORD_ONLY if each.keyword_only
            else kinds.POSITIONAL_OR_KEYWORD
        )  # fmt: skip
        parameters.append(kinds(each.name, kind, default=each.default))
    parameters.append(kinds("training", kinds.KEYWORD_ONLY, default=None))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
    return call


def _shape_methods(arguments: tuple[Argument, ...]) -> dict[str, Callable[..., Any]]:
    """`build` and `compute_output_shape`, of the shapes of the arrays that must be given.

    Keras reads the names of their arguments, and copies what it reads them from: they need
    arguments of their own; a `__signature__` is not enough.
    """
    arrays = [each for each in arguments if each.is_array]
    variadic = len(arrays) == 1 and arrays[0].variadic
    names = ["input_shape"] if len(arrays) == 1 else [f"{each.name}_shape" for each in arrays]
    listed = ", ".join(names)
    given = f"*{listed}" if variadic else listed
    methods: dict[str, Callable[..., Any]] = {}
    for name in ("build", "compute_output_shape"):
        exec(f"def {name}(self, {listed}): return self._{name}({given})", {}, methods)
    return methods


def layer_form(definition: Any) -> Any:
    """The class for a layer's class; a layer for a layer."""
    if not isinstance(definition, type):
        made: Any = type(definition).keras  # pyright: ignore[reportUnknownMemberType]
        return made(_inner=copy.deepcopy(definition))
    signature = read_signature(definition.forward, definition.__name__, skip=1)
    arguments = tuple(each for each in signature.arguments if each.name != "training")
    methods: dict[str, Any] = {"call": _call_method(arguments), **_shape_methods(arguments)}
    methods["__qualname__"] = path_of_form(definition, "keras")
    methods["_names"] = names_of(LAYERS, definition)
    form = make_form(KerasLayer, definition, **methods)
    form.__name__ = CLASSES.get(key_of(definition), form.__name__)
    return register(definition, form)
