"""Optimizers as factories of `optax.GradientTransformation`.

    tx = optax.chain(optax.clip_by_global_norm(1.0), Lion.jax(learning_rate=schedule))

The arguments are the fields of the definition, `clip_norm`, `clip_value` and `maximize`; a
field `lr` may be called `learning_rate`, too. Each number may be one that JAX holds, traced
or not (`optax.inject_hyperparams`), or a schedule: a function of how many updates there
have been, 0 at the first, as Optax counts. `update` needs the parameters, and returns the
difference between the new ones and the old. Gradients are needed for all parameters; keep
others out with `optax.masked` or `optax.multi_transform`.

A rule whose `prepare` takes `again` or `hessian` needs `again=jax.value_and_grad(loss)` in
`update`; a rule with `evaluation` has `tx.evaluation(state, params)`.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dovetail.errors import CallError, HostError, StructureError
from dovetail.extension.call_errors import repeated_argument
from dovetail.extension.constructor import argument_names, has_own_init, reconstruct
from dovetail.extension.fields import REQUIRED, Field, named
from dovetail.extension.optimizer import COMMON, Optimizer
from dovetail.extension.optimizer_groups import refuse_groups
from dovetail.extension.optimizer_preparation import AGAIN, HESSIAN, check_functions
from dovetail.extension.optimizer_program import LeafUpdate, SquaredNorm, is_scalar
from dovetail.extension.optimizer_stages import Functions, after_preparation, prepared
from dovetail.extension.optimizer_tree import Evaluation
from dovetail.extension.schedule import Schedule
from dovetail.extension.values import as_tracer
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.primitives.elementwise import negative
from dovetail.hosts.aliases import names_of
from dovetail.hosts.forms import field_parameters, keyword
from dovetail.hosts.jax.aliases import OPTIMIZERS
from dovetail.hosts.jax.dtypes import result_dtype
from dovetail.language import operands
from dovetail.language.tracer import Tracer

RATE, ALIAS = "lr", "learning_rate"
CLIPS = ("clip_norm", "clip_value")
REMEDY = "tx.update(grads, state, params, again=jax.value_and_grad(loss))"


class OptimizerState(NamedTuple):
    """`count` updates so far, each state as a tree like the parameters, shared ones as arrays."""

    count: Any
    states: dict[str, Any]


class JaxLeafUpdate(LeafUpdate):
    """As a LeafUpdate, with the difference of the parameter in place of the new one."""

    def _apply(self, param: Any, grad: Any, *states: Any, **numbers: Any) -> tuple[Any, ...]:
        new, *rest = super()._apply(param, grad, *states, **numbers)
        return (_difference(new, as_tracer(param)), *rest)


def _difference(new: Tracer, old: Tracer) -> Tracer:
    """`new - old`; of `old + change` or `old - change` without the digits that it would lose."""
    node = new.node
    if node.op in ("add", "subtract") and node.args[0] is old.node:
        change = node.args[1]
        return operands.wrap(change if node.op == "add" else negative(change))
    if node.op == "add" and node.args[1] is old.node:
        return operands.wrap(node.args[0])
    return new - old


class _Updates:
    """An optimizer, with numbers in place of what is traced or scheduled."""

    def __init__(self, optimizer: Optimizer, dynamic: Mapping[str, Any]) -> None:
        self.optimizer = optimizer
        self.dynamic = dynamic
        floats = tuple(optimizer.hyper(1))
        self.floats = floats
        self.square = SquaredNorm(optimizer, floats)
        rule = optimizer.bare() if optimizer.prepares else optimizer
        shared = optimizer.shared_states.items()
        scalars = [name for name, declaration in shared if is_scalar(optimizer, declaration)]
        kept = [name for name in floats if not (optimizer.prepares and name in CLIPS)]
        self.leaf = JaxLeafUpdate(rule, (*kept, *scalars))

    def hyper(self, count: Any) -> dict[str, Any]:
        """The hyperparameters that are passed by value, for the update after so many."""
        found: dict[str, Any] = dict(self.optimizer.hyper(1))
        for name, value in self.dynamic.items():
            if isinstance(value, Schedule):
                value = value.at(jnp.asarray(count, jnp.float32))
            found[name] = value(count) if callable(value) else value
        return found

    def init(self, params: Any) -> OptimizerState:
        """The state to begin with."""
        leaves, structure = jax.tree.flatten(params)
        states: dict[str, Any] = {}
        for name, declaration in self.optimizer.kept_states.items():
            made = [_first(self.optimizer, declaration, jnp.asarray(leaf)) for leaf in leaves]
            states[name] = structure.unflatten(made)
        for name, declaration in self.optimizer.shared_states.items():
            value = self.optimizer.initial_shared(declaration)
            states[name] = jnp.asarray(value, result_dtype(as_dtype(value.dtype), leaves))
        return OptimizerState(jnp.zeros((), jnp.int32), states)

    def update(
        self, updates: Any, state: OptimizerState, params: Any = None, *,
        again: Any = None, hessian: Any = None, **others: Any,
    ) -> Any:  # fmt: skip
        """(differences of the parameters, new state).

        `again(params)` is (the loss, the gradients), `hessian(vectors)` the products with the
        Hessian, which are derived from `again` if it is None. Other arguments are for others in a
        chain.
        """
        optimizer = self.optimizer
        if params is None:
            raise CallError(
                f"{optimizer.name}: update was called without the parameters",
                "update(gradients, state, params)",
                "pass the parameters as the third argument",
            )
        leaves, structure = jax.tree.flatten(params)
        gradients = _like(optimizer, "gradients", updates, structure)
        old = {
            name: _like(optimizer, f"states {name!r}", state.states[name], structure)
            for name in optimizer.kept_states
        }
        shared = {name: state.states[name] for name in optimizer.shared_states}
        hyper = self.hyper(state.count)
        if optimizer.prepares and leaves:
            functions = _on_leaves(optimizer, params, again, hessian)
            arrays, step = list(map(jnp.asarray, leaves)), state.count + 1
            gradients, old, shared = self._prepare(
                arrays, gradients, old, shared, step, hyper, functions
            )
            hyper = after_preparation(optimizer, hyper, shared)
        numbers = {"step": state.count + 1, "norm_factor": self._factor(gradients, hyper)}
        numbers |= {name: hyper[name] for name in self.leaf.floats}
        new = [
            self.leaf(jnp.asarray(param), gradient, *own, **numbers)
            for param, gradient, *own in zip(leaves, gradients, *old.values(), strict=True)
        ]
        columns = list(zip(*new, strict=True)) or [() for _ in (0, *old)]
        found = [structure.unflatten(column) for column in columns]
        states = {**dict(zip(optimizer.kept_states, found[1:], strict=True)), **shared}
        return found[0], OptimizerState(optax.safe_increment(state.count), states)

    def _prepare(
        self, params: list[Any], gradients: list[Any], states: dict[str, list[Any]],
        shared: dict[str, Any], step: Any, hyper: Mapping[str, Any], functions: Functions,
    ) -> tuple[list[Any], dict[str, list[Any]], dict[str, Any]]:  # fmt: skip
        """(gradients, states, shared states) after `prepare`.

        Where the rule asks at some steps only, which step it is may be traced.
        """
        optimizer = self.optimizer
        plain = [jnp.asarray(g, p.dtype) for g, p in zip(gradients, params, strict=True)]

        def run(asking: bool) -> tuple[list[Any], dict[str, list[Any]], dict[str, Any]]:
            found = prepared(
                optimizer, optimizer.preparation, params, plain, states, shared, step, hyper,
                functions, asking=asking, remedy=REMEDY,
            )  # fmt: skip
            return found.gradients, found.states, found.shared

        if not optimizer.asks_sometimes:
            return run(bool(optimizer.asks))
        check_functions(optimizer, functions, REMEDY)
        wanted = jnp.asarray(optimizer.asks_again(step), bool)
        return jax.lax.cond(wanted, lambda: run(True), lambda: run(False))

    def evaluation(self, state: OptimizerState, params: Any) -> Any:
        """The parameters to predict with."""
        leaves, structure = jax.tree.flatten(params)
        optimizer = self.optimizer
        states: dict[str, Any] = {
            name: _like(optimizer, f"states {name!r}", state.states[name], structure)
            for name in optimizer.kept_states
        }
        states |= {name: state.states[name] for name in optimizer.shared_states}
        step = jnp.maximum(state.count, 1)
        hyper = self.hyper(step - 1)  # those of the last update
        program = Evaluation(optimizer, self.floats)
        found = program(list(map(jnp.asarray, leaves)), states, step=step, **hyper)
        return structure.unflatten(found)

    def _factor(self, gradients: Sequence[Any], hyper: Mapping[str, Any]) -> Any:
        """The factor of clipping by the global norm."""
        limit = hyper.get("clip_norm")
        if limit is None or not gradients:
            return 1.0
        clips = {name: value for name, value in hyper.items() if name == "clip_value"}
        norm = jnp.sqrt(sum(self.square(gradient, **clips) for gradient in gradients))
        return limit / jnp.maximum(norm, limit)


def _on_leaves(optimizer: Optimizer, params: Any, again: Any, hessian: Any) -> dict[str, Any]:
    """`again` and `hessian` as functions of lists of leaves; the latter follows from `again`."""
    structure = jax.tree.structure(params)

    def products(vectors: Any) -> Any:
        return jax.jvp(lambda point: again(point)[1], (params,), (vectors,))[1]

    def again_on_leaves(points: Sequence[Any]) -> tuple[Any, list[Any]]:
        loss, grads = again(structure.unflatten(points))
        return loss, _like(optimizer, "gradients of again", grads, structure)

    def hessian_on_leaves(vectors: Sequence[Any]) -> list[Any]:
        found = (products if hessian is None else hessian)(structure.unflatten(vectors))
        return _like(optimizer, "products of hessian", found, structure)

    return {
        AGAIN: None if again is None else again_on_leaves,
        HESSIAN: None if again is None and hessian is None else hessian_on_leaves,
    }


class Transformation(optax.GradientTransformationExtraArgs):
    """A transformation with the parameters to predict with, `evaluation(state, params)`."""

    evaluation: Any = None


def _first(optimizer: Optimizer, declaration: Any, param: Any) -> Any:
    """The first value of a state; `param` may be traced."""
    if not jnp.issubdtype(param.dtype, jnp.floating):
        raise HostError(
            f"{optimizer.name} got a parameter of data type {param.dtype}",
            "floating parameters",
            "convert it, for example with astype(jax.numpy.float32)",
        )
    shape, dtype = optimizer.state_type(declaration, param.shape, as_dtype(param.dtype))
    kept = result_dtype(dtype, (param,))
    if declaration.init == "param":
        return jnp.array(param, kept)
    given: Any = declaration.initial_value(optimizer)
    plain = {"zeros": 0.0, "ones": 1.0}.get(given, given) if isinstance(given, str) else given
    if isinstance(plain, (int, float)):
        return jnp.full(shape, plain, kept)
    like = np.zeros(param.shape, np.dtype(param.dtype))
    return jnp.asarray(optimizer.initial_state(declaration, like), kept)


def _like(optimizer: Optimizer, what: str, tree: Any, structure: Any) -> list[Any]:
    leaves, given = jax.tree.flatten(tree)
    if given != structure:
        raise StructureError(
            f"the {what} of {optimizer.name}", str(given), f"that of the parameters, {structure}"
        )
    return leaves


def optimizer_form(definition: Any) -> Any:
    """The factory of transformations of a class of optimizers; of an optimizer, with its values."""
    refuse_groups(
        definition, "JAX",
        "combine transformations by optax.multi_transform and optax.masked",
    )  # fmt: skip
    owner: type[Optimizer] = definition if isinstance(definition, type) else type(definition)
    fields = (*owner.fields, *COMMON)
    rate = any(field.name == RATE for field in fields)
    aliased = rate and all(field.name != ALIAS for field in fields)
    shown = field_parameters(definition, owner.fields)
    shown += field_parameters(definition, COMMON, keyword)
    if aliased:
        shown.append(keyword(ALIAS, None))
    own_init = has_own_init(owner) and isinstance(definition, type)
    names = argument_names(owner) if own_init else [field.name for field in owner.fields]
    positions = [Field(name, REQUIRED, False) for name in names]
    known = {each.name: each.default for each in shown if each.name != ALIAS or not aliased}

    own_names = names_of(OPTIMIZERS, owner)

    def factory(*args: Any, **settings: Any) -> optax.GradientTransformation:
        settings = own_names.own(owner.__name__, settings, known)
        given = named(owner.__name__, positions, args, settings, None)
        alias = given.pop(ALIAS, None) if aliased else None
        if alias is not None:
            if RATE in given and not _is_held(given[RATE]):  # inject_hyperparams gives both
                raise repeated_argument(owner.__name__, ALIAS, None)
            given[RATE] = alias
        if own_init:  # which has defaults of its own
            return _transformation(definition, given)
        defaults = {
            name: value for name, value in known.items() if value is not inspect.Parameter.empty
        }
        return _transformation(definition, {**defaults, **given})

    factory.__name__ = owner.__name__
    factory.__qualname__ = owner.__qualname__
    factory.__module__ = owner.__module__
    factory.__doc__ = owner.__doc__
    factory.__signature__ = inspect.Signature(_in_order(shown))  # type: ignore[attr-defined]
    return factory


def _in_order(shown: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Arguments without a default first, as inspect.Signature requires."""
    empty = inspect.Parameter.empty
    return sorted(shown, key=lambda each: (each.kind, each.default is not empty))


