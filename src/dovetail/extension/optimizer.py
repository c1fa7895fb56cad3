"""dt.Optimizer: an update rule for one parameter, applied to all of them in one program.

Float fields are passed by value, so that a schedule compiles nothing; a field may also hold a
function of the step, counted from 1, that returns a float. Every optimizer takes `maximize`
(negates the gradients), then `clip_value` (clips each element to [-clip_value, clip_value]), then
`clip_norm` (scales all by min(1, clip_norm / norm), with the norm of all gradients together). A
gradient of None leaves its parameter and states as they are.

Beside `update`, a class may define

- `prepare(self, params, grads)`, for numbers over all parameters: called before the updates, with
  lists. It reads and assigns `dt.Shared` states and, as lists, the states of the parameters, and
  may return other gradients. With an argument `again` it is given a function from parameters to
  (loss, gradients), with `hessian` one from vectors to products with the Hessian of the loss;
- `asks_again(self, step)`, whether it needs them at this step;
- `evaluation(self, param)`, the parameter to predict with, where it differs from the one that is
  trained.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from dovetail.errors import DefinitionError, NotBuiltError
from dovetail.extension.call_errors import (
    absent_state,
    not_defined,
    taken_name,
    unknown_argument,
    wrong_hyperparameter,
)
from dovetail.extension.dispatch import hosts
from dovetail.extension.exact import exact_key
from dovetail.extension.fields import (
    ConstructorSignature,
    Field,
    as_field,
    field_values,
    fields_of,
    option,
    require_number,
)
from dovetail.extension.names import check_names, reserved_names
from dovetail.extension.optimizer_groups import (
    Where,
    checked_groups,
    group_variants,
)
from dovetail.extension.optimizer_preparation import (
    Preparation,
    asked_for,
    read_shared,
    write_shared,
    write_states,
)
from dovetail.extension.optimizer_program import (
    GroupUpdate,
    LeafUpdate,
    SquaredNorm,
    like_parameters,
    state_lists,
    write_state,
)
from dovetail.extension.optimizer_stages import after_preparation, prepared
from dovetail.extension.optimizer_states import Scheduled, UpdateRule
from dovetail.extension.optimizer_tree import (
    Evaluation,
    Present,
    TreeUpdate,
    pure_evaluation,
    pure_update,
)
from dovetail.extension.parameters import Declaration, Shared, declarations
from dovetail.extension.values import split
from dovetail.language.location import location_of
from dovetail.language.tree import unflatten

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
        ("param", "grad", "grads", "states", "shared", "answers", "norm_factor", "inverse_scale"),
        "an argument of the compiled update",
    ),
}
_SETTABLE = frozenset(field.name for field in COMMON)
_OPEN = ("update", "prepare", "asks_again", "evaluation")  # what a class may define


class Optimizer(UpdateRule):
    """Subclass it: annotated fields, dt.State(like="param"), and `update`."""

    _reserves = True
    _kind = "optimizer"
    _own: ClassVar[frozenset[str]] = frozenset({"_formed", "_given", "_programs", "_states"})

    clip_norm: Scheduled | None = option(default=None, kw_only=True)
    clip_value: Scheduled | None = option(default=None, kw_only=True)
    maximize: bool = option(default=False, kw_only=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields, declared = fields_of(cls, Optimizer, Declaration), declarations(cls)
        own = (*(field.name for field in fields), *declared)
        check_names(cls, _OPEN, own, _NEEDED)
        cls.fields, cls.declared = fields, declared
        cls._taken = frozenset(reserved_names(cls)) - _SETTABLE
        cls._divide(declared)
        shared = cls._common_states
        cls.prepares = cls.prepare is not Optimizer.prepare
        cls.asks = asked_for(cls.prepare) if cls.prepares else frozenset()
        cls.asks_sometimes = bool(cls.asks) and cls.asks_again is not UpdateRule.asks_again
        cls.evaluates = cls.evaluation is not Optimizer.evaluation
        if shared and not cls.prepares:
            raise DefinitionError(
                f"{cls.__name__} declares the shared state {next(iter(shared))!r}, and no prepare",
                "a method prepare(self, params, grads), which alone assigns shared states",
                "define it, or declare a dt.State(like='param')",
                location_of(cls),
            )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        owner, location = type(self), self.location
        common = {field.name: kwargs.pop(field.name, field.default) for field in COMMON}
        known = {field.name for field in owner.fields}
        for name in kwargs:
            if name not in known:
                names = [*known, *common]
                raise unknown_argument(owner.__name__, name, sorted(names), location)
        values = field_values(owner.__name__, owner.fields, args, kwargs, location)
        for field in COMMON:
            require_number(owner.__name__, field, common[field.name], location)
        self.__dict__.update(_programs={})
        for field in (*owner.fields, *COMMON):
            setattr(self, field.name, as_field(field, {**values, **common}[field.name]))

    __signature__ = ConstructorSignature(__init__, COMMON)

    def update(self, param: Any, grad: Any) -> Any:
        """The new value of one parameter; subclasses define it."""
        raise not_defined(type(self).__name__, "update(self, param, grad)", self.location)

    def prepare(self, params: Any, grads: Any) -> Any:
        """What is computed of all parameters before the updates; see the head of this file."""

    def evaluation(self, param: Any) -> Any:
        """The parameter to predict with."""
        return param

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
        for variant in group_variants(self, self.groups) if self.groups else ():
            if variant is not None:
                passed = variant.optimizer.hyper(step)
                found |= {among: passed[name] for name, among in variant.renamed.items()}
        return found

    # Groups.

    def with_groups(self, groups: Mapping[Where, Mapping[str, Any] | None]) -> Self:
        """A copy with other hyperparameters for some parameters, by path or predicate.

        `{"*bias": {"weight_decay": 0.0}, lambda path, param: param.ndim < 2: {"lr": 1e-4}}`; None
        in place of a dict leaves the parameters as they are. What `prepare` computes is of all
        parameters that have a gradient, with the hyperparameters of this optimizer.
        """
        fields = {field.name: field for field in self.fields}
        made = self.like()
        vars(made)["groups"] = checked_groups(self.name, fields, groups, self.location)
        return made

    # Updating.

    def apply(
        self,
        params: Any,
        grads: Any,
        state: Mapping[str, Any],
        *,
        again: Callable[[Any], Any] | None = None,
        hessian: Callable[[Any], Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """(new parameters, new state); nothing that is passed in is changed.

        `again(params)`, which some rules need, is (the loss, the gradients) at other parameters;
        `hessian(vectors)` is the product of the Hessian with a tree like the parameters.
        """
        step = int(state["step"]) + 1
        states, hyper = self.with_states(params, state), self.hyper(step)
        plain = all(type(leaf) is np.ndarray for leaf in split(params)[0])
        if self.prepares and (plain or self.asks):
            rule, grads, states, hyper = self._prepare(
                params, grads, states, step, hyper, again, hessian
            )
            new = rule._each(params, grads, states, step, hyper)
        elif plain:
            new = self._each(params, grads, states, step, hyper)
        else:
            new = self.program(params, grads, states, step=float(step), **hyper)
        return new[0], {"step": step, **states, **new[1]}

    def apply_in_place(
        self,
        params: Any,
        grads: Any,
        state: dict[str, Any],
        *,
        again: Callable[[Any], Any] | None = None,
        hessian: Callable[[Any], Any] | None = None,
    ) -> dict[str, Any]:
        """Write the new parameters and states into their NumPy arrays; the new state.

        Elementwise update rules need no memory of their own; others are computed and copied.
        """
        step = int(state["step"]) + 1
        states, hyper, rule = self.with_states(params, state), self.hyper(step), self
        if self.prepares:
            rule, grads, new, hyper = self._prepare(
                params, grads, states, step, hyper, again, hessian
            )
            for old_tree, new_tree in zip(states.values(), new.values(), strict=True):
                for old, value in zip(split(old_tree)[0], split(new_tree)[0], strict=True):
                    if old is not value:
                        np.copyto(old, value)
        if rule._in_one_call(params, grads, states, step, hyper):
            return {"step": step, **states}
        _, new_states = rule._each(params, grads, states, step, hyper, in_place=True)
        return {"step": step, **states, **new_states}

    def _prepare(
        self, params: Any, grads: Any, states: dict[str, Any], step: int, hyper: dict[str, Any],
        again: Any, hessian: Any,
    ) -> tuple[Self, Any, dict[str, Any], dict[str, Any]]:  # fmt: skip
        """(the rule of the updates, gradients, states, hyperparameters) after `prepare`."""
        leaves, structure = split(params)
        gradients = like_parameters(f"the gradients of {self.name}", grads, structure)
        lists = state_lists(self, states, structure)
        shared = {name: states[name] for name in self.shared_states}
        present = [index for index, gradient in enumerate(gradients) if gradient is not None]
        trees = Present(self.name, leaves, structure, present)
        if present:
            functions = trees.functions(again, hessian)

            def prepare(params: Any, grads: Any, own: Any) -> Any:
                program, given = self.preparation, (params, grads, own, shared)
                return prepared(self, program, *given, float(step), hyper, functions)

            gradients, lists, shared = trees.prepared(prepare, gradients, lists)
        new_states = {name: unflatten(structure, values) for name, values in lists.items()}
        hyper = after_preparation(self, hyper, shared)
        return self.bare(), unflatten(structure, gradients), {**new_states, **shared}, hyper

    def bare(self) -> Self:
        """A copy that neither clips nor negates, for gradients that `prepare` was given so."""
        rule = self.like()
        vars(rule).update(clip_norm=None, clip_value=None, maximize=False)
        return rule

    def preparation(self, floats: tuple[str, ...], asks: bool) -> Preparation:
        """`prepare` as an extension; `asks`: with `again` and `hessian`, where it takes them."""
        kind = "asking" if asks else "preparation"
        return self._kept(kind, floats, lambda: Preparation(copy.copy(self), floats, asks))

    def _in_one_call(
        self, params: Any, grads: Any, states: dict[str, Any], step: int, hyper: dict[str, float]
    ) -> bool:
        """Update all parameters in one native call, where the host can; whether it did."""
        own = [split(states[name]) for name in self.kept_states]
        leaves, gradients = split(params), split(grads)
        if not leaves[0] or any(structure != leaves[1] for _, structure in (gradients, *own)):
            return False
        if self.groups:
            return False
        host = hosts().host_of(leaves[0], self.name)
        program = self.group_program(tuple(hyper))
        columns = [values for values, _ in own]
        return host.update_group(program, leaves[0], gradients[0], columns, step, hyper)

    def _each(
        self,
        params: Any,
        grads: Any,
        states: dict[str, Any],
        step: int,
        hyper: dict[str, float],
        in_place: bool = False,
    ) -> tuple[Any, dict[str, Any]]:
        """The update parameter by parameter: those of one shape share a compiled program."""
        leaves, structure = split(params)
        gradients = like_parameters(f"the gradients of {self.name}", grads, structure)
        lists = state_lists(self, states, structure)
        old = list(lists.values())
        values = {"step": float(step), "norm_factor": self._norm_factor(gradients, hyper)}
        new: list[list[Any]] = []
        programs: dict[int, tuple[LeafUpdate, dict[str, Any]]] = {}
        variants = self.variants(params)
        for param, gradient, variant, *own in zip(leaves, gradients, variants, *old, strict=True):
            if gradient is None or variant is None:
                new.append([param, *own])
                continue
            if id(variant) not in programs:
                programs[id(variant)] = variant.optimizer._leaf(variant.own_hyper(hyper))
            update, floats = programs[id(variant)]
            if in_place:
                update.into([param, *own], param, gradient, *own, **values, **floats)
                new.append([param, *own])
            else:
                new.append(list(update(param, gradient, *own, **values, **floats)))
        columns = [list(column) for column in zip(*new, strict=True)] or [[] for _ in (0, *old)]
        found = [unflatten(structure, column) for column in columns]
        return found[0], dict(zip(lists, found[1:], strict=True))

    def _leaf(self, hyper: Mapping[str, float]) -> tuple[LeafUpdate, dict[str, float]]:
        """The update of one parameter, and the floats that it takes of these."""
        floats = tuple(hyper)
        update = self._kept("leaf", floats, lambda: LeafUpdate(copy.copy(self), floats))
        return update, {name: hyper[name] for name in update.floats}

    def evaluation_parameters(self, params: Any, state: Mapping[str, Any]) -> Any:
        """The parameters to predict with, which `evaluation` computes; else those given."""
        if not self.evaluates:
            return params
        step = max(int(state["step"]), 1)
        states, hyper = self.with_states(params, state), self.hyper(step)
        floats = tuple(hyper)
        program = self._kept("evaluation", floats, lambda: Evaluation(copy.copy(self), floats))
        return program(params, states, step=float(step), **hyper)

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
    pure_evaluation = pure_evaluation

    # Attributes, which only the view of an update has.

    def read_declared(self, declaration: Declaration) -> Any:
        """The state of the parameter that is being updated; in prepare, a list of all."""
        if self._states is None:
            found = f"{self.name}.{declaration.name} has no value outside of update"
            expected = "a read in update, which has the state of one parameter"
            raise NotBuiltError(found, expected, location=self.location)
        if isinstance(declaration, Shared):
            return read_shared(self, declaration.name)
        found = self._states.get(declaration.name)
        return list(found) if self._preparing and found is not None else found

    def write_declared(self, declaration: Declaration, value: Any) -> None:
        """Record the new state of the parameter that is being updated."""
        name = declaration.name
        if isinstance(declaration, Shared) and self._shared is not None:
            write_shared(self, name, value)
            return
        old = self.read_declared(declaration)
        assert self._states is not None
        if old is None:
            raise absent_state(f"{self.name}.{name}", str(declaration.when), self.location)
        elif self._preparing:
            write_states(self, name, value)
        else:
            write_state(self, self._states, name, value)

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
