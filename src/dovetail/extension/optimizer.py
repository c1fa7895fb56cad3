"""dt.Optimizer: an update rule for one parameter, applied to all of them in one program.

Fields that hold floats are passed by value, so that a schedule compiles nothing; a field
may also hold a function of the step, counted from 1, that returns a float. Every
optimizer takes `maximize` (the gradients are negated first), `clip_value` (then every
element is held in [-clip_value, clip_value]) and `clip_norm` (then all are scaled by
min(1, clip_norm / norm), where norm is that of all gradients together). A gradient that
is None leaves its parameter and states as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from dovetail.errors import (
    HyperparameterTypeError,
    MethodMissingError,
    NotBuiltError,
    UnknownFieldError,
)
from dovetail.extension.fields import Field, as_field, field_values, fields_of
from dovetail.extension.forms import HasForms
from dovetail.extension.initializers import Array, initial
from dovetail.extension.optimizer_program import (
    OptimizerProgram,
    pure_update,
    write_state,
)
from dovetail.extension.parameters import Declaration, declarations
from dovetail.extension.signature import location_of
from dovetail.extension.values import split
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.language.tree import unflatten

COMMON: tuple[Field, ...] = (
    Field("clip_norm", None, True),
    Field("clip_value", None, True),
    Field("maximize", False, False),
)


class Optimizer(HasForms):
    """Subclass it: annotated fields, dt.State(like="param"), and `update`."""

    kind = "optimizer"
    fields: ClassVar[tuple[Field, ...]] = ()
    declared: ClassVar[dict[str, Declaration]] = {}

    clip_norm: float | None
    clip_value: float | None
    maximize: bool
    _states: dict[str, Any] | None = None  # of the parameter that is being updated
    _programs: dict[Any, OptimizerProgram]
    step: Any  # in update: the number of this step, from 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.fields = fields_of(cls, Optimizer, Declaration)
        cls.declared = declarations(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        owner, location = type(self), self.location
        common = {field.name: kwargs.pop(field.name, field.default) for field in COMMON}
        known = {field.name for field in owner.fields}
        for name in kwargs:
            if name not in known:
                names = [*known, *common]
                raise UnknownFieldError(owner.__name__, name, sorted(names), location)
        values = field_values(owner.__name__, owner.fields, args, kwargs, location)
        self.__dict__.update(_programs={})
        for field in (*owner.fields, *COMMON):
            setattr(self, field.name, as_field(field, {**values, **common}[field.name]))

    def update(self, param: Any, grad: Any) -> Any:
        """The new value of one parameter; subclasses define it."""
        raise MethodMissingError(type(self).__name__, "update(self, param, grad)", self.location)

    # What it is.

    @property
    def name(self) -> str:
        return type(self).__name__

    @property
    def location(self) -> str | None:
        """`file:line` of the class."""
        return location_of(type(self))

    def __repr__(self) -> str:
        shown = [f"{field.name}={getattr(self, field.name)!r}" for field in self.fields]
        shown += [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in COMMON
            if getattr(self, field.name) != field.default
        ]
        return f"{self.name}({', '.join(shown)})"

    def hyper(self, step: int) -> dict[str, float]:
        """The hyperparameters that are passed by value at this step."""
        found: dict[str, float] = {}
        for field in (*self.fields, *COMMON):
            value: Any = getattr(self, field.name)
            if callable(value):
                scheduled: Any = value(step)
                value = float(scheduled)
            if isinstance(value, np.floating):
                value = value.item()
            if isinstance(value, float):
                found[field.name] = value
            elif field.is_float and value is not None:
                raise HyperparameterTypeError(
                    self.name, field.name, value, "a float, or a function of the step",
                    self.location,
                )  # fmt: skip
        return found

    # States.

    def state_type(
        self, declaration: Declaration, shape: tuple[int, ...], dtype: DType
    ) -> tuple[tuple[int, ...], DType]:
        """The shape and data type of a state of a parameter of this shape and type."""
        if declaration.like is not None:
            return shape, declaration.data_type(self, dtype)
        extents = (getattr(self, d) if isinstance(d, str) else d for d in declaration.shape)
        return tuple(int(extent) for extent in extents), declaration.data_type(self)

    def initial_state(self, declaration: Declaration, param: Array) -> Array:
        """The first value of a state; `init="param"` is a copy of the parameter."""
        shape, dtype = self.state_type(declaration, param.shape, as_dtype(param.dtype))
        if declaration.init == "param":
            return np.array(param, dtype=dtype.numpy, order="C")
        where = f"{self.name}.{declaration.name}"
        return initial(where, declaration.init, np.random.default_rng(0), shape, dtype)

    def init(self, params: Any) -> dict[str, Any]:
        """The state to begin with: "step", and each state as a tree like the parameters."""
        leaves, structure = split(params)
        arrays = [np.asarray(leaf) for leaf in leaves]
        state: dict[str, Any] = {"step": 0}
        for name, declaration in self.declared.items():
            values = [self.initial_state(declaration, array) for array in arrays]
            state[name] = unflatten(structure, values)
        return state

    # Updating.

    def apply(
        self, params: Any, grads: Any, state: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """(new parameters, new state); nothing that is passed in is changed."""
        step = int(state["step"]) + 1
        states = {name: state[name] for name in self.declared}
        new_params, new_states = self.program(
            params, grads, states, step=float(step), **self.hyper(step)
        )
        return new_params, {"step": step, **new_states}

    def apply_in_place(self, params: Any, grads: Any, state: dict[str, Any]) -> dict[str, Any]:
        """Write the new parameters into the arrays of `params`; the new state."""
        new_params, new_state = self.apply(params, grads, state)
        for old, new in zip(split(params)[0], split(new_params)[0], strict=True):
            np.copyto(old, new)
        return new_state

    @property
    def program(self) -> OptimizerProgram:
        """The update as an extension, for the static fields as they are."""
        floats = tuple(self.hyper(1))
        static = tuple(
            (field.name, getattr(self, field.name))
            for field in (*self.fields, *COMMON)
            if field.name not in floats
        )
        key = (floats, repr(static))
        known = self._programs.get(key)
        if known is None:
            known = self._programs.setdefault(key, OptimizerProgram(self, floats))
        return known

    def pure_update(
        self,
        params: Any,
        grads: Any,
        states: Mapping[str, Any],
        step: Any,
        hyper: Mapping[str, Any],
    ) -> tuple[Any, dict[str, Any]]:
        """(new parameters, new states) on tracers: what a training step traces.

        `states`: each state as a tree like the parameters. `step` counts from 1.
        `hyper`: what `hyper(step)` returns, as traced scalars or floats.
        """
        return pure_update(self, params, grads, states, step, hyper)

    # Attributes, which only the view of an update has.

    def read_declared(self, declaration: Declaration) -> Any:
        """The state of the parameter that is being updated."""
        if self._states is None:
            where = f"{self.name}.{declaration.name}, which only update can read,"
            raise NotBuiltError(where, self.location)
        return self._states[declaration.name]

    def write_declared(self, declaration: Declaration, value: Any) -> None:
        """Record the new state of the parameter that is being updated."""
        self.read_declared(declaration)
        assert self._states is not None
        write_state(self, self._states, declaration.name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_programs"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _programs={})
