"""The update of all parameters as one traced function, and their values for predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dovetail.extension.functions import extension_of
from dovetail.extension.gradients import value_and_grad
from dovetail.extension.optimizer_preparation import (
    AGAIN,
    HESSIAN,
    check_functions,
    prepare_traced,
)
from dovetail.extension.optimizer_program import (
    OptimizerFunction,
    by_value,
    checked,
    clipped,
    gradient_of,
    in_type,
    like_parameters,
    scalars_of,
    state_lists,
    update_one,
    value_of,
    view_of,
    widened,
)
from dovetail.extension.optimizer_states import UpdateRule
from dovetail.extension.pullback import jvp
from dovetail.extension.signature import Signature
from dovetail.extension.values import as_tracer, split
from dovetail.language.namespace import FUNCTIONS
from dovetail.language.tree import unflatten


class TreeUpdate(OptimizerFunction):
    """(params, grads, states, step, **hyper) -> (new params, new states).

    All are trees; `states` is a dict of trees like the parameters, and of shared states.
    """

    def __init__(self, optimizer: UpdateRule, floats: Sequence[str]) -> None:
        super().__init__(optimizer, floats)
        self.__doc__ = f"One step of {optimizer!r}."

    def _read_signature(self) -> Signature:
        return self._signature(("params", "grads", "states"), ("step", *self.floats))

    def _apply(
        self, params: Any, grads: Any, states: Any, *, step: Any, **hyper: Any
    ) -> tuple[Any, dict[str, Any]]:
        return pure_update(self.optimizer, params, grads, states, step, hyper)


def pure_update(
    optimizer: UpdateRule,
    params: Any,
    grads: Any,
    states: Mapping[str, Any],
    step: Any,
    hyper: Mapping[str, Any],
    again: Callable[[Any], tuple[Any, Any]] | None = None,
    hessian: Callable[[Any], Any] | None = None,
    objective: Callable[[Any], Any] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """(new parameters, new states) on tracers: what a training step traces.

    `states`: each state as a tree like the parameters, each shared state as an array. `step` counts
    from 1. `hyper`: what `Optimizer.hyper(step)` returns, as traced scalars or floats.
    `again(params)` is (the loss, the gradients) at other parameters, and `hessian(vectors)` the
    product of the loss' Hessian with vectors, on trees. Both follow from `objective(params)`, the
    loss. For a rule that asks for them at some steps only (`asks_again`), they are computed at
    every step and used at those; if neither they nor `objective` is given, it never asks.
    """
    name = optimizer.name
    leaves, structure = split(params)
    gradients = [
        None if grad is None else gradient_of(as_tracer(leaf), grad)
        for leaf, grad in zip(
            leaves, like_parameters(f"the gradients of {name}", grads, structure), strict=True
        )
    ]
    states_of = state_lists(optimizer, states, structure)
    shared = {kept: states[kept] for kept in optimizer.shared_states}
    present = [index for index, grad in enumerate(gradients) if grad is not None]
    if not optimizer.prepares:
        gradients = clipped(value_of(optimizer, hyper, "maximize"), hyper, gradients)
    elif present:
        if objective is not None and optimizer.asks:
            again, hessian = _derivatives(objective, params)
        trees = Present(name, leaves, structure, present)
        functions = trees.functions(again, hessian)
        if not optimizer.asks_sometimes:
            check_functions(optimizer, functions, "pure_update(..., objective=loss)")
        asking = all(functions[kind] is not None for kind in optimizer.asks)

        def prepare(params: Any, grads: Any, own: Any) -> Any:
            given = optimizer, params, grads, own, shared, step, hyper
            found = prepare_traced(*given, **(functions if asking else {}))
            if not (optimizer.asks_sometimes and asking):
                return found
            return _chosen(optimizer.asks_again(step), found, prepare_traced(*given))

        gradients, states_of, shared = trees.prepared(prepare, gradients, states_of)
    scalars = {kept: by_value(value) for kept, value in scalars_of(optimizer, shared).items()}
    new_params: list[Any] = []
    new_states: dict[str, list[Any]] = {kept: [] for kept in states_of}
    variants = optimizer.variants(params)
    for index, (param, grad) in enumerate(zip(leaves, gradients, strict=True)):
        own = {kept: values[index] for kept, values in states_of.items()}
        variant = variants[index]
        if grad is not None and variant is not None:
            values = variant.own_hyper(hyper) | scalars
            param, own = update_one(variant.optimizer, as_tracer(param), grad, own, step, values)
        new_params.append(param)
        for kept, value in own.items():
            new_states[kept].append(value)
    return (
        unflatten(structure, new_params),
        {**{kept: unflatten(structure, values) for kept, values in new_states.items()}, **shared},
    )


def _derivatives(objective: Callable[[Any], Any], params: Any) -> tuple[Any, Any]:
    """`again` and `hessian` of a traced loss."""
    gradient = value_and_grad(objective)

    def slope(point: Any) -> Any:
        return gradient(point)[1]

    def hessian(vectors: Any) -> Any:
        return jvp(slope, (params,), (vectors,))[1]

    return gradient, hessian


def _chosen(wanted: Any, first: Any, second: Any) -> Any:
    """Trees of arrays, leaf by leaf the first where a traced condition holds."""
    ones, structure = split(first)
    pairs = zip(ones, split(second)[0], strict=True)
    return unflatten(structure, [FUNCTIONS["where"](wanted, one, two) for one, two in pairs])


class Present:
    """The parameters that have a gradient, among all of a tree."""

    def __init__(
        self, name: str, leaves: Sequence[Any], structure: Any, present: Sequence[int]
    ) -> None:
        self.name, self.leaves, self.structure, self.present = name, leaves, structure, present

    def put(self, everything: Sequence[Any], values: Sequence[Any]) -> list[Any]:
        """All leaves, with new values of those that are present."""
        found = list(everything)
        for index, value in zip(self.present, values, strict=True):
            found[index] = value
        return found

    def prepared(
        self, prepare: Callable[..., Any], gradients: list[Any], states: Mapping[str, list[Any]]
    ) -> tuple[list[Any], dict[str, list[Any]], Any]:
        """Gradients, states and shared states after `prepare` of lists of what is present."""
        parts = (self.leaves, gradients, *states.values())
        params, grads, *own = ([values[index] for index in self.present] for values in parts)
        new, changed, shared = prepare(params, grads, dict(zip(states, own, strict=True)))
        put = {name: self.put(states[name], values) for name, values in changed.items()}
        return self.put(gradients, new), {**states, **put}, shared

    def _taken(self, what: str, tree: Any) -> list[Any]:
        found = like_parameters(f"{what} of {self.name}", tree, self.structure)
        return [found[index] for index in self.present]

    def functions(self, again: Any, hessian: Any) -> dict[str, Any]:
        """`again` and `hessian`, functions of trees, as functions of lists; None stays None."""
        return {
            AGAIN: None if again is None else self._again(again),
            HESSIAN: None if hessian is None else self._hessian(hessian),
        }

    def _again(self, function: Callable[[Any], Any]) -> Callable[[Sequence[Any]], Any]:
        """A function of a tree of parameters, as one of the list of those that are present."""

        def again(points: Sequence[Any]) -> tuple[Any, list[Any]]:
            loss, grads = function(unflatten(self.structure, self.put(self.leaves, points)))
            return loss, self._taken("the gradients of `again`", grads)

        return again

    def _hessian(self, function: Callable[[Any], Any]) -> Callable[[Sequence[Any]], Any]:
        """Likewise of a tree of vectors; 0 for parameters without a gradient."""
        zeros_like = extension_of("zeros_like")

        def hessian(vectors: Sequence[Any]) -> list[Any]:
            absent = [
                None if number in self.present else zeros_like(leaf)
                for number, leaf in enumerate(self.leaves)
            ]
            tree = unflatten(self.structure, self.put(absent, vectors))
            return self._taken("the products of `hessian`", function(tree))

        return hessian


class Evaluation(OptimizerFunction):
    """(params, states, step, **hyper) -> the parameters to predict with."""

    def _read_signature(self) -> Signature:
        return self._signature(("params", "states"), ("step", *self.floats))

    def _apply(self, params: Any, states: Any, *, step: Any, **hyper: Any) -> Any:
        return pure_evaluation(self.optimizer, params, states, step, hyper)


def pure_evaluation(
    optimizer: UpdateRule,
    params: Any,
    states: Mapping[str, Any],
    step: Any,
    hyper: Mapping[str, Any],
) -> Any:
    """The parameters to predict with after `step` steps, on tracers; see `pure_update`."""
    leaves, structure = split(params)
    own = state_lists(optimizer, states, structure)
    scalars = {name: by_value(value) for name, value in scalars_of(optimizer, states).items()}
    found: list[Any] = []
    for index, (leaf, variant) in enumerate(zip(leaves, optimizer.variants(params), strict=True)):
        if variant is None:
            found.append(leaf)
            continue
        param = as_tracer(leaf)
        kept = {name: widened(as_tracer(values[index])) for name, values in own.items()}
        view = view_of(variant.optimizer, kept, scalars, variant.own_hyper(hyper), step)
        result = view.evaluation(widened(param))
        what = f"what {optimizer.name}.evaluation returned"
        new = checked(what, result, param.shape, param.dtype.compute, optimizer.location)
        found.append(in_type(new, param.dtype))
    return unflatten(structure, found)
