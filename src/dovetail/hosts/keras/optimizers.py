"""Optimizers as classes of `keras.optimizers.Optimizer`.

    model.compile(Lion.keras(learning_rate=1e-4, clipnorm=1.0), loss)

The fields of the definition are given by its names; `lr` is Keras' `learning_rate`, which may
be a schedule. `clip_norm` is Keras' `global_clipnorm` and `clip_value` its `clipvalue`; the other
options of Keras work, too: `clipnorm`, moving averages, loss scales, accumulated gradients. A
definition's own `weight_decay` follows `exclude_from_weight_decay`. A rule with `evaluation` puts
the parameters for predictions into the model at the end of `fit`, as Keras does with `use_ema`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import keras
import numpy as np

from dovetail.extension.call_errors import (
    repeated_argument,
    too_many_positional,
    unknown_argument,
    wrong_hyperparameter,
)
from dovetail.extension.constructor import argument_names, reconstruct, settings_of
from dovetail.extension.fields import REQUIRED
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.optimizer_groups import refuse_groups
from dovetail.extension.optimizer_preparation import AGAIN, HESSIAN
from dovetail.extension.optimizer_program import LeafUpdate, is_scalar
from dovetail.extension.optimizer_tree import Present
from dovetail.extension.schedule import Schedule
from dovetail.extension.values import split
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.hosts.aliases import Names, names_of
from dovetail.hosts.forms import make_form, path_of_form
from dovetail.hosts.keras.aliases import OPTIMIZERS
from dovetail.hosts.keras.configuration import decode, encode
from dovetail.hosts.keras.optimizer_preparation import prepare
from dovetail.hosts.keras.registration import register
from dovetail.hosts.keras.schedules import KerasSchedule
from dovetail.hosts.keras.tensors import (
    BACKEND,
    data_type,
    dense,
    initial_value,
    keras_dtype,
    tensor,
    typed,
)

torch_group: Any = (
    importlib.import_module("dovetail.hosts.keras.torch_group") if BACKEND == "torch" else None
)

RATE = "learning_rate"
RATES = ("lr", RATE)  # the names by which a definition may have it
DECAY = "weight_decay"
CLIPPING = {"clip_norm": "global_clipnorm", "clip_value": "clipvalue"}


class KerasOptimizer(keras.optimizers.Optimizer):
    """The base of every optimizer that is made of a definition."""

    definition: ClassVar[Any]
    _names: ClassVar[Names] = Names()  # Keras', of the fields

    def __init__(self, *args: Any, **settings: Any) -> None:
        owner: type[Optimizer] = self.definition
        fields = {field.name for field in owner.fields}
        given = _given(owner, args, self._names.own(owner.__name__, settings, fields))
        rate = next((field for field in owner.fields if field.name in RATES), None)
        names = {*argument_names(owner)}
        own = {name: given.pop(name) for name in list(given) if name in names and name != RATE}
        learning_rate = given.pop(RATE, None if rate is None else rate.default)
        decay = own.get(DECAY)
        if learning_rate is None or learning_rate is REQUIRED:
            learning_rate = 0.0  # the rule has none
        if isinstance(learning_rate, (int, np.floating)):
            learning_rate = float(learning_rate)
        elif isinstance(learning_rate, Schedule):
            learning_rate = KerasSchedule(learning_rate)
        maximize = bool(given.pop("maximize", False))
        # Keras takes one kind of clipping at most; a definition may have both of its own.
        both = all(given.get(name) is not None for name in CLIPPING.values())
        bound = given.pop("clipvalue") if both else None
        super().__init__(learning_rate=learning_rate, **given)
        if both:
            self.clipvalue = bound
        if any(field.name == DECAY for field in owner.fields):
            self.weight_decay = decay
        self._rate = None if rate is None else rate.name
        given_rate = {} if rate is None or rate.name not in names else {rate.name: 0.0}
        inner = reconstruct(owner, {**own, **given_rate})
        inner.maximize = maximize
        if rate is not None:
            vars(inner)[rate.name] = 0.0
        self._hyper = _constants(inner, self._rate)
        self._inner = inner
        floats = (*self._hyper, *(() if rate is None else (rate.name,)))
        shared = inner.shared_states.items()
        self._scalars = [name for name, declaration in shared if is_scalar(inner, declaration)]
        self._rule = inner.bare() if owner.prepares else inner
        self._update = LeafUpdate(self._rule, (*floats, *self._scalars))
        self._functions: dict[str, Any] = dict.fromkeys((AGAIN, HESSIAN))
        self._shared: dict[str, Any] = {}
        self._group: Any = None

    @property
    def inner(self) -> Optimizer:
        """The optimizer of Dovetail, whose update rule this one applies."""
        return self._inner

    def build(self, variables: Any) -> None:
        """Make the states of the parameters."""
        if self.built:
            return
        super().build(variables)
        self._states: list[list[Any]] = []
        self._types: list[tuple[DType, ...]] = []
        for variable in variables:
            own = data_type(variable)
            kinds: dict[str, tuple[tuple[int, ...], DType]] = {
                name: self._inner.state_type(declaration, tuple(variable.shape), own)
                for name, declaration in self._inner.kept_states.items()
                if not self._overwrite_variable_with_gradient(variable)
            }
            self._states.append(
                [self._state(name, *kind, variable) for name, kind in kinds.items()]
            )
            self._types.append(tuple(dtype for _, dtype in kinds.values()))
        for name, declaration in self._inner.shared_states.items():
            value = self._inner.initial_shared(declaration)
            dtype = keras_dtype(as_dtype(value.dtype))
            add: Any = self.add_variable
            self._shared[name] = add(
                shape=value.shape,
                initializer=lambda shape, dtype, value=value: keras.ops.convert_to_tensor(
                    value, dtype=dtype
                ),
                dtype=dtype,
                name=name,
            )

    def _state(self, name: str, shape: tuple[int, ...], dtype: DType, variable: Any) -> Any:
        declaration = self._inner.kept_states[name]
        add: Any = self.add_variable  # typed as if an initialiser were a name
        path = str(getattr(variable, "path", variable.name)).replace("/", "_").replace(":", "_")

        def initial(shape: Any, dtype: Any) -> Any:
            if declaration.init == "zeros":
                return keras.ops.zeros(shape, dtype=dtype)
            if declaration.init == "param":
                return keras.ops.convert_to_tensor(initial_value(variable), dtype=dtype)
            like = np.zeros(tuple(variable.shape), data_type(variable).numpy)
            value = self._inner.initial_state(declaration, like)
            return keras.ops.convert_to_tensor(value, dtype=dtype)

        return add(shape=shape, initializer=initial, dtype=dtype.name, name=f"{path}_{name}")

    def apply(
        self, grads: Any, trainable_variables: Any = None, *, again: Any = None, hessian: Any = None
    ) -> None:
        """One step. Sparse gradients are made dense first, so that clipping sees whole rows.

        `again`, which some rules need, is a function of a list of tensors like the variables that
        returns (the loss, the gradients); `hessian` one of vectors that returns the products.
        """
        grads = list(grads)
        if trainable_variables is not None:
            trainable_variables = list(trainable_variables)
        known: Any = trainable_variables
        if known is None:
            known = self._trainable_variables if self.built else ()
        if len(known) == len(grads):  # otherwise Keras raises
            grads = list(map(dense, grads, known))
        tensors = list(map(tensor, known))
        present = [number for number, grad in enumerate(grads) if grad is not None]
        trees = Present(self._inner.name, tensors, split(tensors)[1], present)
        if again is not None:
            again = self._clipped(again)
        self._functions = trees.functions(again, hessian)
        try:
            super().apply(grads, trainable_variables)
        finally:
            self._functions = dict.fromkeys((AGAIN, HESSIAN))

    def _clipped(self, again: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """`again` with its gradients clipped as Keras clips the first ones."""

        def clipped(points: Any) -> tuple[Any, Any]:
            loss, grads = again(points)
            return loss, self._clip_gradients(list(map(dense, grads, points)))

        return clipped

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """The definition's update of one parameter."""
        index = self._get_variable_index(variable)
        states = self._states[index]
        hyper: dict[str, Any] = dict(self._hyper)
        if DECAY in hyper and not self._use_weight_decay(variable):
            hyper[DECAY] = 0.0
        if self._rate is not None:
            hyper[self._rate] = keras.ops.cast(learning_rate, "float32")
        hyper |= {name: tensor(self._shared[name]) for name in self._scalars}
        new, *new_states = self._update(
            tensor(variable),
            keras.ops.convert_to_tensor(gradient, dtype=variable.dtype, sparse=False),
            *(typed(tensor(s), kind) for s, kind in zip(states, self._types[index], strict=True)),
            step=self._step,
            norm_factor=1.0,  # Keras has clipped
            **hyper,
        )
        for state, value in zip(states, new_states, strict=True):
            self.assign(state, value)
        self.assign(variable, new)

    @property
    def _step(self) -> Any:
        iterations: Any = self.iterations
        return keras.ops.cast(iterations + 1, "float32")

    def _backend_update_step(
        self, grads: Any, trainable_variables: Any, learning_rate: Any
    ) -> None:
        if self._inner.prepares:
            grads = self._prepare(grads, trainable_variables, learning_rate)
        if not self._update_group(grads, trainable_variables, learning_rate):
            super()._backend_update_step(grads, trainable_variables, learning_rate)

    def _prepare(self, grads: Any, variables: Any, learning_rate: Any) -> list[Any]:
        """Run `prepare` of the definition and keep its states; the gradients for the updates."""
        inner = self._inner
        hyper: dict[str, Any] = dict(self._hyper)
        if self._rate is not None:
            hyper[self._rate] = keras.ops.cast(learning_rate, "float32")
        rows = [self._states[self._get_variable_index(variable)] for variable in variables]
        kinds = [self._types[self._get_variable_index(variable)] for variable in variables]
        found = prepare(
            inner,
            variables,
            grads,
            {
                name: [
                    typed(tensor(row[number]), kind[number])
                    for row, kind in zip(rows, kinds, strict=True)
                ]
                for number, name in enumerate(inner.kept_states)
            },
            {name: tensor(variable) for name, variable in self._shared.items()},
            self._step,
            hyper,
            self._functions,
        )
        for number, name in enumerate(inner.kept_states):
            for row, value in zip(rows, found.states[name], strict=True):
                self.assign(row[number], value)
        for name, variable in self._shared.items():
            self.assign(variable, found.shared[name])
        return found.gradients

    @property
    def _last_rate(self) -> float:
        """The learning rate of the last step; `learning_rate` is that of the next one."""
        rate: Any = self._learning_rate
        iterations: Any = self.iterations
        schedule = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
        return float(rate(max(int(iterations) - 1, 0)) if schedule else self.learning_rate)

    def finalize_variable_values(self, var_list: Any) -> None:
        """At the end of `fit`: the parameters to predict with, as Keras does it with `use_ema`."""
        super().finalize_variable_values(var_list)
        if not self._inner.evaluates or not self.built:
            return
        iterations: Any = self.iterations
        names = tuple(self._inner.kept_states)
        rule = self._inner.like()
        if self._rate is not None:
            vars(rule)[self._rate] = self._last_rate
        for variable in var_list:
            states = self._states[self._get_variable_index(variable)]
            state = {
                "step": int(iterations),
                **{name: [tensor(s)] for name, s in zip(names, states, strict=True)},
                **{name: tensor(value) for name, value in self._shared.items()},
            }
            (new,) = rule.evaluation_parameters([tensor(variable)], state)
            variable.assign(new)

    def _update_group(self, grads: Any, variables: Any, learning_rate: Any) -> bool:
        """All parameters at once, where the backend lets one write into its tensors."""
        if torch_group is None or not torch_group.usable():
            return False
        if DECAY in self._hyper and not all(map(self._use_weight_decay, variables)):
            return False
        hyper = dict(self._hyper)
        if self._rate is not None:
            hyper[self._rate] = float(learning_rate)
        hyper |= {name: float(tensor(self._shared[name])) for name in self._scalars}
        if self._group is None:
            self._group = torch_group.Group(self._rule)
        states = [self._states[self._get_variable_index(variable)] for variable in variables]
        iterations: Any = self.iterations
        return self._group.update(grads, variables, states, int(iterations) + 1, hyper)

    def _clip_gradients(self, grads: Any) -> Any:
        if self.global_clipnorm and self.clipvalue:  # first by value, as Dovetail does
            bound = self.clipvalue
            grads = [g if g is None else keras.ops.clip(g, -bound, bound) for g in grads]
        return super()._clip_gradients(grads)

    def _apply_weight_decay(self, variables: Any) -> None:
        if DECAY not in self._hyper:  # else it is part of the rule
            super()._apply_weight_decay(variables)

    def get_config(self) -> dict[str, Any]:
        """The fields of the definition, beside Keras' own."""
        config = super().get_config()
        if self._rate is None:
            del config[RATE]
        given, _ = settings_of(self._inner)
        names = argument_names(type(self._inner))
        fields = {n: encode(value) for n, value in given.items() if n in names and n not in RATES}
        return {**config, **fields, "maximize": self._inner.maximize}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The optimizer again."""
        names = argument_names(cls.definition)
        plain = {k: decode(v) if k in names and k not in RATES else v for k, v in config.items()}
        return super().from_config(plain, custom_objects=custom_objects)


def _given(
    owner: type[Optimizer], args: tuple[Any, ...], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings by name, with Keras' names for what Keras has."""
    fields = argument_names(owner)
    if len(args) > len(fields):
        raise too_many_positional(owner.__name__, fields, len(args), None)
    given: dict[str, Any] = {}
    for name, value in [*zip(fields, args, strict=False), *settings.items()]:
        known = RATE if name in RATES else CLIPPING.get(name, name)
        if known in given:
            raise repeated_argument(owner.__name__, name, None)
        given[known] = value
    keras_own = {
        RATE, DECAY, "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum",
        "ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "name",
        "maximize",
    }  # fmt: skip
    if not any(name in RATES for name in fields):
        keras_own.discard(RATE)
    for name in given:
        if name not in keras_own and name not in fields:
            raise unknown_argument(owner.__name__, name, sorted({*fields, *keras_own}), None)
    return given


