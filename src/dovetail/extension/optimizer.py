"""dt.Optimizer: an update rule for one parameter, applied to all of them in one program.

Float fields are passed by value, so that a schedule compiles nothing; a field may also hold a
function of the step, counted from 1, that returns a float. Every optimizer takes `maximize`
(negates the gradients), then `clip_value` (clips each element to [-clip_value, clip_value]), then
`clip_norm` (scales all by min(1, clip_norm / norm), with the norm of all gradients together). A
gradient of None leaves its parameter and states as they are.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from dovetail.errors import NotBuiltError
from dovetail.extension.call_errors import (
    absent_state,
    not_defined,
    taken_name,
    unknown_argument,
    wrong_hyperparameter,
)
from dovetail.extension.dispatch import hosts
from dovetail.extension.exact import Structured, exact_key
from dovetail.extension.fields import (
    ConstructorSignature,
    Field,
    HasFields,
    as_field,
    field_values,
    fields_of,
    option,
)
from dovetail.extension.initializers import Array, initial
from dovetail.extension.names import check_names, reserved_names
from dovetail.extension.optimizer_program import (
    GroupUpdate,
    LeafUpdate,
    Scheduled,
    SquaredNorm,
    TreeUpdate,
    like_parameters,
    pure_update,
    write_state,
)
from dovetail.extension.parameters import LIKE_PARAMETER, Declaration, declarations
from dovetail.extension.values import split
from dovetail.graph.dtypes import DEFAULT_FLOAT, DType, as_dtype
from dovetail.language.tree import map_leaves, unflatten

COMMON: tuple[Field, ...] = (
    Field("clip_norm", None, True, "float | None"),
    Field("clip_value", None, True, "float | None"),
    Field("maximize", False, False, "bool"),
)


# Beside its attributes, what an update rule may not have as a field or state.
_NEEDED = {
    **{field.name: "what every optimizer has" for field in COMMON},
    "step": "the number of the step in `update`",
    "params": "the list of parameters in a group",
    **dict.fromkeys(
        ("param", "grad", "grads", "states", "norm_factor", "inverse_scale"),
        "an argument of the compiled update",
    ),
}
_SETTABLE = frozenset(field.name for field in COMMON)


class Updating(Structured):
    """What an optimizer has beside its fields."""

    _reserves = True
    _programs: dict[Any, Any]
    _states: dict[str, Any] | None = None  # of the parameter that is being updated
    step: Any  # in update: the number of this step, from 1


class Optimizer(Updating, HasFields):
    """Subclass it: annotated fields, dt.State(like="param"), and `update`."""

    _reserves = True
    _kind = "optimizer"
    _own: ClassVar[frozenset[str]] = frozenset({"_formed", "_given", "_programs", "_states"})
    _conditional: ClassVar[bool] = False  # a state is declared with `when`

    clip_norm: Scheduled | None = option(default=None, kw_only=True)
    clip_value: Scheduled | None = option(default=None, kw_only=True)
    maximize: bool = option(default=False, kw_only=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields, declared = fields_of(cls, Optimizer, Declaration), declarations(cls)
        own = (*(field.name for field in fields), *declared)
        check_names(cls, ("update",), own, _NEEDED)
        cls.fields, cls.declared = fields, declared
        cls._taken = frozenset(reserved_names(cls)) - _SETTABLE
        cls._conditional = any(each.when is not None for each in declared.values())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        owner, location = type(self), self.location
        common = {field.name: kwargs.pop(field.name, field.default) for field in COMMON}
        known = {field.name for field in owner.fields}
        for name in kwargs:
            if name not in known:
                names = [*known, *common]
                raise unknown_argument(owner.__name__, name, sorted(names), location)
        values = field_values(owner.__name__, owner.fields, args, kwargs, location)
        self.__dict__.update(_programs={})
        for field in (*owner.fields, *COMMON):
            setattr(self, field.name, as_field(field, {**values, **common}[field.name]))

    __signature__ = ConstructorSignature(__init__, COMMON)

    def update(self, param: Any, grad: Any) -> Any:
        """The new value of one parameter; subclasses define it."""
        raise not_defined(type(self).__name__, "update(self, param, grad)", self.location)

    def __repr__(self) -> str:
        fields = [*self.fields, *(f for f in COMMON if getattr(self, f.name) != f.default)]
        shown = [f"{field.name}={getattr(self, field.name)!r}" for field in fields]
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
                expected = "a float, or a function of the step"
                raise wrong_hyperparameter(self.name, field.name, value, expected, self.location)
        return found

    # States.

    @property
    def kept_states(self) -> dict[str, Declaration]:
        """The states that are present: those whose `when` is true, or that have none."""
        declared = self.declared
        if not self._conditional:
            return declared
        return {name: each for name, each in declared.items() if self.is_present(each)}

    def with_states(self, params: Any, states: Mapping[str, Any]) -> dict[str, Any]:
        """The states that a step needs; one whose `when` has become true starts anew."""
        return {
            name: states[name] if name in states or each.when is None else self._fresh(each, params)
            for name, each in self.kept_states.items()
        }

    def _fresh(self, declaration: Declaration, params: Any) -> Any:
        """The first values of a state, as a tree like the parameters."""
        return map_leaves(lambda leaf: self.initial_state(declaration, np.asarray(leaf)), params)

    def state_type(
        self, declaration: Declaration, shape: tuple[int, ...], dtype: DType
    ) -> tuple[tuple[int, ...], DType]:
        """The shape and data type of a state of a parameter of this shape and type."""
        if declaration.like is not None:
            return shape, declaration.data_type(self, dtype)
        default = dtype if declaration.dtype == LIKE_PARAMETER else DEFAULT_FLOAT
        return declaration.extents(self), declaration.data_type(self, default)

    def initial_state(self, declaration: Declaration, param: Array) -> Array:
        """The first value of a state; `init="param"` is a copy of the parameter."""
        shape, dtype = self.state_type(declaration, param.shape, as_dtype(param.dtype))
        if declaration.init == "param":
            return np.array(param, dtype=dtype.numpy, order="C")
        where = f"{self.name}.{declaration.name}"
        rng = np.random.default_rng(0)
        return initial(where, declaration.initial_value(self), rng, shape, dtype)

    def init(self, params: Any) -> dict[str, Any]:
        """The state to begin with: "step", and each state as a tree like the parameters."""
        fresh = {name: self._fresh(each, params) for name, each in self.kept_states.items()}
        return {"step": 0, **fresh}

    # Updating.

    def apply(
        self, params: Any, grads: Any, state: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """(new parameters, new state); nothing that is passed in is changed."""
        step = int(state["step"]) + 1
        states = self.with_states(params, state)
        if all(type(leaf) is np.ndarray for leaf in split(params)[0]):
            new = self._each(params, grads, states, step, in_place=False)
        else:
            new = self.program(params, grads, states, step=float(step), **self.hyper(step))
        return new[0], {"step": step, **new[1]}

    def apply_in_place(self, params: Any, grads: Any, state: dict[str, Any]) -> dict[str, Any]:
        """Write the new parameters and states into their NumPy arrays; the new state.

        Elementwise update rules need no memory of their own; others are computed and copied.
        """
        step = int(state["step"]) + 1
        states = self.with_states(params, state)
        if self._in_one_call(params, grads, states, step):
            return {"step": step, **states}
        _, new_states = self._each(params, grads, states, step, in_place=True)
        return {"step": step, **new_states}

    def _in_one_call(self, params: Any, grads: Any, states: dict[str, Any], step: int) -> bool:
        """Update all parameters in one native call, where the host can; whether it did."""
        leaves, gradients, *own = (split(tree) for tree in (params, grads, *states.values()))
        if not leaves[0] or any(structure != leaves[1] for _, structure in (gradients, *own)):
            return False
        host = hosts().host_of(leaves[0], self.name)
        hyper = self.hyper(step)
        program = self.group_program(tuple(hyper))
        columns = [values for values, _ in own]
        return host.update_group(program, leaves[0], gradients[0], columns, step, hyper)

    def _each(
        self, params: Any, grads: Any, states: dict[str, Any], step: int, in_place: bool
    ) -> tuple[Any, dict[str, Any]]:
        """The update parameter by parameter: those of one shape share a compiled program."""
        leaves, structure = split(params)
        gradients = like_parameters(f"the gradients of {self.name}", grads, structure)
        old = [
            like_parameters(f"the states {name!r} of {self.name}", state, structure)
            for name, state in states.items()
        ]
        hyper = self.hyper(step)
        values = {"step": float(step), "norm_factor": self._norm_factor(gradients, hyper)}
        floats = tuple(hyper)
        update = self._kept("leaf", floats, lambda: LeafUpdate(copy.copy(self), floats))
        values |= {name: hyper[name] for name in update.floats}
        new: list[list[Any]] = []
        for param, gradient, *own in zip(leaves, gradients, *old, strict=True):
            if gradient is None:
                new.append([param, *own])
            elif in_place:
                update.into([param, *own], param, gradient, *own, **values)
                new.append([param, *own])
            else:
                new.append(list(update(param, gradient, *own, **values)))
        columns = [list(column) for column in zip(*new, strict=True)] or [[] for _ in (0, *old)]
        found = [unflatten(structure, column) for column in columns]
        return found[0], dict(zip(states, found[1:], strict=True))

    def _norm_factor(self, gradients: Sequence[Any], hyper: Mapping[str, float]) -> float:
        """What clipping by the global norm multiplies by; 1 where it is not asked for."""
        limit = hyper.get("clip_norm")
        present = [gradient for gradient in gradients if gradient is not None]
        if limit is None or not present:
            return 1.0
        floats = tuple(hyper)
        squares = self._kept("square", floats, lambda: SquaredNorm(copy.copy(self), floats))
        clips = {name: value for name, value in hyper.items() if name == "clip_value"}
        total = math.fsum(float(squares(gradient, **clips)) for gradient in present)
        norm = math.sqrt(total) if total >= 0.0 else total  # NaN stays NaN
        return limit / max(norm, limit) if norm == norm else norm

    def group_program(self, floats: tuple[str, ...], scaled: bool = False) -> GroupUpdate:
        """The update of one of many parameters; `floats` are the names that `hyper` returns.

        `scaled`: the gradients are those of a loss that was multiplied by something.
        """
        kind = "scaled" if scaled else "group"
        return self._kept(kind, floats, lambda: GroupUpdate(copy.copy(self), floats, scaled))

    def like(self) -> Self:
        """A copy that shares the compiled programs."""
        other = copy.copy(self)
        other.__dict__["_programs"] = self._programs
        return other

    @property
    def program(self) -> TreeUpdate:
        """The update as an extension, for the static fields as they are."""
        floats = tuple(self.hyper(1))
        return self._kept("all", floats, lambda: TreeUpdate(copy.copy(self), floats))

    def _kept(self, kind: str, floats: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """The program of a kind, made once for the values of all attributes but the floats.

        `make` takes a copy, since the program is traced later and attributes may change.
        """
        own = self._own
        static = tuple([
            (name, exact_key(value))
            for name, value in vars(self).items()
            if name not in floats and name not in own
        ])  # fmt: skip
        key = (kind, floats, static, tuple(self.kept_states) if self._conditional else ())
        known = self._programs.get(key)
        return self._programs.setdefault(key, make()) if known is None else known

    pure_update = pure_update

    # Attributes, which only the view of an update has.

    def read_declared(self, declaration: Declaration) -> Any:
        """The state of the parameter that is being updated."""
        if self._states is None:
            found = f"{self.name}.{declaration.name} has no value outside of update"
            expected = "a read in update, which has the state of one parameter"
            raise NotBuiltError(found, expected, location=self.location)
        return self._states.get(declaration.name)

    def write_declared(self, declaration: Declaration, value: Any) -> None:
        """Record the new state of the parameter that is being updated."""
        old = self.read_declared(declaration)
        assert self._states is not None
        if old is None:
            where = f"{self.name}.{declaration.name}"
            raise absent_state(where, str(declaration.when), self.location)
        write_state(self, self._states, declaration.name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._taken:
            what = "the name of an attribute of optimizers"
            raise taken_name(self.name, name, what, self.location)
        object.__setattr__(self, name, value)
        if self.__dict__.pop("_formed", False):  # the form has the old value as a default
            hosts().forget(self)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_programs"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _programs={})