def _is_held(value: Any) -> bool:
    return isinstance(value, (jax.Array, np.ndarray))


def _made(definition: Any, values: Mapping[str, Any]) -> Optimizer:
    """The optimizer; what an `__init__` of its own does not take is set afterwards."""
    if not isinstance(definition, type):
        made, names = copy.copy(definition), ()
    elif not has_own_init(definition):
        return definition(**values)
    else:
        names = argument_names(definition)
        own = {name: value for name, value in values.items() if name in names}
        made = reconstruct(definition, own)
    for name, value in values.items():
        if name not in names:
            setattr(made, name, value)
    return made


def _transformation(definition: Any, values: Mapping[str, Any]) -> optax.GradientTransformation:
    # An array that is no number is part of the rule.
    dynamic = {
        name: value
        for name, value in values.items()
        if (_is_held(value) and value.shape == ()) or callable(value)
    }
    static = {name: 1.0 if name in dynamic else value for name, value in values.items()}
    made = _Updates(_made(definition, static), dynamic)
    init: Any = made.init
    update: Any = made.update
    if made.optimizer.evaluates:
        found = Transformation(init, update)
        found.evaluation = made.evaluation
        return found
    if made.optimizer.asks:
        return optax.GradientTransformationExtraArgs(init, update)
    return optax.GradientTransformation(init, update)