def _constants(inner: Optimizer, rate: str | None) -> dict[str, float]:
    """The hyperparameters but the learning rate; none may follow a schedule."""
    found: dict[str, float] = {}
    for field in inner.fields:
        value = getattr(inner, field.name)
        if field.name == rate:
            continue
        if callable(value) and field.is_float:
            raise wrong_hyperparameter(
                inner.name,
                field.name,
                value,
                "a float: in Keras the learning rate alone may follow a schedule",
                None,
            )
        if isinstance(value, float):
            found[field.name] = value
    return found


def optimizer_form(definition: Any) -> Any:
    """The class for an optimizer's class; an optimizer for an optimizer."""
    refuse_groups(
        definition, "Keras",
        "exclude_from_weight_decay(var_names=[...]), or variables that are not trainable",
    )  # fmt: skip
    if isinstance(definition, type):
        path, names = path_of_form(definition, "keras"), names_of(OPTIMIZERS, definition)
        form = make_form(KerasOptimizer, definition, __qualname__=path, _names=names)
        return register(definition, form)
    names = argument_names(type(definition))
    given = {name: value for name, value in settings_of(definition)[0].items() if name in names}
    clipping = {name: getattr(definition, name) for name in (*CLIPPING, "maximize")}
    made: Any = type(definition).keras  # pyright: ignore[reportUnknownMemberType]
    return made(**given, **clipping)
